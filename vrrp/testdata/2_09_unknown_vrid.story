# Semantics 2.9: instances in FAULT discard, unknown VRIDs are silent or logged.
instance VI_1
link eth0 Up=false
configure
  0.000 vips VI_1 off
  0.000 log (VI_1): entering FAULT state (interface eth0 down)
  0.000 log (VI_1) entering FAULT state
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 change (VI_1) INIT -> FAULT: interface eth0 down
recv Prio=200
recv VRID=77
status
  0.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; interface eth0 down
global LogUnknown
reload
recv VRID=77
  0.000 log Unknown VRID(77) received on interface(eth0). ignoring... (from 10.0.0.2, said once)
