# Semantics 2.10, 2.11: to every peer, from anybody unless asked, TTL not checked.
instance VI_1 Version=3 UnicastPeers=10.0.0.2,10.0.0.3 UnicastTTL=64
link eth0 Multicast=false
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
recv Version=3 Prio=50 Src=10.0.0.77 Dst=10.0.0.1 TTL=3
  3.700 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  3.700 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses
  3.700 garp VI_1 x5
  3.700 log (VI_1) Received advert from 10.0.0.77 with lower priority 50, ours 100, forcing new election
  3.700 log (VI_1) two masters: 10.0.0.77 with priority 50 is master while we (10.0.0.1) are with priority 100
  3.700 notify INSTANCE "VI_1" TWO_MASTERS 100 beside 10.0.0.77 50
  3.700 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
  3.700 change (VI_1) two masters: 10.0.0.77 with priority 50 is master, too
recv Version=3 Prio=50 Src=10.0.0.2
  3.700 log (VI_1) received a multicast packet, expecting unicast (from 10.0.0.2)
status
  3.700 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 1, AdvertSent 2, BecameMaster 1, UnexpectedSource 1, SecondMaster 1; other master 10.0.0.77 prio 50: adverts 1, episodes 1, gave way 0
