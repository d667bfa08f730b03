# Semantics 5.1: reversed without weight, success is FAULT.
instance VI_1 TrackScripts=maintenance:r
link eth0
configure
  0.000 vips VI_1 off
track maintenance fail
  0.000 log (VI_1) Entering BACKUP STATE
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change script maintenance is down
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
track maintenance ok
  1.000 log (VI_1) Entering FAULT STATE
  1.000 notify INSTANCE "VI_1" FAULT 100
  1.000 change script maintenance is up
  1.000 change (VI_1) BACKUP -> FAULT: script maintenance succeeded
status
  1.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; script maintenance succeeded
