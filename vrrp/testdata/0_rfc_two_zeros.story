# After priority 0 nothing is sent before the skew time of the master's interval is over, and a second one starts that anew.
shows R39
refuses R39
instance VI_1 Version=3
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=150 Int=2s
at 3s
recv Version=3 Prio=0 Int=2s
at 3.5s
recv Version=3 Prio=0 Int=2s
at 4.71s
at 4.72s
  4.719 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.719 vips VI_1 on
  4.719 garp VI_1 x5
  4.719 log (VI_1) Entering MASTER STATE
  4.719 notify INSTANCE "VI_1" MASTER 100
  4.719 change (VI_1) BACKUP -> MASTER: priority 0 from 10.0.0.2
