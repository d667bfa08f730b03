# RFC 9568 section 6.4.3: an owner asserts itself against lower priorities.
instance VI_1 Priority=255
link eth0
configure
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.000 vips VI_1 off
  0.000 vips VI_1 on
  0.000 garp VI_1 x5
  0.000 log (VI_1) Entering MASTER STATE
  0.000 notify INSTANCE "VI_1" MASTER 255
  0.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
at 0.5s
recv Prio=254 Src=10.0.0.9
  0.500 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  0.500 garp VI_1 x5
  0.500 log (VI_1) Received advert from 10.0.0.9 with lower priority 254, ours 255, forcing new election
  0.500 log (VI_1) two masters: 10.0.0.9 with priority 254 is master while we (10.0.0.1) are with priority 255
  0.500 notify INSTANCE "VI_1" TWO_MASTERS 255 beside 10.0.0.9 254
  0.500 notify INSTANCE "VI_1" MASTER_RX_LOWER_PRI 255
  0.500 change (VI_1) two masters: 10.0.0.9 with priority 254 is master, too
