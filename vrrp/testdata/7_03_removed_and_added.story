# Semantics 7.3: removed instances resign; FAULT or DELETED; new ones start as at boot.
instance VI_1
instance VI_2 VRID=52
instance VI_3 VRID=53 Notify.DeletedSet
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 notify INSTANCE "VI_3" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_3 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 vips VI_2 on
  3.609 vips VI_3 on
  3.609 garp VI_1 x5
  3.609 garp VI_2 x5
  3.609 garp VI_3 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log (VI_3) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_3" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_3) BACKUP -> MASTER: no master heard for 3.609s
drop VI_2
drop VI_3
instance VI_4 VRID=54
reload
  4.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 send VI_3 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_2 off
  4.000 vips VI_3 off
  4.000 vips VI_4 off
  4.000 log (VI_4) Entering BACKUP STATE (init)
  4.000 notify INSTANCE "VI_2" FAULT 100
  4.000 notify INSTANCE "VI_3" DELETED 100
  4.000 notify INSTANCE "VI_4" BACKUP 100
  4.000 change (VI_2) MASTER -> FAULT: removed by a reload
  4.000 change (VI_3) MASTER -> FAULT: removed by a reload
  4.000 change (VI_4) INIT -> BACKUP: reload
at 4.7s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
instance VI_4 Interface=eth1
reload
  4.700 notify INSTANCE "VI_4" FAULT 100
  4.700 change (VI_4) BACKUP -> FAULT: removed by a reload
link eth1 Addr4=10.1.0.1
  4.700 vips VI_4 off
  4.700 log (VI_4) Entering BACKUP STATE (init)
  4.700 notify INSTANCE "VI_4" BACKUP 100
  4.700 change (VI_4) INIT -> BACKUP: reload
