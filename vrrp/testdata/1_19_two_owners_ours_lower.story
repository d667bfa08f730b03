# Semantics 1.19: of two owners that with the lower address yields; its priority comes
# back when the other one sends something lower.
shows R72
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
recv Prio=255
  0.500 vips VI_1 off
  0.500 log (VI_1) CONFIGURATION ERROR: local instance and a remote instance are both configured as address owner, please fix - reducing local priority
  0.500 log (VI_1) Master received advert from 10.0.0.2 with higher priority 255, ours 254
  0.500 log (VI_1) gives way to 10.0.0.2 with priority 255, which was master beside it for 500ms at most
  0.500 log (VI_1) Entering BACKUP STATE
  0.500 notify INSTANCE "VI_1" GAVE_WAY 254 beside 10.0.0.2 255 for 500ms
  0.500 notify INSTANCE "VI_1" BACKUP 254
  0.500 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 255, ours 254
status
  0.500 VI_1 BACKUP prio 254, master 10.0.0.2 prio 255 every 1s, vips false, AdvertReceived 1, AdvertSent 1, BecameMaster 1, ReleasedMaster 1; other master 10.0.0.2 prio 255: adverts 0, episodes 0, gave way 1
at 1.5s
recv Prio=255
at 2.5s
recv Prio=200
  2.500 log (VI_1) Changing effective priority from 254 to 255
  2.500 log (VI_1) received lower priority (200) advert from 10.0.0.2 - discarding
at 5s
  4.504 send VI_1 v2 prio 255 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.504 vips VI_1 on
  4.504 garp VI_1 x5
  4.504 log (VI_1) Entering MASTER STATE
  4.504 notify INSTANCE "VI_1" MASTER 255
  4.504 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 2.004s
