# Semantics 1.9, 5.7: nothing is sent, received or told until the unweighted script
# has reported. No "(init)" then.
instance VI_1 TrackScripts=chk
link eth0
configure
  0.000 vips VI_1 off
at 10s
recv Prio=200
status
  10.000 VI_1 INIT prio 100, master invalid IP prio 0 every 1s, vips false; script chk has not reported yet
track chk ok
  10.000 log (VI_1) Entering BACKUP STATE
  10.000 notify INSTANCE "VI_1" BACKUP 100
  10.000 change script chk is up
  10.000 change (VI_1) INIT -> BACKUP: start
at 13.7s
  13.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.609 vips VI_1 on
  13.609 garp VI_1 x5
  13.609 log (VI_1) Entering MASTER STATE
  13.609 notify INSTANCE "VI_1" MASTER 100
  13.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
status
  13.700 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 1, BecameMaster 1
