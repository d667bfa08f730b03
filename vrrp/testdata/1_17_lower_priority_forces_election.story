# Semantics 1.17, 1.21: a master answers a lower priority, or its own with a lower
# address, with an advert and gratuitous ARPs, again after 5 s. The next advert comes an
# interval later.
shows R54
refuses R52
instance VI_1 GARPLowerPrioRepeat=3
link eth0 Addr4=10.0.0.5
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
recv Prio=50
  3.700 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  3.700 garp VI_1 x3
  3.700 log (VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election
  3.700 log (VI_1) two masters: 10.0.0.2 with priority 50 is master while we (10.0.0.5) are with priority 100
  3.700 notify INSTANCE "VI_1" TWO_MASTERS 100 beside 10.0.0.2 50
  3.700 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
  3.700 change (VI_1) two masters: 10.0.0.2 with priority 50 is master, too
at 4.2s
recv Prio=100
  4.200 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  4.200 garp VI_1 x3
  4.200 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
at 5.3s
  5.200 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
at 9.7s
  5.450 log (VI_1) two masters no more: 10.0.0.2 with priority 100 is not heard as master any more, it was beside 10.0.0.5 for 500ms (adverts: 2)
  5.450 notify INSTANCE "VI_1" TWO_MASTERS_OVER 100 beside 10.0.0.2 100 for 500ms
  5.450 change (VI_1) one master: 10.0.0.2 is not heard as master any more after 500ms
  6.200 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  7.200 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  8.200 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  8.609 garp VI_1 x5
  9.200 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  9.200 garp VI_1 x3
