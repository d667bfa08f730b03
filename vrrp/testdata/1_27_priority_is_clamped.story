# Semantics 1.27: between 1 and 254.
refuses R13
instance VI_1 Priority=200 TrackScripts=up:100
instance VI_2 VRID=52 Priority=50 TrackScripts=down:-100
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 200
  0.000 notify INSTANCE "VI_2" BACKUP 50
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
track up ok
  0.000 log (VI_1) Changing effective priority from 200 to 254
  0.000 change script up is up
track down fail
  0.000 log (VI_2) Changing effective priority from 50 to 1
  0.000 change script down is down
status
  0.000 VI_1 BACKUP prio 254, master invalid IP prio 0 every 1s, vips false
  0.000 VI_2 BACKUP prio 1, master invalid IP prio 0 every 1s, vips false
