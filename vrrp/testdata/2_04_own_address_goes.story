# The master's interface loses its own address: the others are told, from the address that they know, and
# the group follows.
instance VI_1
instance VI_2 Interface=eth1 VRID=52
group G VI_1 VI_2
link eth0 Addr4=10.0.0.1
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
at 4s
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
link eth1 Addr4=
  4.000 send VI_2 v2 prio 0 every 1s, 10.0.1.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_2 off
  4.000 vips VI_1 off
  4.000 log (VI_2) entering FAULT state (no IPv4 address for interface)
  4.000 log (VI_2) Entering FAULT STATE
  4.000 log VRRP_Group(G) Syncing instances to FAULT state
  4.000 log (VI_1) Entering FAULT STATE
  4.000 notify INSTANCE "VI_2" FAULT 100
  4.000 notify INSTANCE "VI_1" FAULT 100
  4.000 notify GROUP "G" FAULT 0
  4.000 change (VI_2) MASTER -> FAULT: no IPv4 address for interface
  4.000 change (VI_1) MASTER -> FAULT: with VI_2 of sync group G
  4.000 change sync group G MASTER -> FAULT: VI_2: no IPv4 address for interface
status
  4.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; sync group G is in fault
  4.000 VI_2 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; no IPv4 address for interface
at 6s
link eth1 Addr4=10.0.1.3
  6.000 log (VI_1) Entering BACKUP STATE
  6.000 log VRRP_Group(G) Syncing instances to BACKUP state
  6.000 log (VI_2) Entering BACKUP STATE
  6.000 notify INSTANCE "VI_1" BACKUP 100
  6.000 notify INSTANCE "VI_2" BACKUP 100
  6.000 notify GROUP "G" BACKUP 0
  6.000 change (VI_1) FAULT -> BACKUP: no longer: fault of sync group G
  6.000 change (VI_2) FAULT -> BACKUP: no longer: no IPv4 address for interface
  6.000 change sync group G FAULT -> BACKUP: VI_1: no longer: fault of sync group G
at 10s
  9.609 send VI_2 v2 prio 100 every 1s, 10.0.1.3 -> 224.0.0.18, 1 addresses
  9.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  9.609 vips VI_2 on
  9.609 vips VI_1 on
  9.609 garp VI_2 x5
  9.609 garp VI_1 x5
  9.609 log (VI_2) Entering MASTER STATE
  9.609 log VRRP_Group(G) Syncing instances to MASTER state
  9.609 log (VI_1) Entering MASTER STATE
  9.609 notify INSTANCE "VI_2" MASTER 100
  9.609 notify INSTANCE "VI_1" MASTER 100
  9.609 notify GROUP "G" MASTER 0
  9.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  9.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  9.609 change sync group G BACKUP -> MASTER: VI_1: no master heard for 3.609s
