# A backup hears two masters. One that is preempted may have sent an advert that crosses the first one of
# the other; one that goes on is a second master, the one that would have to give way. Priority 0 is no master.
instance VI_1 Priority=10
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 10
  0.000 change (VI_1) INIT -> BACKUP: start
recv Src=10.0.0.2 Prio=50
at 1s
recv Src=10.0.0.3 Prio=200
recv Src=10.0.0.2 Prio=50
at 2s
recv Src=10.0.0.3 Prio=200
at 3s
recv Src=10.0.0.3 Prio=200
# It does not give way.
recv Src=10.0.0.2 Prio=50
at 4s
recv Src=10.0.0.3 Prio=200
recv Src=10.0.0.2 Prio=50
at 5s
recv Src=10.0.0.3 Prio=200
recv Src=10.0.0.2 Prio=50
  5.000 log (VI_1) two masters: 10.0.0.2 with priority 50 is master while 10.0.0.3 is with priority 200
  5.000 notify INSTANCE "VI_1" TWO_MASTERS 10 beside 10.0.0.2 50
  5.000 change (VI_1) two masters: 10.0.0.2 with priority 50 is master, too
at 6s
recv Src=10.0.0.3 Prio=200
status
  6.000 VI_1 BACKUP prio 10, master 10.0.0.3 prio 200 every 1s, vips false, AdvertReceived 11, SecondMaster 1; other master 10.0.0.2 prio 50: adverts 1, episodes 1, gave way 0
recv Src=10.0.0.2 Prio=0
at 7s
  6.250 log (VI_1) two masters no more: 10.0.0.2 with priority 50 is not heard as master any more, it was beside 10.0.0.3 for 0s (adverts: 1)
  6.250 notify INSTANCE "VI_1" TWO_MASTERS_OVER 10 beside 10.0.0.2 50 for 0s
  6.250 change (VI_1) one master: 10.0.0.2 is not heard as master any more after 0s
  6.961 send VI_1 v2 prio 10 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  6.961 vips VI_1 on
  6.961 garp VI_1 x5
  6.961 log (VI_1) Entering MASTER STATE
  6.961 notify INSTANCE "VI_1" MASTER 10
  6.961 change (VI_1) BACKUP -> MASTER: priority 0 from 10.0.0.2
recv Src=10.0.0.3 Prio=200
  7.000 vips VI_1 off
  7.000 log (VI_1) Master received advert from 10.0.0.3 with higher priority 200, ours 10
  7.000 log (VI_1) gives way to 10.0.0.3 with priority 200, which was master beside it for 39ms at most
  7.000 log (VI_1) Entering BACKUP STATE
  7.000 notify INSTANCE "VI_1" GAVE_WAY 10 beside 10.0.0.3 200 for 39.0625ms
  7.000 notify INSTANCE "VI_1" BACKUP 10
  7.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.3 with higher priority 200, ours 10
at 8s
