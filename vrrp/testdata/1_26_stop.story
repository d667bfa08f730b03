# Semantics 1.26, cli 9.3: priority 0 and addresses first, then STOP for instances and
# groups.
shows R13 R35 R49
refuses R35
global Detail
instance VI_1
instance VI_2 VRID=52
instance VI_3 VRID=53
group G1 VI_1 VI_2
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_2) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 log (VI_3) removing VIPs.
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 notify INSTANCE "VI_3" BACKUP 100
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
at 3.2s
recv VRID=53 Prio=200
at 3.7s
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
stop
  3.700 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.700 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.700 vips VI_1 off
  3.700 vips VI_2 off
  3.700 log (VI_1) sent 0 priority
  3.700 log (VI_1) removing VIPs.
  3.700 log (VI_2) sent 0 priority
  3.700 log (VI_2) removing VIPs.
  3.700 notify INSTANCE "VI_1" STOP 100
  3.700 notify INSTANCE "VI_2" STOP 100
  3.700 notify INSTANCE "VI_3" STOP 100
  3.700 notify GROUP "G1" STOP 0
  3.700 change (VI_1) MASTER -> INIT: stop
  3.700 change (VI_2) MASTER -> INIT: stop
  3.700 change (VI_3) BACKUP -> INIT: stop
  3.700 change sync group G1 MASTER -> INIT: stop
at 20s
recv Prio=200
link eth0 Up=false
status
  20.000 VI_1 INIT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1
  20.000 VI_2 INIT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1
  20.000 VI_3 INIT prio 100, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 1
