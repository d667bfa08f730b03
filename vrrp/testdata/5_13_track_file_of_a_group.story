# Semantics 5.13, 5.16: a file that its group tracks is a fault of every member.
link eth0
instance VI_1
instance VI_2 VRID=52
group G1 VI_1 VI_2 TrackFiles=f
value file:f 0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change file f is zero
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
track file:f 1
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 vips VI_2 off
  4.000 log (VI_1): tracked file f now FAULT state
  4.000 log (VI_2): tracked file f now FAULT state
  4.000 log (VI_1) Entering FAULT STATE
  4.000 log VRRP_Group(G1) Syncing instances to FAULT state
  4.000 log (VI_2) Entering FAULT STATE
  4.000 notify INSTANCE "VI_1" FAULT 100
  4.000 notify INSTANCE "VI_2" FAULT 100
  4.000 notify GROUP "G1" FAULT 0
  4.000 change file f is not zero
  4.000 change (VI_1) MASTER -> FAULT: tracked file f has status -254
  4.000 change (VI_2) MASTER -> FAULT: tracked file f has status -254
  4.000 change sync group G1 MASTER -> FAULT: VI_1: tracked file f has status -254
track file:f 0
  4.000 log (VI_1): tracked file f leaving FAULT state
  4.000 log (VI_2): tracked file f leaving FAULT state
  4.000 log (VI_1) Entering BACKUP STATE
  4.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  4.000 log (VI_2) Entering BACKUP STATE
  4.000 notify INSTANCE "VI_1" BACKUP 100
  4.000 notify INSTANCE "VI_2" BACKUP 100
  4.000 notify GROUP "G1" BACKUP 0
  4.000 change file f is zero
  4.000 change (VI_1) FAULT -> BACKUP: no longer: tracked file f has status -254
  4.000 change (VI_2) FAULT -> BACKUP: no longer: tracked file f has status -254
  4.000 change sync group G1 FAULT -> BACKUP: VI_1: no longer: tracked file f has status -254
at 9s
  7.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 vips VI_2 on
  7.609 vips VI_1 on
  7.609 garp VI_2 x5
  7.609 garp VI_1 x5
  7.609 log (VI_2) Entering MASTER STATE
  7.609 log VRRP_Group(G1) Syncing instances to MASTER state
  7.609 log (VI_1) Entering MASTER STATE
  7.609 notify INSTANCE "VI_2" MASTER 100
  7.609 notify INSTANCE "VI_1" MASTER 100
  7.609 notify GROUP "G1" MASTER 0
  7.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  7.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  7.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.609s
  8.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
status
  9.000 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 4, BecameMaster 2, ReleasedMaster 1, PriorityZeroSent 1
  9.000 VI_2 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 4, BecameMaster 2, ReleasedMaster 1, PriorityZeroSent 1
