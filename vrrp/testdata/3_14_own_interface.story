# Semantics 3.14: an instance that lives on an interface of its own is heard there and nowhere else; the source is
# still the address of the interface below. A reload that gives it the interface is no transition, and its adverts
# leave from there at once.
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
global Devices=VI_1:vrrp.51 Adverts=VI_1:vrrp.51
link vrrp.51
reload
  4.000 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Prio=200
recv Prio=200 Iface=vrrp.51
  4.000 vips VI_1 off
  4.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 100
  4.000 log (VI_1) gives way to 10.0.0.2 with priority 200, which was master beside it for 391ms at most
  4.000 log (VI_1) Entering BACKUP STATE
  4.000 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.2 200 for 390.625ms
  4.000 notify INSTANCE "VI_1" BACKUP 100
  4.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 200, ours 100
# The interface that a router is heard on has another name.
devices VI_1:gate VI_1:gate
link gate
recv Prio=200 Iface=vrrp.51
at 8s
  7.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 vips VI_1 on
  7.609 garp VI_1 x5
  7.609 log (VI_1) Entering MASTER STATE
  7.609 notify INSTANCE "VI_1" MASTER 100
  7.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s
recv Prio=200 Iface=gate
  8.000 vips VI_1 off
  8.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 100
  8.000 log (VI_1) gives way to 10.0.0.2 with priority 200, which was master beside it for 391ms at most
  8.000 log (VI_1) Entering BACKUP STATE
  8.000 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.2 200 for 390.625ms
  8.000 notify INSTANCE "VI_1" BACKUP 100
  8.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 200, ours 100
at 13s
  11.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.609 vips VI_1 on
  11.609 garp VI_1 x5
  11.609 log (VI_1) Entering MASTER STATE
  11.609 notify INSTANCE "VI_1" MASTER 100
  11.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s
  12.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
stop
  13.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.000 vips VI_1 off
  13.000 notify INSTANCE "VI_1" STOP 100
  13.000 change (VI_1) MASTER -> INIT: stop
