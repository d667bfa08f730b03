# Semantics 2.3: each peer gets the unicast checksum it uses itself.
instance VI_1 Version=3 UnicastPeers=10.0.0.2,10.0.0.3
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=50 Src=10.0.0.2 Dst=10.0.0.1 OldSum
  1.000 log (VI_1) Setting unicast VRRPv3 checksum to old version
  1.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
recv Version=3 Prio=50 Src=10.0.0.3 Dst=10.0.0.1
  1.000 log (VI_1) received lower priority (50) advert from 10.0.0.3 - discarding
recv Version=3 Prio=50 Src=10.0.0.9 Dst=10.0.0.1 OldSum
  1.000 log (VI_1) received lower priority (50) advert from 10.0.0.9 - discarding
at 3.7s
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses, old checksum
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
