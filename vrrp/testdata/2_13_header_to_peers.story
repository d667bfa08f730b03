# Each peer gets the number of the advert; an owner needs nobody's number.
link eth0
instance VI_1 Auth=AH AuthPass=secret Priority=255 UnicastPeers=10.0.0.2,10.0.0.3 UnicastTTL=64
configure
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses, AH 1
  0.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses, AH 1
  0.000 vips VI_1 off
  0.000 vips VI_1 on
  0.000 garp VI_1 x5
  0.000 log (VI_1) Entering MASTER STATE
  0.000 notify INSTANCE "VI_1" MASTER 255
  0.000 change (VI_1) INIT -> MASTER: it owns its addresses (priority 255)
at 1s
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses, AH 2
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses, AH 2
# Another password is used at once, with the numbers going on; so is another type.
instance VI_1 AuthPass=other
reload
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses, AH 3
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses, AH 3
recv Auth=2 AH=100 Key=secret Dst=10.0.0.1
  1.000 log (VI_1) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password ! (from 10.0.0.2)
recv Auth=2 AH=100 Key=other Dst=10.0.0.1 TTL=3
instance VI_1 Auth=pass
reload
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses
instance VI_1 Auth=AH
reload
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses, AH 4
  1.000 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses, AH 4
stop
  1.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 10.0.0.2, 1 addresses, AH 5
  1.000 send VI_1 v2 prio 0 every 1s, 10.0.0.1 -> 10.0.0.3, 1 addresses, AH 5
  1.000 vips VI_1 off
  1.000 notify INSTANCE "VI_1" STOP 255
  1.000 change (VI_1) MASTER -> INIT: stop
