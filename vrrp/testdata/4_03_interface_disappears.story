# Semantics 4.3: deletion is FAULT, re-creation under the same name BACKUP.
instance VI_1
link eth0 Exists=false Up=false Addr4=
configure
  0.000 vips VI_1 off
  0.000 log (VI_1): entering FAULT state (interface eth0 does not exist)
  0.000 log (VI_1) entering FAULT state
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 change (VI_1) INIT -> FAULT: interface eth0 does not exist
at 1s
link eth0
  1.000 log Netlink reports eth0 up
  1.000 log (VI_1) Entering BACKUP STATE
  1.000 notify INSTANCE "VI_1" BACKUP 100
  1.000 change interface eth0 is up
  1.000 change (VI_1) FAULT -> BACKUP: no longer: interface eth0 does not exist
at 5s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.609 vips VI_1 on
  4.609 garp VI_1 x5
  4.609 log (VI_1) Entering MASTER STATE
  4.609 notify INSTANCE "VI_1" MASTER 100
  4.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
link eth0 Exists=false Up=false Addr4=
  5.000 vips VI_1 off
  5.000 log Netlink reports eth0 down
  5.000 log (VI_1) Entering FAULT STATE
  5.000 notify INSTANCE "VI_1" FAULT 100
  5.000 change interface eth0 is down
  5.000 change (VI_1) MASTER -> FAULT: interface eth0 does not exist
status
  5.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 1, BecameMaster 1, ReleasedMaster 1; interface eth0 does not exist
