# Semantics 6.2: one member pulls the others to BACKUP without priority 0.
instance VI_1
instance VI_2 VRID=52
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
at 4s
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_2 on
  3.609 vips VI_1 on
  3.609 garp VI_2 x5
  3.609 garp VI_1 x5
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log VRRP_Group(G1) Syncing instances to MASTER state
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify GROUP "G1" MASTER 0
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.609s
recv VRID=52 Prio=150
  4.000 vips VI_2 off
  4.000 vips VI_1 off
  4.000 log (VI_2) Master received advert from 10.0.0.2 with higher priority 150, ours 100
  4.000 log (VI_2) gives way to 10.0.0.2 with priority 150, which was master beside it for 391ms at most
  4.000 log (VI_2) Entering BACKUP STATE
  4.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  4.000 log (VI_1) Entering BACKUP STATE
  4.000 notify INSTANCE "VI_2" GAVE_WAY 100 beside 10.0.0.2 150 for 390.625ms
  4.000 notify INSTANCE "VI_2" BACKUP 100
  4.000 notify INSTANCE "VI_1" BACKUP 100
  4.000 notify GROUP "G1" BACKUP 0
  4.000 change (VI_2) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 150, ours 100
  4.000 change (VI_1) MASTER -> BACKUP: with VI_2 of sync group G1
  4.000 change sync group G1 MASTER -> BACKUP: VI_2: advert from 10.0.0.2 with higher priority 150, ours 100
status
  4.000 VI_1 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 1, BecameMaster 1, ReleasedMaster 1
  4.000 VI_2 BACKUP prio 100, master 10.0.0.2 prio 150 every 1s, vips false, AdvertReceived 1, AdvertSent 1, BecameMaster 1, ReleasedMaster 1; other master 10.0.0.2 prio 150: adverts 0, episodes 0, gave way 1
