# What is in force when a process begins, as after a crash: nobody is master for a moment, nor is an owner.
instance VI_1 Priority=255
link eth0
override maintenance instance VI_1
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 255
  0.000 change (VI_1) INIT -> BACKUP: start
at 10s
reload
override none instance VI_1
at 20s
  12.016 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  12.016 vips VI_1 on
  12.016 garp VI_1 x5
  12.016 log (VI_1) Entering MASTER STATE
  12.016 notify INSTANCE "VI_1" MASTER 255
  12.016 change (VI_1) BACKUP -> MASTER: no master heard for 12.016s
  13.016 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  14.016 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  15.016 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  16.016 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  17.016 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  17.016 garp VI_1 x5
  18.016 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  19.016 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
