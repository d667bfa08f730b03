# Semantics 1.12: a lower priority advert is discarded and does not reset the timer.
shows R24 R41
refuses R40 R41
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Prio=50
  1.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 2s
recv Prio=50
  2.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 3s
recv Prio=50
  3.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 3.7s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 has lower priority 50, ours 100
