# One VRID on two links is two routers; what comes in on a link without it is nobody's.
shows R11 R55
refuses R55
instance VI_1 Version=3
instance VI_2 Version=3 Interface=eth1
link eth0
link eth1 Addr4=10.0.1.1
link eth2 Addr4=10.0.2.1
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_2 v3 prio 100 every 1s, 10.0.1.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 vips VI_2 on
  3.609 garp VI_1 x5
  3.609 garp VI_2 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_2) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
recv Version=3 Prio=150 Iface=eth2
recv Version=3 Prio=150 VRID=52
recv Version=3 Prio=150 Iface=eth1
  3.700 vips VI_2 off
  3.700 log (VI_2) Master received advert from 10.0.0.2 with higher priority 150, ours 100
  3.700 log (VI_2) gives way to 10.0.0.2 with priority 150, which was master beside it for 91ms at most
  3.700 log (VI_2) Entering BACKUP STATE
  3.700 notify INSTANCE "VI_2" GAVE_WAY 100 beside 10.0.0.2 150 for 90.625ms
  3.700 notify INSTANCE "VI_2" BACKUP 100
  3.700 change (VI_2) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 150, ours 100
status
  3.700 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 1, BecameMaster 1
  3.700 VI_2 BACKUP prio 100, master 10.0.0.2 prio 150 every 1s, vips false, AdvertReceived 1, AdvertSent 1, BecameMaster 1, ReleasedMaster 1; other master 10.0.0.2 prio 150: adverts 0, episodes 0, gave way 1
