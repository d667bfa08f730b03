# A clock that is set makes no second master: whoever was heard lately goes on from where it was.
link eth0
instance VI_1 Version=3 Priority=90 HMAC.Use HMAC.Keys=1:0123456789abcdef0123456789abcdef HMAC.Active=1 HMAC.Window=5s
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 90
  0.000 change (VI_1) INIT -> BACKUP: start
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
at 1s
clock 1h
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
at 2s
clock -2h
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
# Old ones are replays whatever the clock shows.
clock 0s
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Ahead=-1s
  2.000 log (VI_1) auth_hmac: not newer than what was heard before. Packet dropped (from 10.0.0.2)
at 3s
clock 1h
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
# Somebody else has to be near it.
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Src=10.0.0.3
  3.000 log (VI_1) auth_hmac: too old, or from the future; compare the clocks. Packet dropped (from 10.0.0.3)
# When it was silent for longer it is expected where its clock must be.
at 9s
  6.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 3606.648437
  6.648 vips VI_1 on
  6.648 garp VI_1 x5
  6.648 log (VI_1) Entering MASTER STATE
  6.648 notify INSTANCE "VI_1" MASTER 90
  6.648 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.648s
  7.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 3607.648437
  8.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 3608.648437
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Ahead=6s Prio=200
  9.000 log (VI_1) auth_hmac: too old, or from the future; compare the clocks. Packet dropped (from 10.0.0.2)
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Ahead=4s Prio=200
  9.000 vips VI_1 off
  9.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 90
  9.000 log (VI_1) gives way to 10.0.0.2 with priority 200, which was master beside it for 2.352s at most
  9.000 log (VI_1) Entering BACKUP STATE
  9.000 notify INSTANCE "VI_1" GAVE_WAY 90 beside 10.0.0.2 200 for 2.3515625s
  9.000 notify INSTANCE "VI_1" BACKUP 90
  9.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 200, ours 90
status
  9.000 VI_1 BACKUP prio 90, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 5, AdvertSent 3, BecameMaster 1, ReleasedMaster 1, AuthExtStale 2, AuthExtReplay 1; other master 10.0.0.2 prio 200: adverts 0, episodes 0, gave way 1
