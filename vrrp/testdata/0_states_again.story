# fifo_write_vrrp_states_on_reload: a reload tells the states again, of groups and of the instances
# without one, and not twice of what it has changed.
global RepeatStates
instance VI_1 AdvertInt=20s GARPDelay=0 Priority=255
instance VI_2 VRID=52 AdvertInt=20s GARPDelay=0
instance VI_3 VRID=53 AdvertInt=20s
group G VI_1 VI_2
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 notify GROUP "G" BACKUP 0
  0.000 notify INSTANCE "VI_1" BACKUP 255
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 notify INSTANCE "VI_3" BACKUP 100
  0.000 change sync group G INIT -> BACKUP: start
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
reload
  0.000 notify GROUP "G" BACKUP 0 again
  0.000 notify INSTANCE "VI_3" BACKUP 100 again
at 65s
  60.609 send VI_2 v2 prio 100 every 20s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  60.609 send VI_1 v2 prio 255 every 20s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  60.609 send VI_3 v2 prio 100 every 20s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  60.609 vips VI_2 on
  60.609 vips VI_1 on
  60.609 vips VI_3 on
  60.609 garp VI_2 x5
  60.609 garp VI_1 x5
  60.609 garp VI_3 x5
  60.609 log (VI_2) Entering MASTER STATE
  60.609 log VRRP_Group(G) Syncing instances to MASTER state
  60.609 log (VI_1) Entering MASTER STATE
  60.609 log (VI_3) Entering MASTER STATE
  60.609 notify INSTANCE "VI_2" MASTER 100
  60.609 notify INSTANCE "VI_1" MASTER 255
  60.609 notify GROUP "G" MASTER 0
  60.609 notify INSTANCE "VI_3" MASTER 100
  60.609 change (VI_2) BACKUP -> MASTER: no master heard for 1m0.609s
  60.609 change (VI_1) BACKUP -> MASTER: no master heard for 1m0.004s
  60.609 change sync group G BACKUP -> MASTER: VI_1: no master heard for 1m0.004s
  60.609 change (VI_3) BACKUP -> MASTER: no master heard for 1m0.609s
reload
  65.000 notify GROUP "G" MASTER 0 again
  65.000 notify INSTANCE "VI_3" MASTER 100 again
instance VI_4 VRID=54
reload
  65.000 vips VI_4 off
  65.000 log (VI_4) Entering BACKUP STATE (init)
  65.000 notify INSTANCE "VI_4" BACKUP 100
  65.000 notify GROUP "G" MASTER 0 again
  65.000 notify INSTANCE "VI_3" MASTER 100 again
  65.000 change (VI_4) INIT -> BACKUP: reload
drop VI_3
reload
  65.000 send VI_3 v2 prio 0 every 20s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  65.000 vips VI_3 off
  65.000 notify INSTANCE "VI_3" FAULT 100
  65.000 notify GROUP "G" MASTER 0 again
  65.000 notify INSTANCE "VI_4" BACKUP 100 again
  65.000 change (VI_3) MASTER -> FAULT: removed by a reload
global RepeatStates=false
reload
