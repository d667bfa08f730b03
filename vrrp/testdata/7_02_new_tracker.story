# Semantics 5.7, 7.2: a script added by a reload does not stop a running master
# before it has reported.
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
instance VI_1 TrackScripts=chk
reload
at 4.7s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
track chk fail
  4.700 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.700 vips VI_1 off
  4.700 log (VI_1) Entering FAULT STATE
  4.700 notify INSTANCE "VI_1" FAULT 100
  4.700 change script chk is down
  4.700 change (VI_1) MASTER -> FAULT: script chk failed
