# Late is measured by the interval of the master that is waited for.
instance VI_1 Version=3
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=200 Int=100ms
stall 1.38s
wake
  1.380 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  1.380 vips VI_1 on
  1.380 garp VI_1 x5
  1.380 log (VI_1) timer woke up 19.063ms late, more than a tenth of the advert interval 100ms
  1.380 log (VI_1) Entering MASTER STATE
  1.380 notify INSTANCE "VI_1" MASTER 100
  1.380 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 380ms
status
  1.380 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 1, AdvertSent 1, BecameMaster 1, LateWakeups 1
