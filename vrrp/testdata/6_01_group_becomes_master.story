# Semantics 6.1: the member that expires first waits for the other.
global Detail
instance VI_1
instance VI_2 VRID=52 Version=3 AdvertInt=500ms Priority=90
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
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 90
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 3.7s
  1.824 log (VI_2) Receive advertisement timeout
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_2 v3 prio 90 every 500ms, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 vips VI_2 on
  3.609 garp VI_1 x5
  3.609 garp VI_2 x5
  3.609 log (VI_1) Receive advertisement timeout
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_1) setting VIPs.
  3.609 log VRRP_Group(G1) Syncing instances to MASTER state
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log (VI_2) setting VIPs.
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify INSTANCE "VI_2" MASTER 90
  3.609 notify GROUP "G1" MASTER 0
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 1.824s
  3.609 change sync group G1 BACKUP -> MASTER: VI_1: no master heard for 3.609s
status
  3.700 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 1, BecameMaster 1
  3.700 VI_2 MASTER prio 90, master 10.0.0.1 prio 90 every 500ms, vips true, AdvertSent 1, BecameMaster 1
