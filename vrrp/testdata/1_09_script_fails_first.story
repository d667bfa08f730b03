# Semantics 1.9, 5.7: the first result is a failure.
instance VI_1 TrackScripts=chk
link eth0
configure
  0.000 vips VI_1 off
at 1s
track chk fail
  1.000 log (VI_1) Entering FAULT STATE
  1.000 notify INSTANCE "VI_1" FAULT 100
  1.000 change script chk is down
  1.000 change (VI_1) INIT -> FAULT: script chk failed
status
  1.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; script chk failed
at 2s
track chk ok
  2.000 log (VI_1) Entering BACKUP STATE
  2.000 notify INSTANCE "VI_1" BACKUP 100
  2.000 change script chk is up
  2.000 change (VI_1) FAULT -> BACKUP: no longer: script chk failed
status
  2.000 VI_1 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
