# Enforced: what is not signed with a known key is refused, and so is what was heard before.
link eth0
instance VI_1 Version=3 Priority=90 HMAC.Use HMAC.Keys=1:0123456789abcdef0123456789abcdef HMAC.Active=1 HMAC.Window=5s
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 90
  0.000 change (VI_1) INIT -> BACKUP: start
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
  0.000 log (VI_1) auth_hmac: not newer than what was heard before. Packet dropped (from 10.0.0.2)
recv Version=3
  0.000 log (VI_1) auth_hmac: the advert is not signed (from 10.0.0.2)
recv Version=3 Sign=2 Key=0123456789abcdef0123456789abcdef
  0.000 log (VI_1) auth_hmac: signed with key 2, which is not configured here (from 10.0.0.2)
recv Version=3 Sign=1 Key=fedcba9876543210fedcba9876543210
  0.000 log (VI_1) auth_hmac: invalid HMAC with key 1: changed on the way, or the key is not the same there (from 10.0.0.2)
# From the past, from the future: of one that is not known.
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Src=10.0.0.3 Ahead=-6s
  0.000 log (VI_1) auth_hmac: too old, or from the future; compare the clocks. Packet dropped (from 10.0.0.3)
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Src=10.0.0.3 Ahead=6s
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Src=10.0.0.3 Ahead=-5s
status
  0.000 VI_1 BACKUP prio 90, master 10.0.0.3 prio 100 every 1s, vips false, AdvertReceived 2, AuthExtMissing 1, AuthExtUnknownKey 1, AuthExtInvalidHMAC 1, AuthExtStale 2, AuthExtReplay 1
at 4s
  3.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 3.648437
  3.648 vips VI_1 on
  3.648 garp VI_1 x5
  3.648 log (VI_1) Entering MASTER STATE
  3.648 notify INSTANCE "VI_1" MASTER 90
  3.648 change (VI_1) BACKUP -> MASTER: master 10.0.0.3 silent for 3.648s
stop
  4.000 send VI_1 v3 prio 0 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 1 at 4.000000
  4.000 vips VI_1 off
  4.000 notify INSTANCE "VI_1" STOP 90
  4.000 change (VI_1) MASTER -> INIT: stop
