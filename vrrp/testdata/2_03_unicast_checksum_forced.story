# Semantics 2.3: old_unicast_checksum sends the old one always and takes both, with never it takes none and says what would.
instance VI_1 Version=3 UnicastPeers=10.0.0.2 UnicastChecksum=old
instance VI_2 VRID=52 Version=3 UnicastPeers=10.0.0.2 UnicastChecksum=never
instance VI_3 VRID=53 Version=2 UnicastPeers=10.0.0.2 UnicastChecksum=old
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 notify INSTANCE "VI_3" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=50 Dst=10.0.0.1 OldSum
  1.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
recv Version=3 Prio=50 Dst=10.0.0.1
  1.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
recv VRID=52 Version=3 Prio=50 Dst=10.0.0.1 OldSum
  1.000 log (VI_2) Invalid VRRPv3 checksum - the sender takes 224.0.0.18 for the destination, as old versions do; leave out old_unicast_checksum never (from 10.0.0.2)
recv VRID=52 Version=3 Prio=50 Dst=10.0.0.1 Bare
recv VRID=52 Version=3 Prio=50 Dst=10.0.0.1
  1.000 log (VI_2) received lower priority (50) advert from 10.0.0.2 - discarding
at 4.7s
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses, old checksum
  3.609 send VI_2 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  3.609 send VI_3 v2 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  3.609 vips VI_1 on
  3.609 vips VI_2 on
  3.609 vips VI_3 on
  3.609 garp VI_1 x5
  3.609 garp VI_2 x5
  3.609 garp VI_3 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log (VI_3) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_3" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_3) BACKUP -> MASTER: no master heard for 3.609s
  4.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses, old checksum
  4.609 send VI_2 v3 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  4.609 send VI_3 v2 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
