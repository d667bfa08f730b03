# Semantics 6.2: a fault that all members have at once is told as one of the group.
instance VI_1
instance VI_2 VRID=52
group G1 VI_1 VI_2
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
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_2 on
  3.609 vips VI_1 on
  3.609 garp VI_2 x5
  3.609 garp VI_1 x5
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log VRRP_Group(G1) Syncing instances to MASTER state
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify GROUP "G1" MASTER 0
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.609s
link eth0 Up=false
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 vips VI_2 off
  4.000 log Netlink reports eth0 down
  4.000 log (VI_1) Entering FAULT STATE
  4.000 log VRRP_Group(G1) Syncing instances to FAULT state
  4.000 log (VI_2) Entering FAULT STATE
  4.000 notify INSTANCE "VI_1" FAULT 100
  4.000 notify INSTANCE "VI_2" FAULT 100
  4.000 notify GROUP "G1" FAULT 0
  4.000 change interface eth0 is down
  4.000 change (VI_1) MASTER -> FAULT: interface eth0 down
  4.000 change (VI_2) MASTER -> FAULT: interface eth0 down
  4.000 change sync group G1 MASTER -> FAULT: VI_1: interface eth0 down
at 5s
link eth0
  5.000 log Netlink reports eth0 up
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  5.000 log (VI_2) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 notify INSTANCE "VI_2" BACKUP 100
  5.000 notify GROUP "G1" BACKUP 0
  5.000 change interface eth0 is up
  5.000 change (VI_1) FAULT -> BACKUP: no longer: interface eth0 down
  5.000 change (VI_2) FAULT -> BACKUP: no longer: interface eth0 down
  5.000 change sync group G1 FAULT -> BACKUP: VI_1: no longer: interface eth0 down
