# Semantics 4.5: an interface without multicast is FAULT, for that instance only.
instance VI_1
instance VI_2 VRID=52 Interface=eth1
link eth0 Multicast=false
link eth1 Addr4=10.1.0.1
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1): entering FAULT state (interface eth0 has no multicast)
  0.000 log (VI_1) entering FAULT state
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change (VI_1) INIT -> FAULT: interface eth0 has no multicast
  0.000 change (VI_2) INIT -> BACKUP: start
status
  0.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; interface eth0 has no multicast
  0.000 VI_2 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
