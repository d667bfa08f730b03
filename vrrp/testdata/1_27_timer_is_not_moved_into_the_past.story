# Semantics 1.27: a rise that would have ended the timer already ends it now, and
# that is no late wake-up.
instance VI_1 TrackScripts=chk:154
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3.5s
track chk ok
  3.500 log (VI_1) Changing effective priority from 100 to 254
  3.500 change script chk is up
at 3.55s
  3.500 send VI_1 v2 prio 254 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.500 vips VI_1 on
  3.500 garp VI_1 x5
  3.500 log (VI_1) Entering MASTER STATE
  3.500 notify INSTANCE "VI_1" MASTER 254
  3.500 change (VI_1) BACKUP -> MASTER: no master heard for 3.5s
status
  3.550 VI_1 MASTER prio 254, master 10.0.0.1 prio 254 every 1s, vips true, AdvertSent 1, BecameMaster 1
