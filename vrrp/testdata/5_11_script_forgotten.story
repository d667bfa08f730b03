# Semantics 5.11: a script keeps its result by name over a reload; one that was away
# reports anew.
instance VI_1 TrackScripts=chk
link eth0
configure
  0.000 vips VI_1 off
track chk fail
  0.000 log (VI_1) Entering FAULT STATE
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 change script chk is down
  0.000 change (VI_1) INIT -> FAULT: script chk failed
reload
instance VI_1 TrackScripts=
reload
  0.000 log (VI_1) Entering BACKUP STATE
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) FAULT -> BACKUP: no longer: script chk failed
instance VI_1 TrackScripts=chk
reload
at 1s
link eth0 Up=false
  1.000 log Netlink reports eth0 down
  1.000 log (VI_1) Entering FAULT STATE
  1.000 notify INSTANCE "VI_1" FAULT 100
  1.000 change interface eth0 is down
  1.000 change (VI_1) BACKUP -> FAULT: interface eth0 down
link eth0
  1.000 log Netlink reports eth0 up
  1.000 change interface eth0 is up
status
  1.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; script chk has not reported yet
track chk ok
  1.000 log (VI_1) Entering BACKUP STATE
  1.000 notify INSTANCE "VI_1" BACKUP 100
  1.000 change script chk is up
  1.000 change (VI_1) FAULT -> BACKUP: no longer: interface eth0 down
