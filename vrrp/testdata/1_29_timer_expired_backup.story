# Semantics 1.29: a master that wakes up later than others wait leaves it to them, if it would not preempt.
# 3 intervals and the skew time of 254, in version 3 a 128th of the interval, are 3.0078 s; of 100 they are 3.609 s.
instance VI_1 Version=3 NoPreempt TimerExpiredBackup=254
instance VI_2 VRID=52 Version=3 NoPreempt TimerExpiredBackup=100
instance VI_3 VRID=53 Version=3 NoPreempt
instance VI_4 VRID=54 Version=3 TimerExpiredBackup=254
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 vips VI_3 off
  0.000 vips VI_4 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 log (VI_3) Entering BACKUP STATE (init)
  0.000 log (VI_4) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 notify INSTANCE "VI_3" BACKUP 100
  0.000 notify INSTANCE "VI_4" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
  0.000 change (VI_3) INIT -> BACKUP: start
  0.000 change (VI_4) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_2 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_3 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 send VI_4 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 vips VI_2 on
  3.609 vips VI_3 on
  3.609 vips VI_4 on
  3.609 garp VI_1 x5
  3.609 garp VI_2 x5
  3.609 garp VI_3 x5
  3.609 garp VI_4 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_2) Entering MASTER STATE
  3.609 log (VI_3) Entering MASTER STATE
  3.609 log (VI_4) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 notify INSTANCE "VI_3" MASTER 100
  3.609 notify INSTANCE "VI_4" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_3) BACKUP -> MASTER: no master heard for 3.609s
  3.609 change (VI_4) BACKUP -> MASTER: no master heard for 3.609s
stall 7.6s
wake
  7.600 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.600 send VI_2 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.600 send VI_3 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.600 send VI_4 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.600 log (VI_1) timer woke up 2.990625s late, more than a tenth of the advert interval 1s
  7.600 log (VI_2) timer woke up 2.990625s late, more than a tenth of the advert interval 1s
  7.600 log (VI_3) timer woke up 2.990625s late, more than a tenth of the advert interval 1s
  7.600 log (VI_4) timer woke up 2.990625s late, more than a tenth of the advert interval 1s
status
  7.600 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 2, BecameMaster 1, LateWakeups 1
  7.600 VI_2 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 2, BecameMaster 1, LateWakeups 1
  7.600 VI_3 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 2, BecameMaster 1, LateWakeups 1
  7.600 VI_4 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 2, BecameMaster 1, LateWakeups 1
# The next was due at 8.6 s: this is later than 254 waits, and sooner than 100 does.
stall 11.9s
wake
  11.900 send VI_2 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.900 send VI_3 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.900 send VI_4 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.900 vips VI_1 off
  11.900 garp VI_2 x5
  11.900 garp VI_3 x5
  11.900 garp VI_4 x5
  11.900 log (VI_1) advert timer expired 3.3s late, another router may have become master
  11.900 log (VI_1) Entering BACKUP STATE
  11.900 notify INSTANCE "VI_1" BACKUP 100
  11.900 change (VI_1) MASTER -> BACKUP: its timer was met 3.3s late, another router may have become master
status
  11.900 VI_1 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, LateWakeups 2
  11.900 VI_2 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 3, BecameMaster 1, LateWakeups 2
  11.900 VI_3 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 3, BecameMaster 1, LateWakeups 2
  11.900 VI_4 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 3, BecameMaster 1, LateWakeups 2
