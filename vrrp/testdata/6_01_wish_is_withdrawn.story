# Semantics 6.1, 1.11: a member that waited for the other and then hears a master does not
# want to be one any more.
instance VI_1
instance VI_2 VRID=52 Version=3 AdvertInt=500ms
group G1 VI_1 VI_2
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 3.5s
recv VRID=52 Version=3 Prio=200
at 3.7s
status
  3.700 VI_1 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
  3.700 VI_2 BACKUP prio 100, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 1
