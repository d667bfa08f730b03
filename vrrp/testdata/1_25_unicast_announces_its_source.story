# Semantics 1.25: a unicast instance that comes out of FAULT tells where its own source
# address is, a multicast one does not, also when it began in it.
global Detail
instance VI_1 UnicastPeers=10.0.0.2
instance VI_2 VRID=52
instance VI_3 VRID=53 Priority=255 UnicastPeers=10.0.0.2 SourceIP=10.0.0.7
link eth0 Up=false
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 log (VI_1): entering FAULT state (interface eth0 down)
  0.000 log (VI_1) entering FAULT state
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_2): entering FAULT state (interface eth0 down)
  0.000 log (VI_2) entering FAULT state
  0.000 log (VI_2) removing VIPs.
  0.000 log (VI_3): entering FAULT state (interface eth0 down)
  0.000 log (VI_3) entering FAULT state
  0.000 log (VI_3) removing VIPs.
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 notify INSTANCE "VI_2" FAULT 100
  0.000 notify INSTANCE "VI_3" FAULT 255
  0.000 change (VI_1) INIT -> FAULT: interface eth0 down
  0.000 change (VI_2) INIT -> FAULT: interface eth0 down
  0.000 change (VI_3) INIT -> FAULT: interface eth0 down
link eth0
  0.000 send VI_3 v2 prio 255 every 1s, 10.0.0.7 -> 10.0.0.2, 1 addresses
  0.000 vips VI_3 on
  0.000 garp VI_1 x1 of 10.0.0.1
  0.000 garp VI_3 x1 of 10.0.0.7
  0.000 garp VI_3 x5
  0.000 log Netlink reports eth0 up
  0.000 log (VI_1) Entering BACKUP STATE
  0.000 log VI_1: sending gratuitous ARP for 10.0.0.1
  0.000 log (VI_2) Entering BACKUP STATE
  0.000 log VI_3: sending gratuitous ARP for 10.0.0.7
  0.000 log (VI_3) Receive advertisement timeout
  0.000 log (VI_3) Entering MASTER STATE
  0.000 log (VI_3) setting VIPs.
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 notify INSTANCE "VI_3" MASTER 255
  0.000 change interface eth0 is up
  0.000 change (VI_1) FAULT -> BACKUP: no longer: interface eth0 down
  0.000 change (VI_2) FAULT -> BACKUP: no longer: interface eth0 down
  0.000 change (VI_3) FAULT -> INIT: no longer: interface eth0 down
  0.000 change (VI_3) INIT -> MASTER: it owns its addresses (priority 255)
at 1.5s
  1.000 send VI_3 v2 prio 255 every 1s, 10.0.0.7 -> 10.0.0.2, 1 addresses
link eth0 Addr4=
  1.500 log (VI_1) entering FAULT state (no IPv4 address for interface)
  1.500 log (VI_1) Entering FAULT STATE
  1.500 log (VI_2) entering FAULT state (no IPv4 address for interface)
  1.500 log (VI_2) Entering FAULT STATE
  1.500 notify INSTANCE "VI_1" FAULT 100
  1.500 notify INSTANCE "VI_2" FAULT 100
  1.500 change (VI_1) BACKUP -> FAULT: no IPv4 address for interface
  1.500 change (VI_2) BACKUP -> FAULT: no IPv4 address for interface
at 2s
  2.000 send VI_3 v2 prio 255 every 1s, 10.0.0.7 -> 10.0.0.2, 1 addresses
link eth0 Up=false Addr4=10.0.0.1
  2.000 send VI_3 v2 prio 0 every 1s, 10.0.0.7 -> 10.0.0.2, 1 addresses
  2.000 vips VI_3 off
  2.000 log Netlink reports eth0 down
  2.000 log (VI_3) Entering FAULT STATE
  2.000 log (VI_3) sent 0 priority
  2.000 log (VI_3) removing VIPs.
  2.000 notify INSTANCE "VI_3" FAULT 255
  2.000 change interface eth0 is down
  2.000 change (VI_3) MASTER -> FAULT: interface eth0 down
link eth0
  2.000 send VI_3 v2 prio 255 every 1s, 10.0.0.7 -> 10.0.0.2, 1 addresses
  2.000 vips VI_3 on
  2.000 garp VI_1 x1 of 10.0.0.1
  2.000 garp VI_3 x1 of 10.0.0.7
  2.000 garp VI_3 x5
  2.000 log Netlink reports eth0 up
  2.000 log (VI_1) Entering BACKUP STATE
  2.000 log VI_1: sending gratuitous ARP for 10.0.0.1
  2.000 log (VI_2) Entering BACKUP STATE
  2.000 log VI_3: sending gratuitous ARP for 10.0.0.7
  2.000 log (VI_3) Receive advertisement timeout
  2.000 log (VI_3) Entering MASTER STATE
  2.000 log (VI_3) setting VIPs.
  2.000 notify INSTANCE "VI_1" BACKUP 100
  2.000 notify INSTANCE "VI_2" BACKUP 100
  2.000 notify INSTANCE "VI_3" MASTER 255
  2.000 change interface eth0 is up
  2.000 change (VI_1) FAULT -> BACKUP: no longer: no IPv4 address for interface
  2.000 change (VI_2) FAULT -> BACKUP: no longer: no IPv4 address for interface
  2.000 change (VI_3) FAULT -> INIT: no longer: interface eth0 down
  2.000 change (VI_3) INIT -> MASTER: it owns its addresses (priority 255)
