# Semantics 2.10: unicast_fault_no_peer without peers is FAULT until a reload brings one, and
# again when it takes the last away.
instance VI_1 FaultNoPeer
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) entering FAULT state (unicast without any peers)
  0.000 log (VI_1) entering FAULT state
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 change (VI_1) INIT -> FAULT: unicast without any peers
at 5s
status
  5.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; unicast without any peers
instance VI_1 UnicastPeers=10.0.0.2
reload
  5.000 vips VI_1 off
  5.000 log (VI_1) Entering BACKUP STATE (init)
  5.000 notify INSTANCE "VI_1" FAULT 100
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 change (VI_1) INIT -> BACKUP: reload
at 10s
  8.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  8.609 vips VI_1 on
  8.609 garp VI_1 x5
  8.609 log (VI_1) Entering MASTER STATE
  8.609 notify INSTANCE "VI_1" MASTER 100
  8.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  9.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
instance VI_1 UnicastPeers=
reload
  10.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  10.000 vips VI_1 off
  10.000 vips VI_1 off
  10.000 log (VI_1) entering FAULT state (unicast without any peers)
  10.000 log (VI_1) entering FAULT state
  10.000 notify INSTANCE "VI_1" FAULT 100
  10.000 notify INSTANCE "VI_1" FAULT 100
  10.000 change (VI_1) MASTER -> FAULT: removed by a reload
  10.000 change (VI_1) INIT -> FAULT: unicast without any peers
