# Semantics 2.7: another address list is counted and logged, the advert counts.
shows R62
instance VI_1
instance VI_2 VRID=52 SkipCheckAdvAddr
link eth0
configure
  0.000 vips VI_1 off
  0.000 vips VI_2 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 log (VI_2) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 notify INSTANCE "VI_2" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
  0.000 change (VI_2) INIT -> BACKUP: start
at 3s
recv Prio=200 VIPs=10.0.0.99/24
  3.000 log (VI_1) ip address associated with VRID 51 not present in MASTER advert: 10.0.0.100 (from 10.0.0.2)
recv Prio=200 VIPs=10.0.0.99/24,10.0.0.100/24
  3.000 log (VI_1) received an unexpected ip number count 2, expected 1! (from 10.0.0.2)
recv VRID=52 Prio=200 VIPs=10.0.0.99/24
  3.000 log (VI_2) ip address associated with VRID 52 not present in MASTER advert: 10.0.0.100 (from 10.0.0.2)
recv VRID=52 Prio=200 VIPs=10.0.0.99/24
at 6s
status
  6.000 VI_1 BACKUP prio 100, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 2, AddressListErrors 2
  6.000 VI_2 BACKUP prio 100, master 10.0.0.2 prio 200 every 1s, vips false, AdvertReceived 2, AddressListErrors 1
