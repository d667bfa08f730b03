# Semantics 5.13: a file is read before an instance starts.
link eth0
instance VI_1 TrackFiles=f
value file:f 1
configure
  0.000 vips VI_1 off
  0.000 log (VI_1): entering FAULT state (tracked file f has status -254)
  0.000 log (VI_1) entering FAULT state
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 change file f is not zero
  0.000 change (VI_1) INIT -> FAULT: tracked file f has status -254
status
  0.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; tracked file f has status -254
at 1s
track file:f 0
  1.000 log (VI_1): tracked file f leaving FAULT state
  1.000 log (VI_1) Entering BACKUP STATE
  1.000 notify INSTANCE "VI_1" BACKUP 100
  1.000 change file f is zero
  1.000 change (VI_1) FAULT -> BACKUP: no longer: tracked file f has status -254
at 5s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.609 vips VI_1 on
  4.609 garp VI_1 x5
  4.609 log (VI_1) Entering MASTER STATE
  4.609 notify INSTANCE "VI_1" MASTER 100
  4.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
track file:f 7
  5.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.000 vips VI_1 off
  5.000 log (VI_1): tracked file f now FAULT state
  5.000 log (VI_1) Entering FAULT STATE
  5.000 notify INSTANCE "VI_1" FAULT 100
  5.000 change file f is not zero
  5.000 change (VI_1) MASTER -> FAULT: tracked file f has status -254
# A reload keeps what is known; another weight counts at once.
instance VI_1 TrackFiles=f:3
reload
  5.000 log (VI_1) Changing effective priority from 100 to 121
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 121
  5.000 change (VI_1) FAULT -> BACKUP: no longer: tracked file f has status -254
status
  5.000 VI_1 BACKUP prio 121, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1
