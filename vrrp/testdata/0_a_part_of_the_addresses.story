# One of several addresses is refused. While somebody else is master, of whatever priority, an instance
# without it is none; when nobody is, it makes do with the others, and says so.
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
obstacles VI_1 doubted=10.0.0.100/24@eth0
at 3s
recv Prio=50
  3.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 4s
  3.609 try VI_1
tried VI_1 partly=10.0.0.100/24@eth0
  4.000 vips VI_1 off
  4.000 log (VI_1) entering FAULT state (cannot set 10.0.0.100/24 on eth0: invalid argument)
  4.000 log (VI_1) Entering FAULT STATE
  4.000 notify INSTANCE "VI_1" FAULT 100
status
  4.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertReceived 1; cannot set 10.0.0.100/24 on eth0: invalid argument
at 6s
obstacles VI_1
  6.000 log (VI_1) Entering BACKUP STATE
  6.000 notify INSTANCE "VI_1" BACKUP 100
recv Prio=50
  6.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 9s
recv Prio=50
  9.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 10s
  9.609 try VI_1
tried VI_1 partly=10.0.0.100/24@eth0
  10.000 vips VI_1 off
  10.000 log (VI_1) entering FAULT state (cannot set 10.0.0.100/24 on eth0: invalid argument)
  10.000 log (VI_1) Entering FAULT STATE
  10.000 notify INSTANCE "VI_1" FAULT 100
# The other one is gone.
obstacles VI_1
  10.000 log (VI_1) Entering BACKUP STATE
  10.000 notify INSTANCE "VI_1" BACKUP 100
at 14s
  13.609 try VI_1
tried VI_1 partly=10.0.0.100/24@eth0
  14.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  14.000 vips VI_1 on
  14.000 garp VI_1 x5
  14.000 log (VI_1) cannot set 10.0.0.100/24 on eth0: invalid argument; nobody else is master, going on without it
  14.000 log (VI_1) Entering MASTER STATE
  14.000 notify INSTANCE "VI_1" MASTER 100
status
  14.000 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 3, AdvertSent 1, BecameMaster 1
# Tried again and again as master, it stays.
obstacles VI_1
obstacles VI_1 partly=10.0.0.100/24@eth0
at 15s
  15.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Prio=200
  15.000 vips VI_1 off
  15.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 100
  15.000 log (VI_1) Entering BACKUP STATE
  15.000 notify INSTANCE "VI_1" BACKUP 100
# As a backup it is in the election, but tries first.
recv Prio=200
at 18s
recv Prio=50
  18.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 19s
  18.609 try VI_1
tried VI_1 partly=10.0.0.100/24@eth0
  19.000 vips VI_1 off
  19.000 log (VI_1) entering FAULT state (cannot set 10.0.0.100/24 on eth0: invalid argument)
  19.000 log (VI_1) Entering FAULT STATE
  19.000 notify INSTANCE "VI_1" FAULT 100
# An obstacle of another kind is never made do with.
obstacles VI_1
  19.000 log (VI_1) Entering BACKUP STATE
  19.000 notify INSTANCE "VI_1" BACKUP 100
at 23s
  22.609 try VI_1
tried VI_1 partly=10.0.0.100/24@eth0
  23.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  23.000 vips VI_1 on
  23.000 garp VI_1 x5
  23.000 log (VI_1) cannot set 10.0.0.100/24 on eth0: invalid argument; nobody else is master, going on without it
  23.000 log (VI_1) Entering MASTER STATE
  23.000 notify INSTANCE "VI_1" MASTER 100
obstacles VI_1 partly=10.0.0.100/24@eth0 no-socket=eth0
  23.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  23.000 vips VI_1 off
  23.000 log (VI_1) entering FAULT state (cannot send and receive on eth0: too many open files)
  23.000 log (VI_1) Entering FAULT STATE
  23.000 notify INSTANCE "VI_1" FAULT 100
obstacles VI_1
  23.000 log (VI_1) Entering BACKUP STATE
  23.000 notify INSTANCE "VI_1" BACKUP 100
at 28s
  26.609 try VI_1
tried VI_1
  28.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  28.000 vips VI_1 on
  28.000 garp VI_1 x5
  28.000 log (VI_1) Entering MASTER STATE
  28.000 notify INSTANCE "VI_1" MASTER 100
status
  28.000 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 6, AdvertSent 5, BecameMaster 3, ReleasedMaster 2, PriorityZeroSent 1
