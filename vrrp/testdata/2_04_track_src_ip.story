# Semantics 2.4: track_src_ip watches a configured source address.
instance VI_1 SourceIP=10.0.0.7 TrackSourceIP
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) entering FAULT state (source address 10.0.0.7 not present)
  0.000 log (VI_1) entering FAULT state
  0.000 notify INSTANCE "VI_1" FAULT 100
status
  0.000 VI_1 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; source address 10.0.0.7 not present
at 1s
link eth0 Addr4=10.0.0.7
  1.000 log (VI_1) Entering BACKUP STATE
  1.000 notify INSTANCE "VI_1" BACKUP 100
