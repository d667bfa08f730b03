# Two masters that send at the same time, with the same numbers, do not hear each other: the higher address leaves out one.
link eth0
instance VI_1 Auth=AH AuthPass=secret Priority=100
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
recv Auth=2 AH=10 Key=secret Prio=0
at 1s
  0.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 11
  0.609 vips VI_1 on
  0.609 garp VI_1 x5
  0.609 log (VI_1) Entering MASTER STATE
  0.609 notify INSTANCE "VI_1" MASTER 100
  0.609 change (VI_1) BACKUP -> MASTER: priority 0 from 10.0.0.2
recv Auth=2 AH=11 Key=secret Src=10.0.0.2
  1.000 log (VI_1) IPSEC-AH : sequence number 11 already processed. Packet dropped. Local(11) (from 10.0.0.2)
at 2s
  1.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, AH 12
# Ours is higher than this one.
link eth0 Addr4=10.0.0.9
recv Auth=2 AH=12 Key=secret Src=10.0.0.2
recv Auth=2 AH=12 Key=secret Src=10.0.0.2
at 3s
  2.609 send VI_1 v2 prio 100 every 1s, 10.0.0.9 -> 224.0.0.18, 1 addresses, AH 14
