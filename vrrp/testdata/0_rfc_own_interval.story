# A master goes by its own interval, whatever it has learnt as a backup and whatever another master says.
shows R50
refuses R50
instance VI_1 Version=3
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=150 Int=100ms
at 3.5s
  1.361 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  1.361 vips VI_1 on
  1.361 garp VI_1 x5
  1.361 log (VI_1) Entering MASTER STATE
  1.361 notify INSTANCE "VI_1" MASTER 100
  1.361 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 361ms
  2.361 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.361 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Version=3 Prio=50 Int=100ms
  3.500 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.500 garp VI_1 x5
  3.500 log (VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election
  3.500 log (VI_1) two masters: 10.0.0.2 with priority 50 is master while we (10.0.0.1) are with priority 100
  3.500 notify INSTANCE "VI_1" TWO_MASTERS 100 beside 10.0.0.2 50
  3.500 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
  3.500 change (VI_1) two masters: 10.0.0.2 with priority 50 is master, too
recv Version=3 Prio=0 Int=100ms
  3.500 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
at 6s
  4.500 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.750 log (VI_1) two masters no more: 10.0.0.2 with priority 50 is not heard as master any more, it was beside 10.0.0.1 for 0s (adverts: 1)
  4.750 notify INSTANCE "VI_1" TWO_MASTERS_OVER 100 beside 10.0.0.2 50 for 0s
  4.750 change (VI_1) one master: 10.0.0.2 is not heard as master any more after 0s
  5.500 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
