# Semantics 1.16, 1.20: a master yields to a higher priority, and at equal priority to a
# higher address. No priority 0, and the interval is the sender's in version 3.
shows R21 R52
refuses R52
global Detail
instance VI_1 Version=3 ExcludedVIPs=10.0.0.110/24
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) removing VIPs.
  0.000 log (VI_1) removing E-VIPs.
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 3.7s
  3.609 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Receive advertisement timeout
  3.609 log (VI_1) Entering MASTER STATE
  3.609 log (VI_1) setting VIPs.
  3.609 log (VI_1) setting E-VIPs.
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
recv Version=3 Prio=150 Int=300ms
  3.700 vips VI_1 off
  3.700 log (VI_1) Master received advert from 10.0.0.2 with higher priority 150, ours 100
  3.700 log (VI_1) gives way to 10.0.0.2 with priority 150, which was master beside it for 91ms at most
  3.700 log (VI_1) advertisement interval updated from 1000ms to 300ms by master
  3.700 log (VI_1) Entering BACKUP STATE
  3.700 log (VI_1) removing VIPs.
  3.700 log (VI_1) removing E-VIPs.
  3.700 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.2 150 for 90.625ms
  3.700 notify INSTANCE "VI_1" BACKUP 100
  3.700 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with higher priority 150, ours 100
status
  3.700 VI_1 BACKUP prio 100, master 10.0.0.2 prio 150 every 300ms, vips false, AdvertReceived 1, AdvertSent 1, BecameMaster 1, ReleasedMaster 1; other master 10.0.0.2 prio 150: adverts 0, episodes 0, gave way 1
at 4.8s
  4.783 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  4.783 vips VI_1 on
  4.783 garp VI_1 x5
  4.783 log (VI_1) Receive advertisement timeout
  4.783 log (VI_1) Entering MASTER STATE
  4.783 log (VI_1) changing advert interval from 300ms to locally configured 1000ms
  4.783 log (VI_1) setting VIPs.
  4.783 log (VI_1) setting E-VIPs.
  4.783 notify INSTANCE "VI_1" MASTER 100
  4.783 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 1.083s
recv Version=3 Prio=100
  4.800 vips VI_1 off
  4.800 log (VI_1) Master received advert from 10.0.0.2 with same priority 100 but higher IP address than ours
  4.800 log (VI_1) gives way to 10.0.0.2 with priority 100, which was master beside it for 17ms at most
  4.800 log (VI_1) Entering BACKUP STATE
  4.800 log (VI_1) removing VIPs.
  4.800 log (VI_1) removing E-VIPs.
  4.800 notify INSTANCE "VI_1" GAVE_WAY 100 beside 10.0.0.2 100 for 17.1875ms
  4.800 notify INSTANCE "VI_1" BACKUP 100
  4.800 change (VI_1) MASTER -> BACKUP: advert from 10.0.0.2 with the same priority 100 and a higher address
status
  4.800 VI_1 BACKUP prio 100, master 10.0.0.2 prio 100 every 1s, vips false, AdvertReceived 2, AdvertSent 2, BecameMaster 2, ReleasedMaster 2; other master 10.0.0.2 prio 100: adverts 0, episodes 0, gave way 2
