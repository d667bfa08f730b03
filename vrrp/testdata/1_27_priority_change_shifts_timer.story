# Semantics 1.27: 100 -> 120 in BACKUP moves the timer from 3.609 s to 3.531 s, a change in
# MASTER is told by the next advert.
instance VI_1 TrackScripts=chk:20 Notify.PriorityChanges
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
track chk ok
  1.000 log (VI_1) Changing effective priority from 100 to 120
  1.000 notify INSTANCE "VI_1" BACKUP_PRIORITY 120
  1.000 change script chk is up
at 3.54s
  3.531 send VI_1 v2 prio 120 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.531 vips VI_1 on
  3.531 garp VI_1 x5
  3.531 log (VI_1) Entering MASTER STATE
  3.531 notify INSTANCE "VI_1" MASTER 120
  3.531 change (VI_1) BACKUP -> MASTER: no master heard for 3.531s
track chk fail
  3.540 log (VI_1) Changing effective priority from 120 to 100
  3.540 notify INSTANCE "VI_1" MASTER_PRIORITY 100
  3.540 change script chk is down
at 4.6s
  4.531 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
