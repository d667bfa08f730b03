# Without clocks that agree: later than what was heard is enough.
link eth0
instance VI_1 Version=3 Priority=90 HMAC.Use HMAC.Keys=1:0123456789abcdef0123456789abcdef HMAC.Active=1 HMAC.Window=5s HMAC.AntiReplay=monotonic
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 90
  0.000 change (VI_1) INIT -> BACKUP: start
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Ahead=-8760h
at 2s
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Ahead=-8760h1s
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Ahead=-8760h2s
  2.000 log (VI_1) auth_hmac: not newer than what was heard before. Packet dropped (from 10.0.0.2)
at 8s
  5.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 5.648437
  5.648 vips VI_1 on
  5.648 garp VI_1 x5
  5.648 log (VI_1) Entering MASTER STATE
  5.648 notify INSTANCE "VI_1" MASTER 90
  5.648 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.648s
  6.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 6.648437
  7.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 7.648437
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Ahead=-8759h59m58s Prio=200
  8.000 vips VI_1 off
  8.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 90
  8.000 log (VI_1) gives way to 10.0.0.2 with priority 200, which was master beside it for 2.352s at most
  8.000 log (VI_1) Entering BACKUP STATE
  8.000 notify INSTANCE "VI_1" GAVE_WAY 90 beside 10.0.0.2 200 for 2.3515625s
  8.000 notify INSTANCE "VI_1" BACKUP 90
  8.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 200, ours 90
status
  8.000 VI_1 BACKUP prio 90, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 3, AdvertSent 3, BecameMaster 1, ReleasedMaster 1, AuthExtReplay 1; other master 10.0.0.2 prio 200: adverts 0, episodes 0, gave way 1
