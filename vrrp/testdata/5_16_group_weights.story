# Semantics 5.16: in a group members' weights do not count unless allowed, but for those of
# interfaces, which keepalived only says it ignores; the group's own trackers apply to all.
instance VI_1 TrackScripts=chk:20 TrackInterfaces=eth1:10
instance VI_2 VRID=52
group G1 VI_1 VI_2 TrackScripts=chk:5
instance VI_3 VRID=53 TrackScripts=chk:20
group G2 VI_3 TrackingWeight
link eth0
link eth1
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 log (VI_1) Changing effective priority from 100 to 110
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 notify GROUP "G1" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 110
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 notify GROUP "G2" BACKUP 0
  0.000 notify INSTANCE "VI_3" BACKUP 100
  0.000 change sync group G1 INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
  0.000 change sync group G2 INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
track chk ok
  0.000 log (VI_1) Changing effective priority from 110 to 115
  0.000 log (VI_2) Changing effective priority from 100 to 105
  0.000 change script chk is up
at 1s
link eth1 Up=false
  1.000 log Netlink reports eth1 down
  1.000 log (VI_1) Changing effective priority from 115 to 105
  1.000 change interface eth1 is down
status
  1.000 VI_1 BACKUP prio 105, master invalid IP prio 0 every 1s, vips false
  1.000 VI_2 BACKUP prio 105, master invalid IP prio 0 every 1s, vips false
  1.000 VI_3 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
