# Semantics 1.17, 1.21: lower_prio_no_advert leaves the timer of adverts alone.
shows V5
refuses V5
instance VI_1 LowerPrioNoAdvert GARPLowerPrioRepeat=0
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
recv Prio=50
  3.700 log (VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100
  3.700 log (VI_1) two masters: 10.0.0.2 with priority 50 is master while we (10.0.0.1) are with priority 100
  3.700 notify INSTANCE "VI_1" TWO_MASTERS 100 beside 10.0.0.2 50
  3.700 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
  3.700 change (VI_1) two masters: 10.0.0.2 with priority 50 is master, too
at 4.7s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
