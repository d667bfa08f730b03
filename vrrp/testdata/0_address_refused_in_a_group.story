# A sync group follows its member, and none of its members is heard before the addresses of the doubtful
# one are set.
instance VI_1
instance VI_2 Interface=eth1 VRID=52
group G VI_1 VI_2
link eth0
link eth1 Addr4=10.0.1.1
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify GROUP "G" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change sync group G INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.1.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_2 on
  3.609 vips VI_1 on
  3.609 garp VI_2 x5
  3.609 garp VI_1 x5
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log VRRP_Group(G) Syncing instances to MASTER state
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify GROUP "G" MASTER 0
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change sync group G BACKUP -> MASTER: VI_1: no master heard for 3.609s
obstacles VI_1 refused=10.0.0.100/24@eth0
  3.700 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.700 send VI_2 v2 prio 0 every 1s, 10.0.1.1 -> 224.0.0.18, 1 addresses
  3.700 vips VI_1 off
  3.700 vips VI_2 off
  3.700 log (VI_1) entering FAULT state (cannot set 10.0.0.100/24 on eth0: invalid argument)
  3.700 log (VI_1) Entering FAULT STATE
  3.700 log VRRP_Group(G) Syncing instances to FAULT state
  3.700 log (VI_2) Entering FAULT STATE
  3.700 notify INSTANCE "VI_1" FAULT 100
  3.700 notify INSTANCE "VI_2" FAULT 100
  3.700 notify GROUP "G" FAULT 0
  3.700 change (VI_1) 10.0.0.100/24 on eth0 is refused: invalid argument
  3.700 change (VI_1) MASTER -> FAULT: cannot set 10.0.0.100/24 on eth0: invalid argument
  3.700 change (VI_2) MASTER -> FAULT: with VI_1 of sync group G
  3.700 change sync group G MASTER -> FAULT: VI_1: cannot set 10.0.0.100/24 on eth0: invalid argument
at 5s
obstacles VI_1
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 log VRRP_Group(G) Syncing instances to BACKUP state
  5.000 log (VI_2) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 notify INSTANCE "VI_2" BACKUP 100
  5.000 notify GROUP "G" BACKUP 0
  5.000 change (VI_1) 10.0.0.100/24 on eth0 is refused no more
  5.000 change (VI_1) FAULT -> BACKUP: no longer: cannot set 10.0.0.100/24 on eth0: invalid argument
  5.000 change (VI_2) FAULT -> BACKUP: no longer: fault of sync group G
  5.000 change sync group G FAULT -> BACKUP: VI_1: no longer: cannot set 10.0.0.100/24 on eth0: invalid argument
at 9s
  8.609 try VI_1
tried VI_1 refused=10.0.0.100/24@eth0
  9.000 vips VI_1 off
  9.000 log (VI_1) entering FAULT state (cannot set 10.0.0.100/24 on eth0: invalid argument)
  9.000 log (VI_1) Entering FAULT STATE
  9.000 log VRRP_Group(G) Syncing instances to FAULT state
  9.000 log (VI_2) Entering FAULT STATE
  9.000 notify INSTANCE "VI_1" FAULT 100
  9.000 notify INSTANCE "VI_2" FAULT 100
  9.000 notify GROUP "G" FAULT 0
  9.000 change (VI_1) 10.0.0.100/24 on eth0 is refused: invalid argument
  9.000 change (VI_1) BACKUP -> FAULT: cannot set 10.0.0.100/24 on eth0: invalid argument
  9.000 change (VI_2) BACKUP -> FAULT: with VI_1 of sync group G
  9.000 change sync group G BACKUP -> FAULT: VI_1: cannot set 10.0.0.100/24 on eth0: invalid argument
at 10s
obstacles VI_1
  10.000 log (VI_1) Entering BACKUP STATE
  10.000 log VRRP_Group(G) Syncing instances to BACKUP state
  10.000 log (VI_2) Entering BACKUP STATE
  10.000 notify INSTANCE "VI_1" BACKUP 100
  10.000 notify INSTANCE "VI_2" BACKUP 100
  10.000 notify GROUP "G" BACKUP 0
  10.000 change (VI_1) 10.0.0.100/24 on eth0 is refused no more
  10.000 change (VI_1) FAULT -> BACKUP: no longer: cannot set 10.0.0.100/24 on eth0: invalid argument
  10.000 change (VI_2) FAULT -> BACKUP: no longer: fault of sync group G
  10.000 change sync group G FAULT -> BACKUP: VI_1: no longer: cannot set 10.0.0.100/24 on eth0: invalid argument
at 14s
  13.609 try VI_1
tried VI_1
  14.000 send VI_2 v2 prio 100 every 1s, 10.0.1.1 -> 224.0.0.18, 1 addresses
  14.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  14.000 vips VI_2 on
  14.000 vips VI_1 on
  14.000 garp VI_2 x5
  14.000 garp VI_1 x5
  14.000 log (VI_2) Entering MASTER STATE
  14.000 log VRRP_Group(G) Syncing instances to MASTER state
  14.000 log (VI_1) Entering MASTER STATE
  14.000 notify INSTANCE "VI_2" MASTER 100
  14.000 notify INSTANCE "VI_1" MASTER 100
  14.000 notify GROUP "G" MASTER 0
  14.000 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  14.000 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  14.000 change sync group G BACKUP -> MASTER: VI_1: no master heard for 3.609s
status
  14.000 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 3, BecameMaster 2, ReleasedMaster 1, PriorityZeroSent 1
  14.000 VI_2 MASTER prio 100, master 10.0.1.1 prio 100 every 1s, vips true, AdvertSent 3, BecameMaster 2, ReleasedMaster 1, PriorityZeroSent 1
