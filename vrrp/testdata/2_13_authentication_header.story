# The sequence number is that of all routers: a backup goes on from what it has heard.
link eth0
instance VI_1 Auth=AH AuthPass=secret Priority=90
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 90
  0.000 change (VI_1) INIT -> BACKUP: start
recv Auth=2 AH=1000 Key=secret
at 1s
recv Auth=2 AH=1001 Key=secret
# What was heard is not heard again, and nothing older.
recv Auth=2 AH=1001 Key=secret
  1.000 log (VI_1) IPSEC-AH : sequence number 1001 already processed. Packet dropped. Local(1001) (from 10.0.0.2)
recv Auth=2 AH=7 Key=secret
# A wrong password; the number does not count.
recv Auth=2 AH=1002 Key=guess
  1.000 log (VI_1) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password ! (from 10.0.0.2)
# Type 2 without a header is anybody's; so is PASS.
recv Auth=2
  1.000 log (VI_1) received by IP protocol 112, expecting 51! (from 10.0.0.2)
recv Auth=1 Pass=secret
  1.000 log (VI_1) received a 1 auth, expecting 2! (from 10.0.0.2)
# A TTL that is not 255 is found before.
recv Auth=2 AH=1002 Key=secret TTL=64
  1.000 log (VI_1) invalid TTL/HL. Received 64 and expect 255 (from 10.0.0.2)
status
  1.000 VI_1 BACKUP prio 90, master 10.0.0.2 prio 100 every 1s, vips false, AdvertReceived 2, TTLErrors 1, AuthTypeMismatch 2, AuthFailure 3
# What is right in its header counts, whatever else is wrong.
recv Auth=2 AH=1500 Key=secret Int=2s
  1.000 log (VI_1) advertisement interval mismatch mine=1 sec rcv'd=2 sec (from 10.0.0.2)
at 10s
  4.648 send VI_1 v2 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 1501
  4.648 vips VI_1 on
  4.648 garp VI_1 x5
  4.648 log (VI_1) Entering MASTER STATE
  4.648 notify INSTANCE "VI_1" MASTER 90
  4.648 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.648s
  5.648 send VI_1 v2 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 1502
  6.648 send VI_1 v2 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 1503
  7.648 send VI_1 v2 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 1504
  8.648 send VI_1 v2 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 1505
  9.648 send VI_1 v2 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 1506
  9.648 garp VI_1 x5
# The other one was away and begins anew: what it says is old, but it hears us and goes on from there.
recv Auth=2 AH=3 Key=secret
  10.000 log (VI_1) IPSEC-AH : sequence number 3 already processed. Packet dropped. Local(1506) (from 10.0.0.2)
recv Auth=2 AH=1510 Key=secret Prio=80
  10.000 send VI_1 v2 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 1512
  10.000 garp VI_1 x5
  10.000 log (VI_1) Received advert from 10.0.0.2 with lower priority 80, ours 90, forcing new election
  10.000 log (VI_1) two masters: 10.0.0.2 with priority 80 is master while we (10.0.0.1) are with priority 90
  10.000 notify INSTANCE "VI_1" TWO_MASTERS 90 beside 10.0.0.2 80
  10.000 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 90
  10.000 change (VI_1) two masters: 10.0.0.2 with priority 80 is master, too
recv Auth=2 AH=1513 Key=secret Prio=100
  10.000 vips VI_1 off
  10.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 100, ours 90
  10.000 log (VI_1) gives way to 10.0.0.2 with priority 100, which was master beside it for 5.352s at most
  10.000 log (VI_1) Entering BACKUP STATE
  10.000 log (VI_1) two masters no more: 10.0.0.2 with priority 100 is none beside us now, it was beside 10.0.0.1 for 0s (adverts: 1)
  10.000 notify INSTANCE "VI_1" GAVE_WAY 90 beside 10.0.0.2 100 for 5.3515625s
  10.000 notify INSTANCE "VI_1" TWO_MASTERS_OVER 90 beside 10.0.0.2 100 for 0s
  10.000 notify INSTANCE "VI_1" BACKUP 90
  10.000 change (VI_1) one master: 10.0.0.2 is none beside us now after 0s
  10.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 100, ours 90
status
  10.000 VI_1 BACKUP prio 90, master 10.0.0.2 prio 100 every 1s, vips false, AdvertReceived 4, AdvertSent 7, BecameMaster 1, ReleasedMaster 1, TTLErrors 1, IntervalErrors 1, AuthTypeMismatch 2, AuthFailure 4, SecondMaster 1; other master 10.0.0.2 prio 100: adverts 1, episodes 1, gave way 1
stop
  10.000 notify INSTANCE "VI_1" STOP 90
  10.000 change (VI_1) BACKUP -> INIT: stop
