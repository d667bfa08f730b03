# Semantics 1.13: the first lower priority advert starts the delay; after it 1.12
# applies.
global Detail
instance VI_1 PreemptDelay=3s
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1.5s
recv Prio=50
  1.500 log (VI_1) start preempt delay (3.000000)
at 2.5s
recv Prio=50
at 3.5s
recv Prio=50
at 4.5s
recv Prio=50
  4.500 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 5.5s
recv Prio=50
  5.500 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 8s
  7.109 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.109 vips VI_1 on
  7.109 garp VI_1 x5
  7.109 log (VI_1) Receive advertisement timeout
  7.109 log (VI_1) Entering MASTER STATE
  7.109 log (VI_1) setting VIPs.
  7.109 notify INSTANCE "VI_1" MASTER 100
  7.109 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 has lower priority 50, ours 100
