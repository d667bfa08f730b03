# Semantics 5.13: the number times the weight moves the priority; without a weight any number but 0 is
# FAULT, and reversed 0 is.
instance plain TrackFiles=f:5
instance less VRID=52 TrackFiles=f:-3r
instance fault VRID=53 TrackFiles=f
instance reverse VRID=54 TrackFiles=f:0r
track file:f 2
  0.000 change file f is not zero
link eth0
configure
  0.000 vips plain off
  0.000 vips less off
  0.000 vips fault off
  0.000 vips reverse off
  0.000 log (plain) Changing effective priority from 100 to 110
  0.000 log (plain) Entering BACKUP STATE (init)
  0.000 log (less) Changing effective priority from 100 to 106
  0.000 log (less) Entering BACKUP STATE (init)
  0.000 log (fault): entering FAULT state (tracked file f has status -254)
  0.000 log (fault) entering FAULT state
  0.000 log (reverse) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "plain" BACKUP 110
  0.000 notify INSTANCE "less" BACKUP 106
  0.000 notify INSTANCE "fault" FAULT 100
  0.000 notify INSTANCE "reverse" BACKUP 100
  0.000 change (plain) INIT -> BACKUP: start
  0.000 change (less) INIT -> BACKUP: start
  0.000 change (fault) INIT -> FAULT: tracked file f has status -254
  0.000 change (reverse) INIT -> BACKUP: start
track file:f 2
status
  0.000 plain BACKUP prio 110, master invalid IP prio 0 every 1s, vips false
  0.000 less BACKUP prio 106, master invalid IP prio 0 every 1s, vips false
  0.000 fault FAULT prio 100, master invalid IP prio 0 every 1s, vips false; tracked file f has status -254
  0.000 reverse BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
at 1s
track file:f 0
  1.000 log (fault): tracked file f leaving FAULT state
  1.000 log (reverse): tracked file f now FAULT state
  1.000 log (plain) Changing effective priority from 110 to 100
  1.000 log (less) Changing effective priority from 106 to 100
  1.000 log (fault) Entering BACKUP STATE
  1.000 log (reverse) Entering FAULT STATE
  1.000 notify INSTANCE "fault" BACKUP 100
  1.000 notify INSTANCE "reverse" FAULT 100
  1.000 change file f is zero
  1.000 change (fault) FAULT -> BACKUP: no longer: tracked file f has status -254
  1.000 change (reverse) BACKUP -> FAULT: tracked file f has status -254
track file:f -4
  1.000 log (fault): tracked file f now FAULT state
  1.000 log (reverse): tracked file f leaving FAULT state
  1.000 log (plain) Changing effective priority from 100 to 80
  1.000 log (less) Changing effective priority from 100 to 88
  1.000 log (fault) Entering FAULT STATE
  1.000 log (reverse) Entering BACKUP STATE
  1.000 notify INSTANCE "fault" FAULT 100
  1.000 notify INSTANCE "reverse" BACKUP 100
  1.000 change file f is not zero
  1.000 change (fault) BACKUP -> FAULT: tracked file f has status -254
  1.000 change (reverse) FAULT -> BACKUP: no longer: tracked file f has status -254
at 2s
track file:f 1000
  2.000 log (plain) Changing effective priority from 80 to 254
  2.000 log (less) Changing effective priority from 88 to 254
track file:f -51
  2.000 log (plain): tracked file f now FAULT state
  2.000 log (plain) Changing effective priority from 254 to 1
  2.000 log (less) Changing effective priority from 254 to 1
  2.000 log (plain) Entering FAULT STATE
  2.000 notify INSTANCE "plain" FAULT 1
  2.000 change (plain) BACKUP -> FAULT: tracked file f has status -254
track file:f -50
  2.000 log (plain): tracked file f leaving FAULT state
  2.000 log (plain) Entering BACKUP STATE
  2.000 notify INSTANCE "plain" BACKUP 1
  2.000 change (plain) FAULT -> BACKUP: no longer: tracked file f has status -254
status
  2.000 plain BACKUP prio 1, master invalid IP prio 0 every 1s, vips false
  2.000 less BACKUP prio 1, master invalid IP prio 0 every 1s, vips false
  2.000 fault FAULT prio 100, master invalid IP prio 0 every 1s, vips false; tracked file f has status -254
  2.000 reverse BACKUP prio 100, master invalid IP prio 0 every 1s, vips false
