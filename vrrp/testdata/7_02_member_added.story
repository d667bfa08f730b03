# Semantics 6, 7.2: a new member of a running group starts as backup and joins the
# masters; the group says nothing before that is done.
instance VI_1
instance VI_2 VRID=52
group G1 VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 vips VI_2 on
  3.609 garp VI_1 x5
  3.609 garp VI_2 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log VRRP_Group(G1) Syncing instances to MASTER state
  3.609 log (VI_2) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify GROUP "G1" MASTER 0
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.609s
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
group
group G1 VI_1 VI_2 VI_3
instance VI_3 VRID=53
reload
  4.000 vips VI_3 off
  4.000 log (VI_3) Entering BACKUP STATE (init)
  4.000 notify INSTANCE "VI_3" BACKUP 100
  4.000 change (VI_3) INIT -> BACKUP: reload
at 7.7s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  6.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  6.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 send VI_3 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 vips VI_3 on
  7.609 garp VI_3 x5
  7.609 log (VI_3) Entering MASTER STATE
  7.609 log VRRP_Group(G1) Syncing instances to MASTER state
  7.609 notify INSTANCE "VI_3" MASTER 100
  7.609 change (VI_3) BACKUP -> MASTER: no master heard for 3.609s
status
  7.700 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 5, BecameMaster 1
  7.700 VI_2 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 5, BecameMaster 1
  7.700 VI_3 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 1, BecameMaster 1
