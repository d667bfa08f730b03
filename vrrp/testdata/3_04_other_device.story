# Semantics 3.4: the interface an address stands on is tracked.
instance VI_1 VIPs=10.0.0.100/24,10.1.0.100/24@eth1
link eth0
configure
at 1s
link eth1
  1.000 vips VI_1 off
  1.000 log (VI_1) Entering BACKUP STATE (init)
  1.000 notify INSTANCE "VI_1" BACKUP 100
  1.000 change (VI_1) INIT -> BACKUP: start
at 2s
link eth1 Up=false
  2.000 log Netlink reports eth1 down
  2.000 log (VI_1) Entering FAULT STATE
  2.000 notify INSTANCE "VI_1" FAULT 100
  2.000 change interface eth1 is down
  2.000 change (VI_1) BACKUP -> FAULT: interface eth1 down
status
  2.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; interface eth1 down
at 3s
link eth1
  3.000 log Netlink reports eth1 up
  3.000 log (VI_1) Entering BACKUP STATE
  3.000 notify INSTANCE "VI_1" BACKUP 100
  3.000 change interface eth1 is up
  3.000 change (VI_1) FAULT -> BACKUP: no longer: interface eth1 down
