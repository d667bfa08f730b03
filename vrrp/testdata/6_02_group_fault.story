# Semantics 6.2, 6.3: a fault of one pulls all, each with priority 0; out only when
# nobody has one.
instance VI_1
instance VI_2 VRID=52 Interface=eth1
group G1 VI_1 VI_2
link eth0
link eth1 Addr4=10.1.0.1
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
  3.609 send VI_2 v2 prio 100 every 1s, 10.1.0.1 -> 224.0.0.18, 1 addresses
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
link eth1 Up=false Addr4=10.1.0.1
  4.000 send VI_2 v2 prio 0 every 1s, 10.1.0.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_2 off
  4.000 vips VI_1 off
  4.000 log Netlink reports eth1 down
  4.000 log (VI_2) Entering FAULT STATE
  4.000 log VRRP_Group(G1) Syncing instances to FAULT state
  4.000 log (VI_1) Entering FAULT STATE
  4.000 notify INSTANCE "VI_2" FAULT 100
  4.000 notify INSTANCE "VI_1" FAULT 100
  4.000 notify GROUP "G1" FAULT 0
  4.000 change interface eth1 is down
  4.000 change (VI_2) MASTER -> FAULT: interface eth1 down
  4.000 change (VI_1) MASTER -> FAULT: with VI_2 of sync group G1
  4.000 change sync group G1 MASTER -> FAULT: VI_2: interface eth1 down
status
  4.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; sync group G1 is in fault
  4.000 VI_2 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; interface eth1 down
at 5s
link eth0 Up=false
  5.000 log Netlink reports eth0 down
  5.000 change interface eth0 is down
link eth1 Addr4=10.1.0.1
  5.000 log Netlink reports eth1 up
  5.000 change interface eth1 is up
status
  5.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; interface eth0 down
  5.000 VI_2 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; sync group G1 is in fault
at 6s
link eth0
  6.000 log Netlink reports eth0 up
  6.000 log (VI_1) Entering BACKUP STATE
  6.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  6.000 log (VI_2) Entering BACKUP STATE
  6.000 notify INSTANCE "VI_1" BACKUP 100
  6.000 notify INSTANCE "VI_2" BACKUP 100
  6.000 notify GROUP "G1" BACKUP 0
  6.000 change interface eth0 is up
  6.000 change (VI_1) FAULT -> BACKUP: no longer: fault of sync group G1
  6.000 change (VI_2) FAULT -> BACKUP: no longer: interface eth1 down
  6.000 change sync group G1 FAULT -> BACKUP: VI_1: no longer: fault of sync group G1
status
  6.000 VI_1 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1
  6.000 VI_2 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1
