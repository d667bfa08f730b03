# Semantics 7.2: a backup's timer grows and shrinks with down_timer_adverts.
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 2s
instance VI_1 DownTimerAdverts=5
reload
at 4s
instance VI_1 DownTimerAdverts=4
reload
at 4.7s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.609 vips VI_1 on
  4.609 garp VI_1 x5
  4.609 log (VI_1) Entering MASTER STATE
  4.609 notify INSTANCE "VI_1" MASTER 100
  4.609 change (VI_1) BACKUP -> MASTER: no master heard for 4.609s
