# Semantics 6.3: the whole group is held back by one member's script.
instance VI_1 TrackScripts=chk
instance VI_2 VRID=52
group G1 VI_1 VI_2
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
at 5s
status
  5.000 VI_1 INIT prio 100, master invalid IP prio 0 every 1s, vips false; script chk has not reported yet
  5.000 VI_2 INIT prio 100, master invalid IP prio 0 every 1s, vips false
track chk ok
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 log VRRP_Group(G1) Syncing instances to BACKUP state
  5.000 log (VI_2) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 notify INSTANCE "VI_2" BACKUP 100
  5.000 notify GROUP "G1" BACKUP 0
  5.000 change script chk is up
  5.000 change (VI_1) INIT -> BACKUP: start
  5.000 change (VI_2) INIT -> BACKUP: start
  5.000 change sync group G1 INIT -> BACKUP: VI_1: start
at 6s
track chk fail
  6.000 log (VI_1) Entering FAULT STATE
  6.000 log VRRP_Group(G1) Syncing instances to FAULT state
  6.000 log (VI_2) Entering FAULT STATE
  6.000 notify INSTANCE "VI_1" FAULT 100
  6.000 notify INSTANCE "VI_2" FAULT 100
  6.000 notify GROUP "G1" FAULT 0
  6.000 change script chk is down
  6.000 change (VI_1) BACKUP -> FAULT: script chk failed
  6.000 change (VI_2) BACKUP -> FAULT: with VI_1 of sync group G1
  6.000 change sync group G1 BACKUP -> FAULT: VI_1: script chk failed
