# Semantics 1.4, 1.6: priority 100 at 1 s waits 3.609375 s, priority 120 at 2 s in
# version 3 7.0625 s, state MASTER or not.
shows R22 R23 R29
refuses R28 R29
instance VI_1 StateGiven WantMaster GARPDelay=0s
instance VI_3 VRID=53 Version=3 AdvertInt=2s Priority=120
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_3 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_3" BACKUP 120
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
at 3.6093s
at 3.6094s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
at 7.06s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  6.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
at 7.07s
  7.062 send VI_3 v3 prio 120 every 2s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.062 vips VI_3 on
  7.062 garp VI_3 x5
  7.062 log (VI_3) Entering MASTER STATE
  7.062 notify INSTANCE "VI_3" MASTER 120
  7.062 change (VI_3) BACKUP -> MASTER: no master heard for 7.063s
status
  7.070 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 4, BecameMaster 1
  7.070 VI_3 MASTER prio 120, master 10.0.0.1 prio 120 every 2s, vips true, AdvertSent 1, BecameMaster 1
