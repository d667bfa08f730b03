# An interface that has addresses of the instance on it takes the instance to FAULT and
# has no weight, whatever is written (3.4, 4.6).
instance VI_1 ExcludedVIPs=10.9.0.1/24@eth1 TrackInterfaces=eth1:20
link eth0
link eth1
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
link eth1 Up=false
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 log Netlink reports eth1 down
  4.000 log (VI_1) Entering FAULT STATE
  4.000 notify INSTANCE "VI_1" FAULT 100
  4.000 change interface eth1 is down
  4.000 change (VI_1) MASTER -> FAULT: interface eth1 down
at 5s
