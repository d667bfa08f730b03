# A sync group goes as a whole, whichever way it is meant, and each master in it resigns.
global Detail
instance VI_1
instance VI_2 VRID=52
group G1 VI_1 VI_2
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_2) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 4s
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_2 on
  3.609 vips VI_1 on
  3.609 garp VI_2 x5
  3.609 garp VI_1 x5
  3.609 log (VI_1) Receive advertisement timeout
  3.609 log (VI_2) Receive advertisement timeout
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log (VI_2) setting VIPs.
  3.609 log VRRP_Group(G1) Syncing instances to MASTER state
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_1) setting VIPs.
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify GROUP "G1" MASTER 0
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.609s
override maintenance instance VI_2
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 vips VI_2 off
  4.000 log (VI_1) sent 0 priority
  4.000 log (VI_1) Entering BACKUP STATE
  4.000 log (VI_1) removing VIPs.
  4.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  4.000 log (VI_2) sent 0 priority
  4.000 log (VI_2) Entering BACKUP STATE
  4.000 log (VI_2) removing VIPs.
  4.000 notify INSTANCE "VI_1" BACKUP 100
  4.000 notify INSTANCE "VI_2" BACKUP 100
  4.000 notify GROUP "G1" BACKUP 0
  4.000 change (VI_1) MASTER -> BACKUP: an operator wants it so: maintenance
  4.000 change (VI_2) MASTER -> BACKUP: an operator wants it so: maintenance
  4.000 change sync group G1 MASTER -> BACKUP: VI_1: an operator wants it so: maintenance
at 20s
override maintenance routers
override none instance VI_2
at 40s
override none routers
at 50s
  40.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  40.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  40.094 vips VI_2 on
  40.094 vips VI_1 on
  40.094 garp VI_2 x5
  40.094 garp VI_1 x5
  40.094 log (VI_1) Receive advertisement timeout
  40.094 log (VI_2) Receive advertisement timeout
  40.094 log (VI_2) Entering MASTER STATE
  40.094 log (VI_2) setting VIPs.
  40.094 log VRRP_Group(G1) Syncing instances to MASTER state
  40.094 log (VI_1) Entering MASTER STATE
  40.094 log (VI_1) setting VIPs.
  40.094 notify INSTANCE "VI_2" MASTER 100
  40.094 notify INSTANCE "VI_1" MASTER 100
  40.094 notify GROUP "G1" MASTER 0
  40.094 change (VI_2) BACKUP -> MASTER: no master heard for 36.094s
  40.094 change (VI_1) BACKUP -> MASTER: no master heard for 36.094s
  40.094 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 36.094s
  41.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  41.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  42.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  42.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  43.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  43.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  44.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  44.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  45.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  45.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  45.094 garp VI_2 x5
  45.094 garp VI_1 x5
  46.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  46.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  47.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  47.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  48.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  48.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  49.094 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  49.094 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
override maintenance group G1
  50.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  50.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  50.000 vips VI_1 off
  50.000 vips VI_2 off
  50.000 log (VI_1) sent 0 priority
  50.000 log (VI_1) Entering BACKUP STATE
  50.000 log (VI_1) removing VIPs.
  50.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  50.000 log (VI_2) sent 0 priority
  50.000 log (VI_2) Entering BACKUP STATE
  50.000 log (VI_2) removing VIPs.
  50.000 notify INSTANCE "VI_1" BACKUP 100
  50.000 notify INSTANCE "VI_2" BACKUP 100
  50.000 notify GROUP "G1" BACKUP 0
  50.000 change (VI_1) MASTER -> BACKUP: an operator wants it so: maintenance
  50.000 change (VI_2) MASTER -> BACKUP: an operator wants it so: maintenance
  50.000 change sync group G1 MASTER -> BACKUP: VI_1: an operator wants it so: maintenance
status
  50.000 VI_1 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 13, BecameMaster 2, ReleasedMaster 2, PriorityZeroSent 2
  50.000 VI_2 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 13, BecameMaster 2, ReleasedMaster 2, PriorityZeroSent 2
