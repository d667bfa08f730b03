# Semantics 1.28: adverts are ignored and timers start at the end of the delay.
global StartupDelay=1.9999s
instance VI_1
instance VI_2 VRID=52 Priority=255
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log Delaying startup for 1.9999 seconds
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Prio=200
recv VRID=52 Prio=255
at 1.99s
at 5.7s
  2.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  2.000 vips VI_2 on
  2.000 garp VI_2 x5
  2.000 log (VI_2) Entering MASTER STATE
  2.000 notify INSTANCE "VI_2" MASTER 255
  2.000 change (VI_2) INIT -> MASTER: it owns its addresses (priority 255)
  3.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.609 vips VI_1 on
  5.609 garp VI_1 x5
  5.609 log (VI_1) Entering MASTER STATE
  5.609 notify INSTANCE "VI_1" MASTER 100
  5.609 change (VI_1) BACKUP -> MASTER: no master heard for 5.609s
