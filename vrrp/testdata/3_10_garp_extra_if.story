# Semantics 3.10: a master announces once every interval what stands on other interfaces,
# counted from when it became master; a backup does not.
instance VI_1 AdvertInt=6s GARPDelay=0 GARPExtra.Interval=2s
instance VI_2 VRID=52 AdvertInt=60s GARPDelay=0 GARPExtra.Interval=3s GARPExtra.All Priority=255
link eth0
configure
  0.000 send VI_2 v2 prio 255 every 1m0s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_2 on
  0.000 garp VI_2 x5
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering MASTER STATE
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" MASTER 255
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> MASTER: it owns its addresses (priority 255)
at 23s
  3.000 garp VI_2 x1 on other interfaces
  6.000 garp VI_2 x1 on other interfaces
  9.000 garp VI_2 x1 on other interfaces
  12.000 garp VI_2 x1 on other interfaces
  15.000 garp VI_2 x1 on other interfaces
  18.000 garp VI_2 x1 on other interfaces
  18.609 send VI_1 v2 prio 100 every 6s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  18.609 vips VI_1 on
  18.609 garp VI_1 x5
  18.609 log (VI_1) Entering MASTER STATE
  18.609 notify INSTANCE "VI_1" MASTER 100
  18.609 change (VI_1) BACKUP -> MASTER: no master heard for 18.609s
  20.609 garp VI_1 x1 on other VMACs
  21.000 garp VI_2 x1 on other interfaces
  22.609 garp VI_1 x1 on other VMACs
recv Prio=200 Int=6s
  23.000 vips VI_1 off
  23.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 100
  23.000 log (VI_1) gives way to 10.0.0.2 with priority 200, which was master beside it for 4.391s at most
  23.000 log (VI_1) Entering BACKUP STATE
  23.000 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.2 200 for 4.390625s
  23.000 notify INSTANCE "VI_1" BACKUP 100
  23.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 200, ours 100
at 26s
  24.000 garp VI_2 x1 on other interfaces
# A reload changes the interval, then only what it is about, then turns it off.
instance VI_2 GARPExtra.Interval=5s
reload
at 32s
  31.000 garp VI_2 x1 on other interfaces
instance VI_2 GARPExtra.All=false
reload
at 37s
  36.000 garp VI_2 x1 on other VMACs
instance VI_2 GARPExtra.Interval=0
reload
at 45s
  41.609 send VI_1 v2 prio 100 every 6s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  41.609 vips VI_1 on
  41.609 garp VI_1 x5
  41.609 log (VI_1) Entering MASTER STATE
  41.609 notify INSTANCE "VI_1" MASTER 100
  41.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 18.609s
  43.609 garp VI_1 x1 on other VMACs
