# Semantics 1.19: owner_ignore_adverts drops all.
shows R60
refuses R60
instance VI_1 Priority=255 OwnerIgnoreAdverts
link eth0
configure
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 off
  0.000 vips VI_1 on
  0.000 garp VI_1 x5
  0.000 log (VI_1) Entering MASTER STATE
  0.000 notify INSTANCE "VI_1" MASTER 255
  0.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
at 0.5s
recv Prio=255
recv Prio=0
status
  0.500 VI_1 MASTER prio 255, master 10.0.0.1 prio 255 every 1s, vips true, AdvertSent 1, BecameMaster 1
