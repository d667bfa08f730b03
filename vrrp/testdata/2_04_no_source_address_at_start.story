# Semantics 2.4, 1.9: no address at the start.
global Detail
instance VI_1
link eth0 Addr4=
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) entering FAULT state (no IPv4 address for interface)
  0.000 log (VI_1) entering FAULT state
  0.000 log (VI_1) removing VIPs.
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 change (VI_1) INIT -> FAULT: no IPv4 address for interface
status
  0.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; no IPv4 address for interface
at 1s
link eth0
  1.000 log (VI_1) Entering BACKUP STATE
  1.000 notify INSTANCE "VI_1" BACKUP 100
  1.000 change (VI_1) FAULT -> BACKUP: no longer: no IPv4 address for interface
