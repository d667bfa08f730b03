# A stalled process: late wake-ups are counted; what was received in the meantime is
# handled before the timers, so the master that was heard stays master.
shows R73
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3s
recv Prio=200
stall 20s
recv Prio=200
wake
status
  20.000 VI_1 BACKUP prio 100, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 2
at 23.6s
stall 23.9s
wake
  23.900 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  23.900 vips VI_1 on
  23.900 garp VI_1 x5
  23.900 log (VI_1) timer woke up 290.625ms late, more than a tenth of the advert interval 1s
  23.900 log (VI_1) Entering MASTER STATE
  23.900 notify INSTANCE "VI_1" MASTER 100
  23.900 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.9s
at 24.5s
stall 27.3s
wake
  27.300 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
at 28.4s
  28.300 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
status
  28.400 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 2, AdvertSent 3, BecameMaster 1, LateWakeups 2
