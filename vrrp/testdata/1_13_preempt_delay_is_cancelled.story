# Semantics 1.13: an advert of our priority or higher cancels the delay, and loss
# of all adverts is not delayed.
global Detail
instance VI_1 PreemptDelay=30s
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Prio=50
  1.000 log (VI_1) start preempt delay (30.000000)
at 2s
recv Prio=100
at 3s
recv Prio=50
  3.000 log (VI_1) start preempt delay (30.000000)
at 6.7s
  6.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  6.609 vips VI_1 on
  6.609 garp VI_1 x5
  6.609 log (VI_1) Receive advertisement timeout
  6.609 log (VI_1) Entering MASTER STATE
  6.609 log (VI_1) setting VIPs.
  6.609 notify INSTANCE "VI_1" MASTER 100
  6.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s
