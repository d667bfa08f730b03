# Two keys, then the other one signs, then the first goes: nobody takes over.
link eth0
instance VI_1 Version=3 Priority=90 HMAC.Use HMAC.Keys=1:0123456789abcdef0123456789abcdef HMAC.Active=1 HMAC.Window=5s
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 90
  0.000 change (VI_1) INIT -> BACKUP: start
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
at 1s
instance VI_1 HMAC.Keys=1:0123456789abcdef0123456789abcdef,2:fedcba9876543210fedcba9876543210
reload
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef
at 2s
recv Version=3 Sign=2 Key=fedcba9876543210fedcba9876543210
at 3s
instance VI_1 HMAC.Active=2
reload
recv Version=3 Sign=2 Key=fedcba9876543210fedcba9876543210
at 4s
instance VI_1 HMAC.Keys=2:fedcba9876543210fedcba9876543210
reload
recv Version=3 Sign=2 Key=fedcba9876543210fedcba9876543210
recv Version=3 Sign=1 Key=0123456789abcdef0123456789abcdef Ahead=1s
  4.000 log (VI_1) auth_hmac: signed with key 1, which is not configured here (from 10.0.0.2)
at 8s
  7.648 send VI_1 v3 prio 90 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses, key 2 at 7.648437
  7.648 vips VI_1 on
  7.648 garp VI_1 x5
  7.648 log (VI_1) Entering MASTER STATE
  7.648 notify INSTANCE "VI_1" MASTER 90
  7.648 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.648s
