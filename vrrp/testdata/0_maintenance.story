# An operator keeps a master from being one: it resigns, gives its addresses up, and takes nothing over while that
# lasts, neither from a master of lower priority nor from nobody; then it is a backup as any.
global Detail
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 4s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Receive advertisement timeout
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_1) setting VIPs.
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
override maintenance instance VI_1
  4.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.000 vips VI_1 off
  4.000 log (VI_1) sent 0 priority
  4.000 log (VI_1) Entering BACKUP STATE
  4.000 log (VI_1) removing VIPs.
  4.000 notify INSTANCE "VI_1" BACKUP 100
  4.000 change (VI_1) MASTER -> BACKUP: an operator wants it so: maintenance
override maintenance instance VI_1
at 5s
recv Prio=50
at 20s
recv Prio=0
  20.000 log (VI_1) Backup received priority 0 advertisement
at 30s
override none instance VI_1
recv Prio=50
  30.000 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
at 40s
  31.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  31.438 vips VI_1 on
  31.438 garp VI_1 x5
  31.438 log (VI_1) Receive advertisement timeout
  31.438 log (VI_1) Entering MASTER STATE
  31.438 log (VI_1) setting VIPs.
  31.438 notify INSTANCE "VI_1" MASTER 100
  31.438 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 has lower priority 50, ours 100
  32.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  33.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  34.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  35.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  36.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  36.438 garp VI_1 x5
  37.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  38.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  39.438 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
