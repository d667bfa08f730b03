# Semantics 1.8: weights do not move an owner's priority, but a script without
# weight puts it into FAULT.
refuses R12
instance VI_1 Priority=255 TrackScripts=chk:-20,hard
link eth0
configure
  0.000 vips VI_1 off
track chk fail
  0.000 change script chk is down
track hard ok
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 on
  0.000 garp VI_1 x5
  0.000 log (VI_1) Entering MASTER STATE
  0.000 notify INSTANCE "VI_1" MASTER 255
  0.000 change script hard is up
  0.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
at 0.5s
track hard fail
  0.500 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.500 vips VI_1 off
  0.500 log (VI_1) Entering FAULT STATE
  0.500 notify INSTANCE "VI_1" FAULT 255
  0.500 change script hard is down
  0.500 change (VI_1) MASTER -> FAULT: script hard failed
at 1s
track hard ok
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  1.000 vips VI_1 on
  1.000 garp VI_1 x5
  1.000 log (VI_1) Entering MASTER STATE
  1.000 notify INSTANCE "VI_1" MASTER 255
  1.000 change script hard is up
  1.000 change (VI_1) FAULT -> INIT: no longer: script hard failed
  1.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
status
  1.000 VI_1 MASTER prio 255, master 10.0.0.1 prio 255 every 1s, vips true, AdvertSent 3, BecameMaster 2, ReleasedMaster 1, PriorityZeroSent 1
