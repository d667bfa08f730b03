# With the same priority the larger address stays, as unsigned numbers in network order, in both families.
shows R52 R53 R54
refuses R52 R54
instance VI_4 Version=3 GARPLowerPrioRepeat=0
instance VI_6 Version=3 IPv6 VIPs=fe80::100/64 GARPLowerPrioRepeat=0
link eth0 Addr4=10.0.0.128 Addrs=10.0.0.128,fe80::ff00:1
configure
  0.000 vips VI_4 off
  0.000 vips VI_6 off
  0.000 log (VI_4) Entering BACKUP STATE (init)
  0.000 log (VI_6) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_4" BACKUP 100
  0.000 notify INSTANCE "VI_6" BACKUP 100
  0.000 change (VI_4) INIT -> BACKUP: start
  0.000 change (VI_6) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_4 v3 prio 100 every 1s, 10.0.0.128 -> 224.0.0.18, 1 addresses
  3.609 send VI_6 v3 prio 100 every 1s, fe80::ff00:1 -> ff02::12, 1 addresses
  3.609 vips VI_4 on
  3.609 vips VI_6 on
  3.609 garp VI_4 x5
  3.609 garp VI_6 x5
  3.609 log (VI_4) Entering MASTER STATE
  3.609 log (VI_6) Entering MASTER STATE
  3.609 notify INSTANCE "VI_4" MASTER 100
  3.609 notify INSTANCE "VI_6" MASTER 100
  3.609 change (VI_4) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_6) BACKUP -> MASTER: no master heard for 3.609s
recv Version=3 Src=10.0.0.127
  3.700 send VI_4 v3 prio 100 every 1s, 10.0.0.128 -> 224.0.0.18, 1 addresses
  3.700 log (VI_4) Received advert from 10.0.0.127 with lower priority 100, ours 100, forcing new election
  3.700 log (VI_4) two masters: 10.0.0.127 with priority 100 is master while we (10.0.0.128) are with priority 100
  3.700 notify INSTANCE "VI_4" TWO_MASTERS 100 beside 10.0.0.127 100
  3.700 notify INSTANCE "VI_4" MASTER_RX_LOWER_PRI 100
  3.700 change (VI_4) two masters: 10.0.0.127 with priority 100 is master, too
recv Version=3 Src=9.255.255.255
  3.700 send VI_4 v3 prio 100 every 1s, 10.0.0.128 -> 224.0.0.18, 1 addresses
  3.700 log (VI_4) Received advert from 9.255.255.255 with lower priority 100, ours 100, forcing new election
  3.700 log (VI_4) two masters: 9.255.255.255 with priority 100 is master while we (10.0.0.128) are with priority 100
  3.700 notify INSTANCE "VI_4" TWO_MASTERS 100 beside 9.255.255.255 100
  3.700 notify INSTANCE "VI_4" MASTER_RX_LOWER_PRI 100
  3.700 change (VI_4) two masters: 9.255.255.255 with priority 100 is master, too
recv Version=3 Src=fe80::7fff:ffff VIPs=fe80::100/64
  3.700 send VI_6 v3 prio 100 every 1s, fe80::ff00:1 -> ff02::12, 1 addresses
  3.700 log (VI_6) Received advert from fe80::7fff:ffff with lower priority 100, ours 100, forcing new election
  3.700 log (VI_6) two masters: fe80::7fff:ffff with priority 100 is master while we (fe80::ff00:1) are with priority 100
  3.700 notify INSTANCE "VI_6" TWO_MASTERS 100 beside fe80::7fff:ffff 100
  3.700 notify INSTANCE "VI_6" MASTER_RX_LOWER_PRI 100
  3.700 change (VI_6) two masters: fe80::7fff:ffff with priority 100 is master, too
recv Version=3 Prio=99 Src=10.0.0.250
  3.700 send VI_4 v3 prio 100 every 1s, 10.0.0.128 -> 224.0.0.18, 1 addresses
  3.700 log (VI_4) Received advert from 10.0.0.250 with lower priority 99, ours 100, forcing new election
  3.700 log (VI_4) two masters: 10.0.0.250 with priority 99 is master while we (10.0.0.128) are with priority 100
  3.700 notify INSTANCE "VI_4" TWO_MASTERS 100 beside 10.0.0.250 99
  3.700 notify INSTANCE "VI_4" MASTER_RX_LOWER_PRI 100
  3.700 change (VI_4) two masters: 10.0.0.250 with priority 99 is master, too
recv Version=3 Src=10.0.0.129
  3.700 vips VI_4 off
  3.700 log (VI_4) Master received advert from 10.0.0.129 with same priority 100 but higher IP address than ours
  3.700 log (VI_4) gives way to 10.0.0.129 with priority 100, which was master beside it for 91ms at most
  3.700 log (VI_4) Entering BACKUP STATE
  3.700 log (VI_4) two masters no more: 10.0.0.127 with priority 100 is none beside us now, it was beside 10.0.0.128 for 0s (adverts: 1)
  3.700 log (VI_4) two masters no more: 9.255.255.255 with priority 100 is none beside us now, it was beside 10.0.0.128 for 0s (adverts: 1)
  3.700 log (VI_4) two masters no more: 10.0.0.250 with priority 99 is none beside us now, it was beside 10.0.0.128 for 0s (adverts: 1)
  3.700 notify INSTANCE "VI_4" GAVE_WAY 100 beside 10.0.0.129 100 for 90.625ms
  3.700 notify INSTANCE "VI_4" TWO_MASTERS_OVER 100 beside 10.0.0.127 100 for 0s
  3.700 notify INSTANCE "VI_4" TWO_MASTERS_OVER 100 beside 9.255.255.255 100 for 0s
  3.700 notify INSTANCE "VI_4" TWO_MASTERS_OVER 100 beside 10.0.0.250 99 for 0s
  3.700 notify INSTANCE "VI_4" BACKUP 100
  3.700 change (VI_4) one master: 10.0.0.127 is none beside us now after 0s
  3.700 change (VI_4) one master: 9.255.255.255 is none beside us now after 0s
  3.700 change (VI_4) one master: 10.0.0.250 is none beside us now after 0s
  3.700 change (VI_4) MASTER -> BACKUP: advert from 10.0.0.129 with the same priority 100 and a higher address
recv Version=3 Src=fe80::ff00:2 VIPs=fe80::100/64
  3.700 vips VI_6 off
  3.700 log (VI_6) Master received advert from fe80::ff00:2 with same priority 100 but higher IP address than ours
  3.700 log (VI_6) gives way to fe80::ff00:2 with priority 100, which was master beside it for 91ms at most
  3.700 log (VI_6) Entering BACKUP STATE
  3.700 log (VI_6) two masters no more: fe80::7fff:ffff with priority 100 is none beside us now, it was beside fe80::ff00:1 for 0s (adverts: 1)
  3.700 notify INSTANCE "VI_6" GAVE_WAY 100 beside fe80::ff00:2 100 for 90.625ms
  3.700 notify INSTANCE "VI_6" TWO_MASTERS_OVER 100 beside fe80::7fff:ffff 100 for 0s
  3.700 notify INSTANCE "VI_6" BACKUP 100
  3.700 change (VI_6) one master: fe80::7fff:ffff is none beside us now after 0s
  3.700 change (VI_6) MASTER -> BACKUP: advert from fe80::ff00:2 with the same priority 100 and a higher address
status
  3.700 VI_4 BACKUP prio 100, master 10.0.0.129 prio 100 every 1s, vips false, AdvertReceived 4, AdvertSent 4, BecameMaster 1, ReleasedMaster 1, SecondMaster 3; other master 10.0.0.127 prio 100: adverts 1, episodes 1, gave way 0; other master 9.255.255.255 prio 100: adverts 1, episodes 1, gave way 0; other master 10.0.0.250 prio 99: adverts 1, episodes 1, gave way 0; other master 10.0.0.129 prio 100: adverts 0, episodes 0, gave way 1
  3.700 VI_6 BACKUP prio 100, master fe80::ff00:2 prio 100 every 1s, vips false, AdvertReceived 2, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, SecondMaster 1; other master fe80::7fff:ffff prio 100: adverts 1, episodes 1, gave way 0; other master fe80::ff00:2 prio 100: adverts 0, episodes 0, gave way 1
