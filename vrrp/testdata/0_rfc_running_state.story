# An advert says what is true when it is sent: the priority after tracking, the addresses after a reload.
shows R63
refuses R63
instance VI_1 Version=3 TrackScripts=chk:-20 GARPDelay=0s
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
track chk ok
  0.000 change script chk is up
at 4.7s
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  4.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
track chk fail
  4.700 log (VI_1) Changing effective priority from 100 to 80
  4.700 change script chk is down
at 5.7s
  5.609 send VI_1 v3 prio 80 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
instance VI_1 VIPs=10.0.0.100/24,10.0.0.101/24
reload
  5.700 send VI_1 v3 prio 80 every 1s, 10.0.0.1 -> 224.0.0.18, 2 addresses
  5.700 vips VI_1 on
  5.700 garp VI_1 x5 of the new
at 6.8s
  6.700 send VI_1 v3 prio 80 every 1s, 10.0.0.1 -> 224.0.0.18, 2 addresses
