# Semantics 1.2, 2.1, 2.4: IPv6 is version 3, from a link-local address to ff02::12.
shows R6 R20
refuses R6
instance VI_6 VRID=56 Version=3 IPv6 VIPs=fe80::100/64,2001:db8::100/64
link eth0 Addr4=10.0.0.1 Addrs=10.0.0.1
configure
  0.000 vips VI_6 off
  0.000 log (VI_6) entering FAULT state (no IPv6 address for interface)
  0.000 log (VI_6) entering FAULT state
  0.000 notify INSTANCE "VI_6" FAULT 100
  0.000 change (VI_6) INIT -> FAULT: no IPv6 address for interface
status
  0.000 VI_6 FAULT prio 100, master invalid IP prio 0 every 1s, vips false; no IPv6 address for interface
at 1s
link eth0 Addr4=10.0.0.1 Addrs=10.0.0.1,2001:db8::1,fe80::1%eth0
  1.000 log (VI_6) Entering BACKUP STATE
  1.000 notify INSTANCE "VI_6" BACKUP 100
  1.000 change (VI_6) FAULT -> BACKUP: no longer: no IPv6 address for interface
at 4.7s
  4.609 send VI_6 v3 prio 100 every 1s, fe80::1 -> ff02::12, 2 addresses
  4.609 vips VI_6 on
  4.609 garp VI_6 x5
  4.609 log (VI_6) Entering MASTER STATE
  4.609 notify INSTANCE "VI_6" MASTER 100
  4.609 change (VI_6) BACKUP -> MASTER: no master heard for 3.609s
recv VRID=56 Version=3 Prio=100 Src=fe80::2 VIPs=fe80::100/64,2001:db8::100/64
  4.700 vips VI_6 off
  4.700 log (VI_6) Master received advert from fe80::2 with same priority 100 but higher IP address than ours
  4.700 log (VI_6) gives way to fe80::2 with priority 100, which was master beside it for 91ms at most
  4.700 log (VI_6) Entering BACKUP STATE
  4.700 notify INSTANCE "VI_6" GAVE_WAY 100 beside fe80::2 100 for 90.625ms
  4.700 notify INSTANCE "VI_6" BACKUP 100
  4.700 change (VI_6) MASTER -> BACKUP: advert from fe80::2 with the same priority 100 and a higher address
status
  4.700 VI_6 BACKUP prio 100, master fe80::2 prio 100 every 1s, vips false, AdvertReceived 1, AdvertSent 1, BecameMaster 1, ReleasedMaster 1; other master fe80::2 prio 100: adverts 0, episodes 0, gave way 1
