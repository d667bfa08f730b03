# Semantics 1.11: with nopreempt a lower priority master is left alone.
shows R40
instance VI_1 NoPreempt
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3s
recv Prio=50
at 6s
recv Prio=50
at 9.6s
at 9.61s
  9.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  9.609 vips VI_1 on
  9.609 garp VI_1 x5
  9.609 log (VI_1) Entering MASTER STATE
  9.609 notify INSTANCE "VI_1" MASTER 100
  9.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s
