# Semantics 2.4: without an address FAULT, with one BACKUP.
shows R1
refuses R1
instance VI_1
link eth0 Addr4=10.0.0.1
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
link eth0 Addr4=
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 log (VI_1) entering FAULT state (no IPv4 address for interface)
  4.000 log (VI_1) Entering FAULT STATE
  4.000 notify INSTANCE "VI_1" FAULT 100
  4.000 change (VI_1) MASTER -> FAULT: no IPv4 address for interface
status
  4.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, PriorityZeroSent 1; no IPv4 address for interface
at 5s
link eth0 Addr4=10.0.0.3
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 change (VI_1) FAULT -> BACKUP: no longer: no IPv4 address for interface
at 9s
  8.609 send VI_1 v2 prio 100 every 1s, 10.0.0.3 -> 224.0.0.18, 1 addresses
  8.609 vips VI_1 on
  8.609 garp VI_1 x5
  8.609 log (VI_1) Entering MASTER STATE
  8.609 notify INSTANCE "VI_1" MASTER 100
  8.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
