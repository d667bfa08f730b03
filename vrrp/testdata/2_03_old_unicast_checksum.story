# Semantics 2.3: the unicast checksum of old versions is recognised and used.
instance VI_1 Version=3 UnicastPeers=10.0.0.2
instance VI_2 VRID=52 Version=3 V3ChecksumAsV2
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=200 Dst=10.0.0.1 OldSum
  1.000 log (VI_1) Setting unicast VRRPv3 checksum to old version
recv Version=3 Prio=200 Dst=10.0.0.1
  1.000 log (VI_1) Setting unicast VRRPv3 checksum to new version
recv Version=3 Prio=200 Dst=10.0.0.1 BadSum
  1.000 log (VI_1) Invalid VRRPv3 checksum (from 10.0.0.2)
recv VRID=52 Version=3 Prio=200 Bare
at 3.7s
at 4.7s
  4.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  4.609 send VI_2 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, checksum as v2
  4.609 vips VI_1 on
  4.609 vips VI_2 on
  4.609 garp VI_1 x5
  4.609 garp VI_2 x5
  4.609 log (VI_1) Entering MASTER STATE
  4.609 log (VI_2) Entering MASTER STATE
  4.609 notify INSTANCE "VI_1" MASTER 100
  4.609 notify INSTANCE "VI_2" MASTER 100
  4.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s
  4.609 change (VI_2) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s
