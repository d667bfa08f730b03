# What is known before the first advert keeps an instance from being heard at all, an owner too.
instance VI_1
instance VI_2 VRID=52 Priority=255
instance VI_3 VRID=53
configure
obstacles VI_1 no-right
obstacles VI_2 no-right
obstacles VI_3 no-socket=eth0
link eth0
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 log (VI_1) entering FAULT state (no right to set addresses: operation not permitted)
  0.000 log (VI_1) entering FAULT state
  0.000 log (VI_2) entering FAULT state (no right to set addresses: operation not permitted)
  0.000 log (VI_2) entering FAULT state
  0.000 log (VI_3) entering FAULT state (cannot send and receive on eth0: too many open files)
  0.000 log (VI_3) entering FAULT state
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 notify INSTANCE "VI_2" FAULT 255
  0.000 notify INSTANCE "VI_3" FAULT 100
  0.000 change (VI_1) INIT -> FAULT: no right to set addresses: operation not permitted
  0.000 change (VI_2) INIT -> FAULT: no right to set addresses: operation not permitted
  0.000 change (VI_3) INIT -> FAULT: cannot send and receive on eth0: too many open files
at 10s
status
  10.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; no right to set addresses: operation not permitted
  10.000 VI_2 FAULT prio 255, master invalid IP prio 0 every 1s, vips false; no right to set addresses: operation not permitted
  10.000 VI_3 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; cannot send and receive on eth0: too many open files
obstacles VI_2 refused=10.0.0.100/24@eth0
  10.000 change (VI_2) 10.0.0.100/24 on eth0 is refused: invalid argument
obstacles VI_2
  10.000 try VI_2
  10.000 change (VI_2) 10.0.0.100/24 on eth0 is refused no more
  10.000 change (VI_2) FAULT -> INIT: no longer: no right to set addresses: operation not permitted
tried VI_2
  10.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  10.000 vips VI_2 on
  10.000 garp VI_2 x5
  10.000 log (VI_2) Entering MASTER STATE
  10.000 notify INSTANCE "VI_2" MASTER 255
  10.000 change (VI_2) INIT -> MASTER: it owns its addresses (priority 255)
obstacles VI_3
  10.000 log (VI_3) Entering BACKUP STATE
  10.000 notify INSTANCE "VI_3" BACKUP 100
  10.000 change (VI_3) FAULT -> BACKUP: no longer: cannot send and receive on eth0: too many open files
at 14s
  11.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  12.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.609 send VI_3 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.609 vips VI_3 on
  13.609 garp VI_3 x5
  13.609 log (VI_3) Entering MASTER STATE
  13.609 notify INSTANCE "VI_3" MASTER 100
  13.609 change (VI_3) BACKUP -> MASTER: no master heard for 3.609s
  14.000 send VI_2 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
