# Somebody lets a backup with nopreempt preempt: it takes over from a master of lower priority, and when it is not to any
# more it leaves the next one alone.
instance VI_1 NoPreempt Priority=100
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Prio=50
override preempt preempt VI_1 1
recv Prio=50
  1.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 6s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.609 vips VI_1 on
  4.609 garp VI_1 x5
  4.609 log (VI_1) Entering MASTER STATE
  4.609 notify INSTANCE "VI_1" MASTER 100
  4.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s
  5.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Prio=150
  6.000 vips VI_1 off
  6.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 150, ours 100
  6.000 log (VI_1) gives way to 10.0.0.2 with priority 150, which was master beside it for 1.391s at most
  6.000 log (VI_1) Entering BACKUP STATE
  6.000 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.2 150 for 1.390625s
  6.000 notify INSTANCE "VI_1" BACKUP 100
  6.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 150, ours 100
override none preempt VI_1
recv Prio=50
at 7s
recv Prio=50
at 8s
