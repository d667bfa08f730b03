# Semantics 6.4: all owners: MASTER at once; otherwise the wish is reset.
instance VI_1 Priority=255
instance VI_2 VRID=52 Priority=255
group G1 VI_1 VI_2
instance VI_3 VRID=53 Priority=255
instance VI_4 VRID=54 Priority=200
group G2 VI_3 VI_4
link eth0
configure
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_1 on
  0.000 vips VI_2 on
  0.000 vips VI_3 off
  0.000 vips VI_4 off
  0.000 garp VI_1 x5
  0.000 garp VI_2 x5
  0.000 log (VI_1) Entering MASTER STATE
  0.000 log VRRP_Group(G1) Syncing instances to MASTER state
  0.000 log (VI_2) Entering MASTER STATE
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 log (VI_4) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" MASTER 255
  0.000 notify INSTANCE "VI_2" MASTER 255
  0.000 notify GROUP "G1" MASTER 0
  0.000 notify GROUP "G2" BACKUP 0
  0.000 notify INSTANCE "VI_3" BACKUP 255
  0.000 notify INSTANCE "VI_4" BACKUP 200
  0.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
  0.000 change (VI_2) INIT -> MASTER: it owns its addresses (priority 255)
  0.000 change sync group G1 INIT -> MASTER: VI_1: it owns its addresses (priority 255)
  0.000 change sync group G2 INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
  0.000 change (VI_4) INIT -> BACKUP: start
status
  0.000 VI_1 MASTER prio 255, master 10.0.0.1 prio 255 every 1s, vips true, AdvertSent 1, BecameMaster 1
  0.000 VI_2 MASTER prio 255, master 10.0.0.1 prio 255 every 1s, vips true, AdvertSent 1, BecameMaster 1
  0.000 VI_3 BACKUP prio 255, master invalid IP prio 0 every 1s, vips false
  0.000 VI_4 BACKUP prio 200, master invalid IP prio 0 every 1s, vips false
