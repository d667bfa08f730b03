# Semantics 4.6: + weight while up, - weight while down, reverse flips the sign;
# without weight FAULT; the own interface does not count.
instance VI_1 TrackInterfaces=eth0:-50,eth1:10,eth2:-30
instance VI_2 VRID=52 TrackInterfaces=eth1:10r
instance VI_3 VRID=53 TrackInterfaces=eth1
link eth0
link eth1
link eth2
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 log (VI_1) Changing effective priority from 100 to 110
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Changing effective priority from 100 to 90
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 110
  0.000 notify INSTANCE "VI_2" BACKUP 90
  0.000 notify INSTANCE "VI_3" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
status
  0.000 VI_1 BACKUP prio 110, master invalid IP prio 0 every 1s, vips false
  0.000 VI_2 BACKUP prio 90, master invalid IP prio 0 every 1s, vips false
  0.000 VI_3 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
at 1s
link eth1 Up=false
  1.000 log Netlink reports eth1 down
  1.000 log (VI_1) Changing effective priority from 110 to 100
  1.000 log (VI_2) Changing effective priority from 90 to 100
  1.000 log (VI_3) Entering FAULT STATE
  1.000 notify INSTANCE "VI_3" FAULT 100
  1.000 change interface eth1 is down
  1.000 change (VI_3) BACKUP -> FAULT: tracked interface eth1 down
link eth2 Up=false
  1.000 log Netlink reports eth2 down
  1.000 log (VI_1) Changing effective priority from 100 to 70
  1.000 change interface eth2 is down
status
  1.000 VI_1 BACKUP prio 70, master invalid IP prio 0 every 1s, vips false
  1.000 VI_2 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
  1.000 VI_3 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; tracked interface eth1 down
at 2s
link eth1
  2.000 log Netlink reports eth1 up
  2.000 log (VI_1) Changing effective priority from 70 to 80
  2.000 log (VI_2) Changing effective priority from 100 to 90
  2.000 log (VI_3) Entering BACKUP STATE
  2.000 notify INSTANCE "VI_3" BACKUP 100
  2.000 change interface eth1 is up
  2.000 change (VI_3) FAULT -> BACKUP: no longer: tracked interface eth1 down
link eth2
  2.000 log Netlink reports eth2 up
  2.000 log (VI_1) Changing effective priority from 80 to 110
  2.000 change interface eth2 is up
status
  2.000 VI_1 BACKUP prio 110, master invalid IP prio 0 every 1s, vips false
  2.000 VI_2 BACKUP prio 90, master invalid IP prio 0 every 1s, vips false
  2.000 VI_3 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
