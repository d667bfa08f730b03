# What fails a check ends no wait, starts no timer, changes no state, and its interval is not learnt, in either state.
shows R58
refuses R14 R58
instance VI_1 Version=3
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Version=3 Prio=150 Int=2s
at 2s
recv Version=3 Prio=200 Int=10ms TTL=254
  2.000 log (VI_1) invalid TTL/HL. Received 254 and expect 255 (from 10.0.0.2)
recv Version=3 Prio=200 Int=10ms BadSum
  2.000 log (VI_1) Invalid VRRPv3 checksum (from 10.0.0.2)
recv Version=3 Prio=200 Int=10ms Cut
  2.000 log (VI_1) vrrp packet too short, length 29 and expect 32 (from 10.0.0.2)
recv Version=3 Prio=200 Int=10ms Type=2
  2.000 log (VI_1) Invalid packet type. 2 and expect 1 (from 10.0.0.2)
recv Version=3 Prio=200 Int=10ms VIPs=
  2.000 log (VI_1) advertisement without an address received (from 10.0.0.2)
recv Version=2 Prio=200
  2.000 log (VI_1) wrong version. Received 2 and expect 3 (from 10.0.0.2)
recv Version=3 Prio=0 BadSum
status
  2.000 VI_1 BACKUP prio 100, master 10.0.0.2 prio 150 every 2s, vips false, AdvertReceived 1, LengthErrors 1, TTLErrors 1, InvalidTypeErrors 1, VersionErrors 1, ChecksumErrors 2, AddressListErrors 1
at 8.2s
at 8.3s
  8.219 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.219 vips VI_1 on
  8.219 garp VI_1 x5
  8.219 log (VI_1) Entering MASTER STATE
  8.219 notify INSTANCE "VI_1" MASTER 100
  8.219 change (VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 7.219s
recv Version=3 Prio=200 Int=10ms TTL=254
  8.300 log (VI_1) invalid TTL/HL. Received 254 and expect 255 (from 10.0.0.2)
recv Version=3 Prio=0 BadSum
  8.300 log (VI_1) Invalid VRRPv3 checksum (from 10.0.0.2)
recv Version=3 Prio=50 VIPs=
  8.300 log (VI_1) advertisement without an address received (from 10.0.0.2)
at 9.3s
  9.219 send VI_1 v3 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
status
  9.300 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertReceived 1, AdvertSent 2, BecameMaster 1, LengthErrors 1, TTLErrors 2, InvalidTypeErrors 1, VersionErrors 1, ChecksumErrors 3, AddressListErrors 2
