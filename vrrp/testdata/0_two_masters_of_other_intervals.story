# A backup hears a master that speaks seldom, and another that speaks often and has not heard that one yet. It gives
# way when it does; its short interval must not make the first one seem dead before its next advert is due.
instance VI_1 Version=3 Priority=10 AdvertInt=200ms
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 10
  0.000 change (VI_1) INIT -> BACKUP: start
recv Src=10.0.0.3 Prio=200 Version=3 Int=2s
recv Src=10.0.0.2 Prio=50 Version=3 Int=200ms
at 1.9s
# Not master after 0.8 s. The next advert of the better one in time.
recv Src=10.0.0.3 Prio=200 Version=3 Int=2s
status
  1.900 VI_1 BACKUP prio 10, master 10.0.0.3 prio 200 every 2s, vips false, AdvertReceived 3
# When its advert is overdue, it is the other one that counts.
at 4.5s
recv Src=10.0.0.2 Prio=50 Version=3 Int=200ms
at 5.5s
  5.292 send VI_1 v3 prio 10 every 200ms, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.292 vips VI_1 on
  5.292 garp VI_1 x5
  5.292 log (VI_1) Entering MASTER STATE
  5.292 notify INSTANCE "VI_1" MASTER 10
  5.292 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 792ms
  5.492 send VI_1 v3 prio 10 every 200ms, 10.0.0.1 -> 224.0.0.18, 1 addresses
# A master that gives way knows who is better.
recv Src=10.0.0.3 Prio=200 Version=3 Int=2s
  5.500 vips VI_1 off
  5.500 log (VI_1) Master received advert from 10.0.0.3 with higher priority 200, ours 10
  5.500 log (VI_1) gives way to 10.0.0.3 with priority 200, which was master beside it for 208ms at most
  5.500 log (VI_1) Entering BACKUP STATE
  5.500 notify INSTANCE "VI_1" GAVE_WAY 10 beside 10.0.0.3 200 for 207.8125ms
  5.500 notify INSTANCE "VI_1" BACKUP 10
  5.500 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.3 with higher priority 200, ours 10
recv Src=10.0.0.2 Prio=50 Version=3 Int=200ms
at 7s
status
  7.000 VI_1 BACKUP prio 10, master 10.0.0.2 prio 50 every 2s, vips false, AdvertReceived 6, AdvertSent 2, BecameMaster 1, ReleasedMaster 1; other master 10.0.0.3 prio 200: adverts 0, episodes 0, gave way 1
# A longer interval than that of the better one is waited for.
recv Src=10.0.0.3 Prio=200 Version=3 Int=200ms
recv Src=10.0.0.2 Prio=50 Version=3 Int=2s
at 12s
