# Semantics 2.4: a source address that has to be on the host, and is not there at first, and is lost later.
instance VI_1 SourceIP=10.0.0.7 TrackSourceIP
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
obstacles VI_1 no-source=10.0.0.7
  0.000 log (VI_1) entering FAULT state (source address 10.0.0.7 not present)
  0.000 log (VI_1) Entering FAULT STATE
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 change (VI_1) BACKUP -> FAULT: source address 10.0.0.7 not present
status
  0.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; source address 10.0.0.7 not present
at 1s
obstacles VI_1
  1.000 log (VI_1) Entering BACKUP STATE
  1.000 notify INSTANCE "VI_1" BACKUP 100
  1.000 change (VI_1) FAULT -> BACKUP: no longer: source address 10.0.0.7 not present
at 6s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.7 -> 224.0.0.18, 1 addresses
  4.609 vips VI_1 on
  4.609 garp VI_1 x5
  4.609 log (VI_1) Entering MASTER STATE
  4.609 notify INSTANCE "VI_1" MASTER 100
  4.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  5.609 send VI_1 v2 prio 100 every 1s, 10.0.0.7 -> 224.0.0.18, 1 addresses
obstacles VI_1 no-source=10.0.0.7
  6.000 send VI_1 v2 prio 0 every 1s, 10.0.0.7 -> 224.0.0.18, 1 addresses
  6.000 vips VI_1 off
  6.000 log (VI_1) entering FAULT state (source address 10.0.0.7 not present)
  6.000 log (VI_1) Entering FAULT STATE
  6.000 notify INSTANCE "VI_1" FAULT 100
  6.000 change (VI_1) MASTER -> FAULT: source address 10.0.0.7 not present
