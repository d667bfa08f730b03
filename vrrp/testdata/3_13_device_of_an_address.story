# Semantics 3.13: an interface that was made for addresses is tracked like one that the
# configuration names.
global Devices=VI_1:vrrp.51
instance VI_1
instance VI_2 VRID=52
link eth0
configure
  0.000 vips VI_2 off
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change (VI_2) INIT -> BACKUP: start
link vrrp.51 Up=false
  0.000 vips VI_1 off
  0.000 log (VI_1): entering FAULT state (interface vrrp.51 down)
  0.000 log (VI_1) entering FAULT state
  0.000 notify INSTANCE "VI_1" FAULT 100
  0.000 change (VI_1) INIT -> FAULT: interface vrrp.51 down
at 5s
  3.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_2 on
  3.609 garp VI_2 x5
  3.609 log (VI_2) Entering MASTER STATE
  3.609 notify INSTANCE "VI_2" MASTER 100
  3.609 change (VI_2) BACKUP -> MASTER: no master heard for 3.609s
  4.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
link vrrp.51
  5.000 log Netlink reports vrrp.51 up
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" BACKUP 100
  5.000 change interface vrrp.51 is up
  5.000 change (VI_1) FAULT -> BACKUP: no longer: interface vrrp.51 down
at 9s
  5.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  6.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.609 vips VI_1 on
  8.609 garp VI_2 x5
  8.609 garp VI_1 x5
  8.609 log (VI_1) Entering MASTER STATE
  8.609 notify INSTANCE "VI_1" MASTER 100
  8.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
link vrrp.51 Exists=false
  9.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  9.000 vips VI_1 off
  9.000 log Netlink reports vrrp.51 down
  9.000 log (VI_1) Entering FAULT STATE
  9.000 notify INSTANCE "VI_1" FAULT 100
  9.000 change interface vrrp.51 is down
  9.000 change (VI_1) MASTER -> FAULT: interface vrrp.51 down
at 10s
  9.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
# It has another name now.
devices VI_1:taken
link taken
  10.000 log (VI_1) Entering BACKUP STATE
  10.000 notify INSTANCE "VI_1" BACKUP 100
  10.000 change (VI_1) FAULT -> BACKUP: no longer: interface vrrp.51 down
at 14s
  10.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  12.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.609 send VI_2 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  13.609 vips VI_1 on
  13.609 garp VI_1 x5
  13.609 log (VI_1) Entering MASTER STATE
  13.609 notify INSTANCE "VI_1" MASTER 100
  13.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
