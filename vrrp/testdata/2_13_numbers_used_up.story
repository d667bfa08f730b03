# The last number is sent again and again, which the others ignore; that is said.
link eth0
instance VI_1 Auth=AH AuthPass=secret
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
recv Auth=2 AH=4294967292 Key=secret Prio=0
at 4s
  0.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 4294967293
  0.609 vips VI_1 on
  0.609 garp VI_1 x5
  0.609 log (VI_1) Entering MASTER STATE
  0.609 notify INSTANCE "VI_1" MASTER 100
  0.609 change (VI_1) BACKUP -> MASTER: priority 0 from 10.0.0.2
  1.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 4294967294
  2.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 4294967294
  2.609 log (VI_1) the sequence numbers of authentication headers are used up; the others ignore what is sent - stop all of its routers, then start them with another auth_pass
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 4294967294
status
  4.000 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 1, AdvertSent 4, BecameMaster 1, PriorityZeroReceived 1
