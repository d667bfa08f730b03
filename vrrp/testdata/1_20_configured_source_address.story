# Semantics 1.20, 2.4: the configured source address is sent from and compared.
instance VI_1 SourceIP=10.0.0.7
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.7 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
recv Prio=100 Src=10.0.0.6
  3.700 send VI_1 v2 prio 100 every 1s, 10.0.0.7 -> 224.0.0.18, 1 addresses
  3.700 garp VI_1 x5
  3.700 log (VI_1) Received advert from 10.0.0.6 with lower priority 100, ours 100, forcing new election
  3.700 log (VI_1) two masters: 10.0.0.6 with priority 100 is master while we (10.0.0.7) are with priority 100
  3.700 notify INSTANCE "VI_1" TWO_MASTERS 100 beside 10.0.0.6 100
  3.700 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
  3.700 change (VI_1) two masters: 10.0.0.6 with priority 100 is master, too
recv Prio=100 Src=10.0.0.8
  3.700 vips VI_1 off
  3.700 log (VI_1) Master received advert from 10.0.0.8 with same priority 100 but higher IP address than ours
  3.700 log (VI_1) gives way to 10.0.0.8 with priority 100, which was master beside it for 91ms at most
  3.700 log (VI_1) Entering BACKUP STATE
  3.700 log (VI_1) two masters no more: 10.0.0.6 with priority 100 is none beside us now, it was beside 10.0.0.7 for 0s (adverts: 1)
  3.700 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.8 100 for 90.625ms
  3.700 notify INSTANCE "VI_1" TWO_MASTERS_OVER 100 beside 10.0.0.6 100 for 0s
  3.700 notify INSTANCE "VI_1" BACKUP 100
  3.700 change (VI_1) one master: 10.0.0.6 is none beside us now after 0s
  3.700 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.8 with the same priority 100 and a higher address
