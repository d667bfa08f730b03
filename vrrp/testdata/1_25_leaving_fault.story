# Semantics 1.25, 4.1: always to BACKUP with a full timer, an owner to MASTER.
instance VI_1
instance VI_2 VRID=52 Priority=255
link eth0
configure
  0.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_2 on
  0.000 garp VI_2 x5
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering MASTER STATE
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" MASTER 255
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> MASTER: it owns its addresses (priority 255)
at 5s
  1.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  2.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  4.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.000 garp VI_2 x5
link eth0 Up=false
  5.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.000 vips VI_1 off
  5.000 vips VI_2 off
  5.000 log Netlink reports eth0 down
  5.000 log (VI_1) Entering FAULT STATE
  5.000 log (VI_2) Entering FAULT STATE
  5.000 notify INSTANCE "VI_1" FAULT 100
  5.000 notify INSTANCE "VI_2" FAULT 255
  5.000 change interface eth0 is down
  5.000 change (VI_1) MASTER -> FAULT: interface eth0 down
  5.000 change (VI_2) MASTER -> FAULT: interface eth0 down
status
  5.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 3, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; interface eth0 down
  5.000 VI_2 FAULT prio 255, master invalid IP prio 0 every 1s, vips false, AdvertSent 7, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; interface eth0 down
at 7s
link eth0
  7.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.000 vips VI_2 on
  7.000 garp VI_2 x5
  7.000 log Netlink reports eth0 up
  7.000 log (VI_1) Entering BACKUP STATE
  7.000 log (VI_2) Entering MASTER STATE
  7.000 notify INSTANCE "VI_1" BACKUP 100
  7.000 notify INSTANCE "VI_2" MASTER 255
  7.000 change interface eth0 is up
  7.000 change (VI_1) FAULT -> BACKUP: no longer: interface eth0 down
  7.000 change (VI_2) FAULT -> INIT: no longer: interface eth0 down
  7.000 change (VI_2) INIT -> MASTER: it owns its addresses (priority 255)
at 11s
  8.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  9.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  10.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  10.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  10.609 vips VI_1 on
  10.609 garp VI_1 x5
  10.609 log (VI_1) Entering MASTER STATE
  10.609 notify INSTANCE "VI_1" MASTER 100
  10.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  11.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
