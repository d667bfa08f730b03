# Semantics 1.22, 1.24, 3.7: advert, line, addresses, announcements, notification;
# the second burst after 5 s, then the refresh; fault with priority 0.
shows R36
global Detail
instance VI_1 ExcludedVIPs=10.0.0.110/24 AdvertInt=5s GARPRefresh=4s GARPRefreshRepeat=2
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) removing E-VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 32s
  15.609 send VI_1 v2 prio 100 every 5s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  15.609 vips VI_1 on
  15.609 garp VI_1 x5
  15.609 log (VI_1) Receive advertisement timeout
  15.609 log (VI_1) Entering MASTER STATE
  15.609 log (VI_1) setting VIPs.
  15.609 log (VI_1) setting E-VIPs.
  15.609 notify INSTANCE "VI_1" MASTER 100
  15.609 change (VI_1) BACKUP -> MASTER: no master heard for 15.609s
  19.609 garp VI_1 x2
  20.609 send VI_1 v2 prio 100 every 5s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  20.609 garp VI_1 x5
  23.609 garp VI_1 x2
  25.609 send VI_1 v2 prio 100 every 5s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  27.609 garp VI_1 x2
  30.609 send VI_1 v2 prio 100 every 5s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  31.609 garp VI_1 x2
link eth0 Up=false
  32.000 send VI_1 v2 prio 0 every 5s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  32.000 vips VI_1 off
  32.000 log Netlink reports eth0 down
  32.000 log (VI_1) Entering FAULT STATE
  32.000 log (VI_1) sent 0 priority
  32.000 log (VI_1) removing VIPs.
  32.000 log (VI_1) removing E-VIPs.
  32.000 notify INSTANCE "VI_1" FAULT 100
  32.000 change interface eth0 is down
  32.000 change (VI_1) MASTER -> FAULT: interface eth0 down
at 60s
