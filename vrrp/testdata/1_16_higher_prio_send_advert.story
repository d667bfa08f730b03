# Semantics 1.16: higher_prio_send_advert sends one more advert before yielding.
instance VI_1 HigherPrioSendAdvert
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
recv Prio=101
  3.700 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.700 vips VI_1 off
  3.700 log (VI_1) Master received advert from 10.0.0.2 with higher priority 101, ours 100
  3.700 log (VI_1) gives way to 10.0.0.2 with priority 101, which was master beside it for 91ms at most
  3.700 log (VI_1) Entering BACKUP STATE
  3.700 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.2 101 for 90.625ms
  3.700 notify INSTANCE "VI_1" BACKUP 100
  3.700 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 101, ours 100
