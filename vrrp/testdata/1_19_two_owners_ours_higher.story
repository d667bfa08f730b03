# Semantics 1.19: the owner with the higher address gives the other one time, two
# adverts and 1.2 intervals, then yields too.
shows R72
instance VI_1 Priority=255 GARPLowerPrioRepeat=0
link eth0 Addr4=10.0.0.9
configure
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.9 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 off
  0.000 vips VI_1 on
  0.000 garp VI_1 x5
  0.000 log (VI_1) Entering MASTER STATE
  0.000 notify INSTANCE "VI_1" MASTER 255
  0.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
at 0.5s
recv Prio=255
  0.500 send VI_1 v2 prio 255 every 1s, 10.0.0.9 -> 224.0.0.18, 1 addresses
  0.500 log (VI_1) Received advert from 10.0.0.2 with lower priority 255, ours 255, forcing new election
  0.500 log (VI_1) two masters: 10.0.0.2 with priority 255 is master while we (10.0.0.9) are with priority 255
  0.500 notify INSTANCE "VI_1" TWO_MASTERS 255 beside 10.0.0.2 255
  0.500 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 255
  0.500 change (VI_1) two masters: 10.0.0.2 with priority 255 is master, too
at 1.3s
recv Prio=255
  1.300 send VI_1 v2 prio 255 every 1s, 10.0.0.9 -> 224.0.0.18, 1 addresses
  1.300 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 255
at 2.2s
recv Prio=255
  2.200 send VI_1 v2 prio 255 every 1s, 10.0.0.9 -> 224.0.0.18, 1 addresses
  2.200 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 255
at 6.2s
  2.500 vips VI_1 off
  2.500 log (VI_1) CONFIGURATION ERROR: local instance and a remote instance are both configured as address owner, please fix - reducing local priority
  2.500 log (VI_1) Entering BACKUP STATE
  2.500 log (VI_1) two masters no more: 10.0.0.2 with priority 255 is none beside us now, it was beside 10.0.0.9 for 1.7s (adverts: 3)
  2.500 notify INSTANCE "VI_1" TWO_MASTERS_OVER 254 beside 10.0.0.2 255 for 1.7s
  2.500 notify INSTANCE "VI_1" BACKUP 254
  2.500 change (VI_1) one master: 10.0.0.2 is none beside us now after 1.7s
  2.500 change (VI_1) MASTER -> BACKUP: another owner of the addresses does not give way
  5.508 send VI_1 v2 prio 255 every 1s, 10.0.0.9 -> 224.0.0.18, 1 addresses
  5.508 vips VI_1 on
  5.508 garp VI_1 x5
  5.508 log (VI_1) Changing effective priority from 254 to 255
  5.508 log (VI_1) Entering MASTER STATE
  5.508 notify INSTANCE "VI_1" MASTER 255
  5.508 change (VI_1) BACKUP -> MASTER: no master heard for 3.008s
