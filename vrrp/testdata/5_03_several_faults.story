# Semantics 5.3: several faults must all clear.
instance VI_1 TrackInterfaces=eth1 TrackScripts=chk
link eth0
link eth1
configure
  0.000 vips VI_1 off
track chk ok
  0.000 log (VI_1) Entering BACKUP STATE
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change script chk is up
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
link eth1 Up=false
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 log Netlink reports eth1 down
  4.000 log (VI_1) Entering FAULT STATE
  4.000 notify INSTANCE "VI_1" FAULT 100
  4.000 change interface eth1 is down
  4.000 change (VI_1) MASTER -> FAULT: tracked interface eth1 down
track chk fail
  4.000 change script chk is down
status
  4.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; tracked interface eth1 down; script chk failed
at 5s
link eth1
  5.000 log Netlink reports eth1 up
  5.000 change interface eth1 is up
status
  5.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; script chk failed
at 6s
track chk ok
  6.000 log (VI_1) Entering BACKUP STATE
  6.000 notify INSTANCE "VI_1" BACKUP 100
  6.000 change script chk is up
  6.000 change (VI_1) FAULT -> BACKUP: no longer: tracked interface eth1 down
