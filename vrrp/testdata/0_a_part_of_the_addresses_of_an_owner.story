# An owner that lacks an address is none: it takes others for better, and tries before it is master again.
instance VI_1 Priority=255 StateGiven WantMaster OwnerIgnoreAdverts
link eth0
configure
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 off
  0.000 vips VI_1 on
  0.000 garp VI_1 x5
  0.000 log (VI_1) Entering MASTER STATE
  0.000 notify INSTANCE "VI_1" MASTER 255
  0.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
obstacles VI_1 partly=10.0.0.100/24@eth0
  0.000 log (VI_1) cannot set 10.0.0.100/24 on eth0: invalid argument; it has the lowest priority until that is possible
  0.000 log (VI_1) Changing effective priority from 255 to 1
  0.000 change (VI_1) 10.0.0.100/24 on eth0 is refused: invalid argument
at 1s
  1.000 send VI_1 v2 prio 1 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv Prio=100
  1.000 vips VI_1 off
  1.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 100, ours 1
  1.000 log (VI_1) gives way to 10.0.0.2 with priority 100, which was master beside it for 1s at most
  1.000 log (VI_1) Entering BACKUP STATE
  1.000 notify INSTANCE "VI_1" GAVE_WAY 1 beside 10.0.0.2 100 for 1s
  1.000 notify INSTANCE "VI_1" BACKUP 1
  1.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 100, ours 1
at 2s
obstacles VI_1
  2.000 log (VI_1) Changing effective priority from 1 to 255
  2.000 change (VI_1) 10.0.0.100/24 on eth0 is refused no more
at 8s
  4.004 try VI_1
