# Semantics 4.6: tracking the own interface counts for nothing.
instance VI_1 TrackInterfaces=eth0:50
instance VI_2 VRID=52
group G1 VI_2 TrackInterfaces=eth0:50
link eth0
configure
  0.000 vips VI_2 off
  0.000 vips VI_1 off
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
