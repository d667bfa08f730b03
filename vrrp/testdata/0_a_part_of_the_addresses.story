# One of several addresses is refused. The instance goes on with the others, at the lowest priority: whoever
# has them all is master.
instance VI_1 Priority=200
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 200
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.219 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.219 vips VI_1 on
  3.219 garp VI_1 x5
  3.219 log (VI_1) Entering MASTER STATE
  3.219 notify INSTANCE "VI_1" MASTER 200
  3.219 change (VI_1) BACKUP -> MASTER: no master heard for 3.219s
obstacles VI_1 partly=10.0.0.100/24@eth0
  4.000 log (VI_1) cannot set 10.0.0.100/24 on eth0: invalid argument; it has the lowest priority until that is possible
  4.000 log (VI_1) Changing effective priority from 200 to 1
  4.000 change (VI_1) 10.0.0.100/24 on eth0 is refused: invalid argument
status
  4.000 VI_1 MASTER prio 1, master 10.0.0.1 prio 200 every 1s, vips true, AdvertSent 1, BecameMaster 1
at 5s
  4.219 send VI_1 v2 prio 1 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Prio=50
  5.000 vips VI_1 off
  5.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 50, ours 1
  5.000 log (VI_1) gives way to 10.0.0.2 with priority 50, which was master beside it for 1.781s at most
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" GAVE_WAY 1 beside 10.0.0.2 50 for 1.78125s
  5.000 notify INSTANCE "VI_1" BACKUP 1
  5.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 50, ours 1
at 10s
  8.996 try VI_1
recv Prio=50
# Nothing has come of another look at it.
obstacles VI_1
  10.000 log (VI_1) Changing effective priority from 1 to 200
  10.000 change (VI_1) 10.0.0.100/24 on eth0 is refused no more
recv Prio=50
  10.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 13s
recv Prio=50
  13.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 14s
tried VI_1 partly=10.0.0.100/24@eth0
  14.000 vips VI_1 off
  14.000 log (VI_1) cannot set 10.0.0.100/24 on eth0: invalid argument; it has the lowest priority until that is possible
  14.000 log (VI_1) Changing effective priority from 200 to 1
  14.000 change (VI_1) 10.0.0.100/24 on eth0 is refused: invalid argument
at 15s
recv Prio=50
# The other one is gone.
at 20s
  18.996 try VI_1
tried VI_1 partly=10.0.0.100/24@eth0
  20.000 send VI_1 v2 prio 1 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  20.000 vips VI_1 on
  20.000 garp VI_1 x5
  20.000 log (VI_1) Entering MASTER STATE
  20.000 notify INSTANCE "VI_1" MASTER 1
  20.000 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.996s
status
  20.000 VI_1 MASTER prio 1, master 10.0.0.1 prio 1 every 1s, vips true, AdvertReceived 5, AdvertSent 3, BecameMaster 2, ReleasedMaster 1; other master 10.0.0.2 prio 50: adverts 0, episodes 0, gave way 1
# The address could be set.
obstacles VI_1
  20.000 log (VI_1) Changing effective priority from 1 to 200
  20.000 change (VI_1) 10.0.0.100/24 on eth0 is refused no more
at 22s
  21.000 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  22.000 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
# A master that has overtaken another one gives way to it at once.
recv Prio=255
  22.000 vips VI_1 off
  22.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 255, ours 200
  22.000 log (VI_1) gives way to 10.0.0.2 with priority 255, which was master beside it for 2s at most
  22.000 log (VI_1) Entering BACKUP STATE
  22.000 notify INSTANCE "VI_1" GAVE_WAY 200 beside 10.0.0.2 255 for 2s
  22.000 notify INSTANCE "VI_1" BACKUP 200
  22.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 255, ours 200
at 24s
recv Prio=50
  24.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 27s
  25.219 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  25.219 vips VI_1 on
  25.219 garp VI_1 x5
  25.219 log (VI_1) Entering MASTER STATE
  25.219 notify INSTANCE "VI_1" MASTER 200
  25.219 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 has lower priority 50, ours 200
  26.219 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
obstacles VI_1 partly=10.0.0.100/24@eth0
  27.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  27.000 vips VI_1 off
  27.000 log (VI_1) cannot set 10.0.0.100/24 on eth0: invalid argument; it has the lowest priority until that is possible
  27.000 log (VI_1) Changing effective priority from 200 to 1
  27.000 log (VI_1) Entering BACKUP STATE
  27.000 notify INSTANCE "VI_1" BACKUP 1
  27.000 change (VI_1) 10.0.0.100/24 on eth0 is refused: invalid argument
  27.000 change (VI_1) MASTER -> BACKUP: it cannot have all of its addresses, and another master was heard
at 28s
# An obstacle of another kind is a fault.
obstacles VI_1 partly=10.0.0.100/24@eth0 no-socket=eth0
  28.000 log (VI_1) entering FAULT state (cannot send and receive on eth0: too many open files)
  28.000 log (VI_1) Entering FAULT STATE
  28.000 notify INSTANCE "VI_1" FAULT 1
  28.000 change (VI_1) BACKUP -> FAULT: cannot send and receive on eth0: too many open files
status
  28.000 VI_1 FAULT prio 1, master invalid IP prio 0 every 1s, vips false, AdvertReceived 7, AdvertSent 8, BecameMaster 3, ReleasedMaster 3, PriorityZeroSent 1; cannot send and receive on eth0: too many open files; other master 10.0.0.2 prio 255: adverts 0, episodes 0, gave way 2
