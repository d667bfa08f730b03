# An address that the kernel refuses: the master resigns. When the reason may have gone it takes part
# again, but tries its addresses before it says that it is master; refused once more, nobody hears of it.
instance VI_1
instance VI_2 VRID=52
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 vips VI_2 on
  3.609 garp VI_1 x5
  3.609 garp VI_2 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_2) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
obstacles VI_1 refused=10.0.0.100/24@eth0
  3.700 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.700 vips VI_1 off
  3.700 log (VI_1) entering FAULT state (cannot set 10.0.0.100/24 on eth0: invalid argument)
  3.700 log (VI_1) Entering FAULT STATE
  3.700 notify INSTANCE "VI_1" FAULT 100
  3.700 change (VI_1) 10.0.0.100/24 on eth0 is refused: invalid argument
  3.700 change (VI_1) MASTER -> FAULT: cannot set 10.0.0.100/24 on eth0: invalid argument
status
  3.700 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; cannot set 10.0.0.100/24 on eth0: invalid argument
  3.700 VI_2 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 1, BecameMaster 1
at 5s
  4.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
obstacles VI_1 refused=10.0.0.100/24@eth0
obstacles VI_1
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 change (VI_1) 10.0.0.100/24 on eth0 is refused no more
  5.000 change (VI_1) FAULT -> BACKUP: no longer: cannot set 10.0.0.100/24 on eth0: invalid argument
at 9s
  5.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  6.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.609 try VI_1
  8.609 garp VI_2 x5
tried VI_1 refused=10.0.0.100/24@eth0
  9.000 vips VI_1 off
  9.000 log (VI_1) entering FAULT state (cannot set 10.0.0.100/24 on eth0: invalid argument)
  9.000 log (VI_1) Entering FAULT STATE
  9.000 notify INSTANCE "VI_1" FAULT 100
  9.000 change (VI_1) 10.0.0.100/24 on eth0 is refused: invalid argument
  9.000 change (VI_1) BACKUP -> FAULT: cannot set 10.0.0.100/24 on eth0: invalid argument
at 10s
  9.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
obstacles VI_1
  10.000 log (VI_1) Entering BACKUP STATE
  10.000 notify INSTANCE "VI_1" BACKUP 100
  10.000 change (VI_1) 10.0.0.100/24 on eth0 is refused no more
  10.000 change (VI_1) FAULT -> BACKUP: no longer: cannot set 10.0.0.100/24 on eth0: invalid argument
at 14s
  10.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  12.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.609 try VI_1
tried VI_1
  14.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  14.000 vips VI_1 on
  14.000 garp VI_1 x5
  14.000 log (VI_1) Entering MASTER STATE
  14.000 notify INSTANCE "VI_1" MASTER 100
  14.000 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
# From now on it is as any other.
at 15s
  14.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  15.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Prio=200
  15.000 vips VI_1 off
  15.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 100
  15.000 log (VI_1) gives way to 10.0.0.2 with priority 200, which was master beside it for 1s at most
  15.000 log (VI_1) Entering BACKUP STATE
  15.000 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.2 200 for 1s
  15.000 notify INSTANCE "VI_1" BACKUP 100
  15.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 200, ours 100
at 20s
  15.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  16.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  17.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  18.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  18.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  18.609 vips VI_1 on
  18.609 garp VI_1 x5
  18.609 log (VI_1) Entering MASTER STATE
  18.609 notify INSTANCE "VI_1" MASTER 100
  18.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s
  19.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  19.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
stop
  20.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  20.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  20.000 vips VI_1 off
  20.000 vips VI_2 off
  20.000 notify INSTANCE "VI_1" STOP 100
  20.000 notify INSTANCE "VI_2" STOP 100
  20.000 change (VI_1) MASTER -> INIT: stop
  20.000 change (VI_2) MASTER -> INIT: stop
