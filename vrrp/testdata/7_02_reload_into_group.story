# Semantics 6, 7.2: running instances put into a new group keep their states; a backup
# among masters joins them when its timer ends, or takes them along when it
# hears a better master.
instance VI_1
instance VI_2 VRID=52
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 3s
recv VRID=52 Prio=200
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
group G1 VI_1 VI_2
reload
  4.000 notify GROUP "G1" BACKUP 0
  4.000 change sync group G1 INIT -> BACKUP: reload
status
  4.000 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 1, BecameMaster 1
  4.000 VI_2 BACKUP prio 100, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 1
at 5s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv VRID=52 Prio=200
  5.000 vips VI_1 off
  5.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 change (VI_1) MASTER -> BACKUP: with VI_2 of sync group G1
