# Semantics 7.2: a backup keeps its timer, moved by what changed in its length.
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 2s
recv Prio=200
at 3s
instance VI_1 Priority=200
reload
  3.000 log (VI_1) Changing effective priority from 100 to 200
at 5.2s
at 5.3s
  5.219 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.219 vips VI_1 on
  5.219 garp VI_1 x5
  5.219 log (VI_1) Entering MASTER STATE
  5.219 notify INSTANCE "VI_1" MASTER 200
  5.219 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.219s
