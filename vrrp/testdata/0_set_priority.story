# Somebody sets the priority of a backup, and the time that it waits for is that of the new one; a master has it in its
# next advert. It counts over a reload, until it is ended, beside what is tracked.
global Detail
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
override priority priority VI_1 200
  1.000 log (VI_1) Changing effective priority from 100 to 200
at 4s
  3.219 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.219 vips VI_1 on
  3.219 garp VI_1 x5
  3.219 log (VI_1) Receive advertisement timeout
  3.219 log (VI_1) Entering MASTER STATE
  3.219 log (VI_1) setting VIPs.
  3.219 notify INSTANCE "VI_1" MASTER 200
  3.219 change (VI_1) BACKUP -> MASTER: no master heard for 3.219s
override priority priority VI_1 50
  4.000 log (VI_1) Changing effective priority from 200 to 50
at 5s
  4.219 send VI_1 v2 prio 50 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Prio=60
  5.000 vips VI_1 off
  5.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 60, ours 50
  5.000 log (VI_1) gives way to 10.0.0.2 with priority 60, which was master beside it for 1.781s at most
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 log (VI_1) removing VIPs.
  5.000 notify INSTANCE "VI_1" GAVE_WAY 50 beside 10.0.0.2 60 for 1.78125s
  5.000 notify INSTANCE "VI_1" BACKUP 50
  5.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 60, ours 50
instance VI_1 Priority=120
reload
at 6s
override none priority VI_1
  6.000 log (VI_1) Changing effective priority from 50 to 120
at 8s
