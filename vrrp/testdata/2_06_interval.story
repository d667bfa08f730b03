# Semantics 2.6: version 3 adopts the sender's interval; own interval as master.
shows R21 R50
refuses R50
global Detail
instance VI_1 Version=3
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=200 Int=100ms
  1.000 log (VI_1) advertisement interval updated from 1000ms to 100ms by master
at 1.4s
  1.361 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  1.361 vips VI_1 on
  1.361 garp VI_1 x5
  1.361 log (VI_1) Receive advertisement timeout
  1.361 log (VI_1) Entering MASTER STATE
  1.361 log (VI_1) changing advert interval from 100ms to locally configured 1000ms
  1.361 log (VI_1) setting VIPs.
  1.361 notify INSTANCE "VI_1" MASTER 100
  1.361 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 361ms
status
  1.400 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 1, AdvertSent 1, BecameMaster 1
