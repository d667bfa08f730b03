# Semantics 1.7: priority 255 with state MASTER or none is master without a BACKUP
# line, with state BACKUP it waits.
shows R12 R28
instance VI_1 Priority=255
instance VI_2 VRID=52 Priority=255 StateGiven WantMaster
instance VI_3 VRID=53 Priority=255 StateGiven
global Detail
link eth0
configure
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 off
  0.000 vips VI_1 on
  0.000 vips VI_2 off
  0.000 vips VI_2 on
  0.000 vips VI_3 off
  0.000 garp VI_1 x5
  0.000 garp VI_2 x5
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Receive advertisement timeout
  0.000 log (VI_1) Entering MASTER STATE
  0.000 log (VI_1) setting VIPs.
  0.000 log (VI_2) removing VIPs.
  0.000 log (VI_2) Receive advertisement timeout
  0.000 log (VI_2) Entering MASTER STATE
  0.000 log (VI_2) setting VIPs.
  0.000 log (VI_3) removing VIPs.
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" MASTER 255
  0.000 notify INSTANCE "VI_2" MASTER 255
  0.000 notify INSTANCE "VI_3" BACKUP 255
  0.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
  0.000 change (VI_2) INIT -> MASTER: it owns its addresses (priority 255)
  0.000 change (VI_3) INIT -> BACKUP: start
at 3.1s
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  1.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  2.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  2.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.004 send VI_3 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.004 vips VI_3 on
  3.004 garp VI_3 x5
  3.004 log (VI_3) Receive advertisement timeout
  3.004 log (VI_3) Entering MASTER STATE
  3.004 log (VI_3) setting VIPs.
  3.004 notify INSTANCE "VI_3" MASTER 255
  3.004 change (VI_3) BACKUP -> MASTER: no master heard for 3.004s
