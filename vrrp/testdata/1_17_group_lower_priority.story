# Semantics 1.17: the other members of the group assert themselves too.
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
recv Prio=50
  4.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 garp VI_1 x5
  4.000 garp VI_2 x5
  4.000 log (VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election
  4.000 log (VI_1) two masters: 10.0.0.2 with priority 50 is master while we (10.0.0.1) are with priority 100
  4.000 notify INSTANCE "VI_1" TWO_MASTERS 100 beside 10.0.0.2 50
  4.000 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
  4.000 change (VI_1) two masters: 10.0.0.2 with priority 50 is master, too
