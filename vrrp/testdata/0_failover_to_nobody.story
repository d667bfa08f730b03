# Nobody takes over: after its master down interval and two adverts it is master again. Then a router of lower priority
# changes nothing any more.
global Detail
instance VI_1 Priority=200
instance VI_2 VRID=52
group G1 VI_1 VI_2
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_2) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 200
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 4s
  3.219 log (VI_1) Receive advertisement timeout
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_2 on
  3.609 vips VI_1 on
  3.609 garp VI_2 x5
  3.609 garp VI_1 x5
  3.609 log (VI_2) Receive advertisement timeout
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log (VI_2) setting VIPs.
  3.609 log VRRP_Group(G1) Syncing instances to MASTER state
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_1) setting VIPs.
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_1" MASTER 200
  3.609 notify GROUP "G1" MASTER 0
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.219s
  3.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.219s
override failover group G1
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 vips VI_2 off
  4.000 log (VI_1) sent 0 priority
  4.000 log (VI_1) Entering BACKUP STATE
  4.000 log (VI_1) removing VIPs.
  4.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  4.000 log (VI_2) sent 0 priority
  4.000 log (VI_2) Entering BACKUP STATE
  4.000 log (VI_2) removing VIPs.
  4.000 notify INSTANCE "VI_1" BACKUP 200
  4.000 notify INSTANCE "VI_2" BACKUP 100
  4.000 notify GROUP "G1" BACKUP 0
  4.000 change (VI_1) MASTER -> BACKUP: an operator wants it so: failover
  4.000 change (VI_2) MASTER -> BACKUP: an operator wants it so: failover
  4.000 change sync group G1 MASTER -> BACKUP: VI_1: an operator wants it so: failover
at 12s
  9.219 log (VI_1) Receive advertisement timeout
  9.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  9.609 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  9.609 vips VI_2 on
  9.609 vips VI_1 on
  9.609 garp VI_2 x5
  9.609 garp VI_1 x5
  9.609 log (VI_2) Receive advertisement timeout
  9.609 log (VI_2) Entering MASTER STATE
  9.609 log (VI_2) setting VIPs.
  9.609 log VRRP_Group(G1) Syncing instances to MASTER state
  9.609 log (VI_1) Entering MASTER STATE
  9.609 log (VI_1) setting VIPs.
  9.609 notify INSTANCE "VI_2" MASTER 100
  9.609 notify INSTANCE "VI_1" MASTER 200
  9.609 notify GROUP "G1" MASTER 0
  9.609 change (VI_2) BACKUP -> MASTER: no master heard for 5.609s
  9.609 change (VI_1) BACKUP -> MASTER: no master heard for 5.219s
  9.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 5.219s
  10.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  10.609 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.609 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Prio=50
  12.000 send VI_1 v2 prio 200 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  12.000 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  12.000 garp VI_1 x5
  12.000 garp VI_2 x5
  12.000 log (VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 200, forcing new election
  12.000 log (VI_1) two masters: 10.0.0.2 with priority 50 is master while we (10.0.0.1) are with priority 200
  12.000 notify INSTANCE "VI_1" TWO_MASTERS 200 beside 10.0.0.2 50
  12.000 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 200
  12.000 change (VI_1) two masters: 10.0.0.2 with priority 50 is master, too
