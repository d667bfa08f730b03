# Semantics 1.18: an advert from our own address is counted and warned of, once, and
# changes nothing, in either state.
refuses R58
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Prio=100 Src=10.0.0.1
  1.000 log (VI_1) WARNING - equal priority advert received from remote host with our IP address.
at 2s
recv Prio=200 Src=10.0.0.1
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
recv Prio=100 Src=10.0.0.1
  4.000 log (VI_1) WARNING - equal priority advert received from remote host with our IP address.
recv Prio=200 Src=10.0.0.1
status
  4.000 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 1, BecameMaster 1, OwnAddress 4
