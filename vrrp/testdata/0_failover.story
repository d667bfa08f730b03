# An operator has a master hand over: it resigns and leaves the next master alone, whatever its priority, until the
# time is over.
global Detail
instance VI_1 Priority=200
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 200
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.219 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.219 vips VI_1 on
  3.219 garp VI_1 x5
  3.219 log (VI_1) Receive advertisement timeout
  3.219 log (VI_1) Entering MASTER STATE
  3.219 log (VI_1) setting VIPs.
  3.219 notify INSTANCE "VI_1" MASTER 200
  3.219 change (VI_1) BACKUP -> MASTER: no master heard for 3.219s
override failover instance VI_1
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 log (VI_1) sent 0 priority
  4.000 log (VI_1) Entering BACKUP STATE
  4.000 log (VI_1) removing VIPs.
  4.000 notify INSTANCE "VI_1" BACKUP 200
  4.000 change (VI_1) MASTER -> BACKUP: an operator wants it so: failover
at 4.5s
recv Prio=50
at 5.5s
recv Prio=50
at 6s
override none instance VI_1
recv Prio=50
  6.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 7s
recv Prio=50
  7.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 12s
  8.719 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.719 vips VI_1 on
  8.719 garp VI_1 x5
  8.719 log (VI_1) Receive advertisement timeout
  8.719 log (VI_1) Entering MASTER STATE
  8.719 log (VI_1) setting VIPs.
  8.719 notify INSTANCE "VI_1" MASTER 200
  8.719 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 has lower priority 50, ours 200
  9.719 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  10.719 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.719 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
