# Semantics 1.11: equal priority is accepted in BACKUP whatever the address.
shows R40
refuses R53
instance VI_1
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3s
recv Prio=100 Src=10.0.0.9
at 6s
recv Prio=100 Src=10.0.0.9
at 9s
status
  9.000 VI_1 BACKUP prio 100, master 10.0.0.9 prio 100 every 1s, vips false, AdvertReceived 2
at 9.7s
  9.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  9.609 vips VI_1 on
  9.609 garp VI_1 x5
  9.609 log (VI_1) Entering MASTER STATE
  9.609 notify INSTANCE "VI_1" MASTER 100
  9.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.9 silent for 3.609s
