# Version 2, and IPv6 with peers: a sender that is none of them is not heard, key or not.
link eth0 Addrs=fe80::1
instance VI_1 HMAC.Use HMAC.Keys=1:0123456789abcdef0123456789abcdef HMAC.Active=1 HMAC.Window=5s DownTimerAdverts=1
instance VI_6 VRID=52 Version=3 IPv6 SourceIP=fe80::1 VIPs=fe80::100/64 UnicastPeers=fe80::2 HMAC.Use HMAC.Keys=1:0123456789abcdef0123456789abcdef HMAC.Active=1 HMAC.Window=5s
configure
  0.000 vips VI_1 off
  0.000 vips VI_6 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_6) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_6" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_6) INIT -> BACKUP: start
recv Sign=1 Key=0123456789abcdef0123456789abcdef Prio=200
recv VRID=52 Version=3 Src=fe80::2 Dst=fe80::1 VIPs=fe80::100/64 Sign=1 Key=0123456789abcdef0123456789abcdef Prio=200
recv VRID=52 Version=3 Src=fe80::3 Dst=fe80::1 VIPs=fe80::100/64 Sign=1 Key=0123456789abcdef0123456789abcdef Prio=200
  0.000 log (VI_6) unicast source address fe80::3 not a unicast peer
at 4s
  1.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 1.609375
  1.609 vips VI_1 on
  1.609 garp VI_1 x5
  1.609 log (VI_1) Entering MASTER STATE
  1.609 notify INSTANCE "VI_1" MASTER 100
  1.609 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 1.609s
  2.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 2.609375
  3.609 send VI_6 v3 prio 100 every 1s, fe80::1 -> fe80::2, 1 addresses, key 1 at 3.609375
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 3.609375
  3.609 vips VI_6 on
  3.609 garp VI_6 x5
  3.609 log (VI_6) Entering MASTER STATE
  3.609 notify INSTANCE "VI_6" MASTER 100
  3.609 change (VI_6) BACKUP -> MASTER: master fe80::2 silent for 3.609s
status
  4.000 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 1, AdvertSent 3, BecameMaster 1
  4.000 VI_6 MASTER prio 100, master fe80::1 prio 100 every 1s, vips true, AdvertReceived 2, AdvertSent 1, BecameMaster 1, UnexpectedSource 1
