# A reload makes an instance that is in maintenance a member of a group of masters.
instance VI_1
instance VI_2 VRID=52
link eth0
override maintenance instance VI_1
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 4s
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_2 on
  3.609 garp VI_2 x5
  3.609 log (VI_2) Entering MASTER STATE
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
group G1 VI_1 VI_2
reload
  4.000 send VI_2 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_2 off
  4.000 log (VI_2) Entering BACKUP STATE
  4.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  4.000 notify INSTANCE "VI_2" BACKUP 100
  4.000 notify GROUP "G1" BACKUP 0
  4.000 change (VI_2) MASTER -> BACKUP: an operator wants it so: maintenance
  4.000 change sync group G1 INIT -> BACKUP: VI_1: start
at 10s
