# Another interval than the configured one is logged once, with the option -D, and followed.
shows R61
global Detail
instance VI_1 Version=3
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=150 Int=2s
  1.000 log (VI_1) advertisement interval updated from 1000ms to 2000ms by master
at 3s
recv Version=3 Prio=150 Int=2s
at 5s
recv Version=3 Prio=150 Int=2s
at 11s
status
  11.000 VI_1 BACKUP prio 100, master 10.0.0.2 prio 150 every 2s, vips false, AdvertReceived 3
