# Semantics 4.6, 5.1: reversed without weight, an interface that is up is FAULT.
instance VI_1 TrackInterfaces=eth1:r
link eth0
link eth1 Up=false
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
link eth1
  1.000 log Netlink reports eth1 up
  1.000 log (VI_1) Entering FAULT STATE
  1.000 notify INSTANCE "VI_1" FAULT 100
  1.000 change interface eth1 is up
  1.000 change (VI_1) BACKUP -> FAULT: tracked interface eth1 up
status
  1.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; tracked interface eth1 up
