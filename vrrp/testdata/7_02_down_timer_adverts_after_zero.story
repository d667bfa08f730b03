# Semantics 7.2, 1.10: the master has resigned, so only the skew time runs, and down_timer_adverts is no part of it.
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Prio=150
at 2s
recv Prio=0
at 2.1s
instance VI_1 DownTimerAdverts=2
reload
at 2.2s
instance VI_1 DownTimerAdverts=5
reload
at 2.7s
  2.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  2.609 vips VI_1 on
  2.609 garp VI_1 x5
  2.609 log (VI_1) Entering MASTER STATE
  2.609 notify INSTANCE "VI_1" MASTER 100
  2.609 change (VI_1) BACKUP -> MASTER: priority 0 from 10.0.0.2
