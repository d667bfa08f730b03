# A backup measures the master by each interval that it says; one of lower priority teaches nothing, and its adverts end no
# wait.
shows R21 R40
refuses R41
instance VI_1 Version=3
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
recv Version=3 Prio=150 Int=1s
at 2s
recv Version=3 Prio=150 Int=3s
status
  2.000 VI_1 BACKUP prio 100, master 10.0.0.2 prio 150 every 3s, vips false, AdvertReceived 2
at 11s
recv Version=3 Prio=150 Int=100ms
status
  11.000 VI_1 BACKUP prio 100, master 10.0.0.2 prio 150 every 100ms, vips false, AdvertReceived 3
at 11.3s
recv Version=3 Prio=50 Int=3s
  11.300 log (VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
status
  11.300 VI_1 BACKUP prio 100, master 10.0.0.2 prio 150 every 100ms, vips false, AdvertReceived 4
at 11.4s
  11.361 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.361 vips VI_1 on
  11.361 garp VI_1 x5
  11.361 log (VI_1) Entering MASTER STATE
  11.361 notify INSTANCE "VI_1" MASTER 100
  11.361 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 has lower priority 50, ours 100
