# The one that took over goes as well: it is taken over from at once, although the time is not over.
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
override failover routers
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 log (VI_1) Entering BACKUP STATE
  4.000 notify INSTANCE "VI_1" BACKUP 200
  4.000 change (VI_1) MASTER -> BACKUP: an operator wants it so: failover
at 4.5s
recv Prio=50
at 5.5s
recv Prio=0
at 7s
  5.719 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.719 vips VI_1 on
  5.719 garp VI_1 x5
  5.719 log (VI_1) Entering MASTER STATE
  5.719 notify INSTANCE "VI_1" MASTER 200
  5.719 change (VI_1) BACKUP -> MASTER: priority 0 from 10.0.0.2
  6.719 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
