# Two masters: told once when it begins and once when an advert is missed, with how long it was. The other one does not hear
# us here. What it sends is counted by its address.
instance VI_1
link eth0 Addr4=10.0.0.5
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
recv Prio=50
  4.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  4.000 garp VI_1 x5
  4.000 log (VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election
  4.000 log (VI_1) two masters: 10.0.0.2 with priority 50 is master while we (10.0.0.5) are with priority 100
  4.000 notify INSTANCE "VI_1" TWO_MASTERS 100 beside 10.0.0.2 50
  4.000 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
  4.000 change (VI_1) two masters: 10.0.0.2 with priority 50 is master, too
at 5s
  5.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
recv Prio=50
  5.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  5.000 garp VI_1 x5
  5.000 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
at 6s
  6.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
recv Prio=50
  6.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  6.000 garp VI_1 x5
  6.000 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
at 7s
  7.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
recv Prio=50
  7.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  7.000 garp VI_1 x5
  7.000 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
at 8.4s
  8.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  8.250 log (VI_1) two masters no more: 10.0.0.2 with priority 50 is not heard as master any more, it was beside 10.0.0.5 for 3s (adverts: 4)
  8.250 notify INSTANCE "VI_1" TWO_MASTERS_OVER 100 beside 10.0.0.2 50 for 3s
  8.250 change (VI_1) one master: 10.0.0.2 is not heard as master any more after 3s
at 9s
  8.609 garp VI_1 x5
  9.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
status
  9.000 VI_1 MASTER prio 100, master 10.0.0.5 prio 100 every 1s, vips true, AdvertReceived 4, AdvertSent 10, BecameMaster 1, SecondMaster 4; other master 10.0.0.2 prio 50: adverts 4, episodes 1, gave way 0
# Again, and we give way: another one is better.
recv Prio=50
  9.000 send VI_1 v2 prio 100 every 1s, 10.0.0.5 -> 224.0.0.18, 1 addresses
  9.000 garp VI_1 x5
  9.000 log (VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election
  9.000 log (VI_1) two masters: 10.0.0.2 with priority 50 is master while we (10.0.0.5) are with priority 100
  9.000 notify INSTANCE "VI_1" TWO_MASTERS 100 beside 10.0.0.2 50
  9.000 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
  9.000 change (VI_1) two masters: 10.0.0.2 with priority 50 is master, too
recv Src=10.0.0.3 Prio=200
  9.000 vips VI_1 off
  9.000 log (VI_1) Master received advert from 10.0.0.3 with higher priority 200, ours 100
  9.000 log (VI_1) gives way to 10.0.0.3 with priority 200, which was master beside it for 5.391s at most
  9.000 log (VI_1) Entering BACKUP STATE
  9.000 log (VI_1) two masters no more: 10.0.0.2 with priority 50 is none beside us now, it was beside 10.0.0.5 for 0s (adverts: 1)
  9.000 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.3 200 for 5.390625s
  9.000 notify INSTANCE "VI_1" TWO_MASTERS_OVER 100 beside 10.0.0.2 50 for 0s
  9.000 notify INSTANCE "VI_1" BACKUP 100
  9.000 change (VI_1) one master: 10.0.0.2 is none beside us now after 0s
  9.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.3 with higher priority 200, ours 100
status
  9.000 VI_1 BACKUP prio 100, master 10.0.0.3 prio 200 every 1s, vips false, AdvertReceived 6, AdvertSent 11, BecameMaster 1, ReleasedMaster 1, SecondMaster 5; other master 10.0.0.2 prio 50: adverts 5, episodes 2, gave way 0; other master 10.0.0.3 prio 200: adverts 0, episodes 0, gave way 1
at 12s
stop
  12.000 notify INSTANCE "VI_1" STOP 100
  12.000 change (VI_1) BACKUP -> INIT: stop
