# From unsigned to signed: take signed ones, then sign, then take nothing else.
link eth0
instance VI_1 Version=3 Priority=90 HMAC.Use HMAC.Keys=1:0123456789abcdef0123456789abcdef HMAC.Active=1 HMAC.Window=5s HMAC.Mode=receive-only
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 90
  0.000 change (VI_1) INIT -> BACKUP: start
recv Version=3
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
at 4s
  3.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.648 vips VI_1 on
  3.648 garp VI_1 x5
  3.648 log (VI_1) Entering MASTER STATE
  3.648 notify INSTANCE "VI_1" MASTER 90
  3.648 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.648s
# Signed wrongly is not taken for unsigned.
recv Version=3 Sign=1 Key=fedcba9876543210fedcba9876543210 Prio=80
  4.000 log (VI_1) auth_hmac: invalid HMAC with key 1: changed on the way, or the key is not the same there (from 10.0.0.2)
instance VI_1 HMAC.Mode=permissive
reload
at 5s
  4.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 4.648437
recv Version=3 Prio=200
  5.000 vips VI_1 off
  5.000 log (VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 90
  5.000 log (VI_1) gives way to 10.0.0.2 with priority 200, which was master beside it for 1.352s at most
  5.000 log (VI_1) Entering BACKUP STATE
  5.000 notify INSTANCE "VI_1" GAVE_WAY 90 beside 10.0.0.2 200 for 1.3515625s
  5.000 notify INSTANCE "VI_1" BACKUP 90
  5.000 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 200, ours 90
instance VI_1 HMAC.Mode=enforce
reload
at 6s
recv Version=3 Prio=200
  6.000 log (VI_1) auth_hmac: the advert is not signed (from 10.0.0.2)
status
  6.000 VI_1 BACKUP prio 90, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 3, AdvertSent 2, BecameMaster 1, ReleasedMaster 1, AuthExtMissing 3, AuthExtInvalidHMAC 1; other master 10.0.0.2 prio 200: adverts 0, episodes 0, gave way 1
