# Semantics 7.2, 7.4: a master stays master; what changed in the advert is sent at
# once, new addresses are asked for and announced; a lower priority does not
# make a backup.
global Detail
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Receive advertisement timeout
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_1) setting VIPs.
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
instance VI_1 Priority=50
reload
  4.000 send VI_1 v2 prio 50 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 log (VI_1) Changing effective priority from 100 to 50
at 4.5s
instance VI_1 VIPs=10.0.0.100/24,10.0.0.101/24
reload
  4.500 send VI_1 v2 prio 50 every 1s, 10.0.0.1 -> 224.0.0.18, 2 addresses
  4.500 vips VI_1 on
  4.500 garp VI_1 x5 of the new
  4.500 log (VI_1) setting VIPs.
at 4.8s
instance VI_1 ExcludedVIPs=10.0.0.110/24
reload
  4.800 vips VI_1 on
  4.800 garp VI_1 x5 of the new
  4.800 log (VI_1) setting VIPs.
  4.800 log (VI_1) setting E-VIPs.
at 5s
instance VI_1 AdvertInt=2s
reload
  5.000 send VI_1 v2 prio 50 every 2s, 10.0.0.1 -> 224.0.0.18, 2 addresses
at 7s
  7.000 send VI_1 v2 prio 50 every 2s, 10.0.0.1 -> 224.0.0.18, 2 addresses
instance VI_1 NoPreempt GARPRepeat=2
reload
at 7.5s
status
  7.500 VI_1 MASTER prio 50, master 10.0.0.1 prio 50 every 2s, vips true, AdvertSent 5, BecameMaster 1
