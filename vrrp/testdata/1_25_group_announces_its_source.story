# Of a group out of FAULT only the member that had the fault announces where it is, and
# only it says that it sent priority 0 (1.24, 1.25).
global Detail
instance VI_1 UnicastPeers=10.0.0.2 Interface=eth1
instance VI_2 VRID=52 UnicastPeers=10.0.0.2
group G1 VI_1 VI_2
link eth0
link eth1 Addr4=10.1.0.1
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_2) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 4s
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  3.609 send VI_1 v2 prio 100 every 1s, 10.1.0.1 -> 10.0.0.2, 1 addresses
  3.609 vips VI_2 on
  3.609 vips VI_1 on
  3.609 garp VI_2 x5
  3.609 garp VI_1 x5
  3.609 log (VI_1) Receive advertisement timeout
  3.609 log (VI_2) Receive advertisement timeout
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log (VI_2) setting VIPs.
  3.609 log VRRP_Group(G1) Syncing instances to MASTER state
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_1) setting VIPs.
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify GROUP "G1" MASTER 0
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.609s
link eth1 Up=false Addr4=10.1.0.1
  4.000 send VI_1 v2 prio 0 every 1s, 10.1.0.1 -> 10.0.0.2, 1 addresses
  4.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  4.000 vips VI_1 off
  4.000 vips VI_2 off
  4.000 log Netlink reports eth1 down
  4.000 log (VI_1) Entering FAULT STATE
  4.000 log (VI_1) sent 0 priority
  4.000 log (VI_1) removing VIPs.
  4.000 log VRRP_Group(G1) Syncing instances to FAULT state
  4.000 log (VI_2) Entering FAULT STATE
  4.000 log (VI_2) removing VIPs.
  4.000 notify INSTANCE "VI_1" FAULT 100
  4.000 notify INSTANCE "VI_2" FAULT 100
  4.000 notify GROUP "G1" FAULT 0
  4.000 change interface eth1 is down
  4.000 change (VI_1) MASTER -> FAULT: interface eth1 down
  4.000 change (VI_2) MASTER -> FAULT: with VI_1 of sync group G1
  4.000 change sync group G1 MASTER -> FAULT: VI_1: interface eth1 down
at 5s
link eth1 Addr4=10.1.0.1
  5.000 garp VI_1 x1 of 10.1.0.1
  5.000 log Netlink reports eth1 up
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 log VI_1: sending gratuitous ARP for 10.1.0.1
  5.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  5.000 log (VI_2) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 notify INSTANCE "VI_2" BACKUP 100
  5.000 notify GROUP "G1" BACKUP 0
  5.000 change interface eth1 is up
  5.000 change (VI_1) FAULT -> BACKUP: no longer: interface eth1 down
  5.000 change (VI_2) FAULT -> BACKUP: no longer: fault of sync group G1
  5.000 change sync group G1 FAULT -> BACKUP: VI_1: no longer: interface eth1 down
at 9s
  8.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  8.609 send VI_1 v2 prio 100 every 1s, 10.1.0.1 -> 10.0.0.2, 1 addresses
  8.609 vips VI_2 on
  8.609 vips VI_1 on
  8.609 garp VI_2 x5
  8.609 garp VI_1 x5
  8.609 log (VI_1) Receive advertisement timeout
  8.609 log (VI_2) Receive advertisement timeout
  8.609 log (VI_2) Entering MASTER STATE
  8.609 log (VI_2) setting VIPs.
  8.609 log VRRP_Group(G1) Syncing instances to MASTER state
  8.609 log (VI_1) Entering MASTER STATE
  8.609 log (VI_1) setting VIPs.
  8.609 notify INSTANCE "VI_2" MASTER 100
  8.609 notify INSTANCE "VI_1" MASTER 100
  8.609 notify GROUP "G1" MASTER 0
  8.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  8.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  8.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.609s
