# Semantics 2.5, 2.8: every reason counted, logged once until the state changes, nothing
# else happens.
refuses R58
shows R59
instance VI_1 Auth=pass AuthPass=secret
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv Auth=1 Pass=secret Prio=200 Cut
  1.000 log (VI_1) vrrp packet too short, length 37 and expect 40 (from 10.0.0.2)
recv Auth=1 Pass=secret Prio=200 TTL=254
  1.000 log (VI_1) invalid TTL/HL. Received 254 and expect 255 (from 10.0.0.2)
recv Auth=1 Pass=secret Prio=200 TTL=254
recv Version=3 Prio=200
  1.000 log (VI_1) wrong version. Received 3 and expect 2 (from 10.0.0.2)
recv Prio=200 Auth=7
  1.000 log (VI_1) Invalid auth type: 7 (from 10.0.0.2)
recv Prio=200 Auth=0
  1.000 log (VI_1) received a 0 auth, expecting 1! (from 10.0.0.2)
recv Prio=200 Auth=1 Pass=wrong
  1.000 log (VI_1) received an invalid passwd! (from 10.0.0.2)
recv Auth=1 Pass=secret Prio=200 Int=3s
  1.000 log (VI_1) advertisement interval mismatch mine=1 sec rcv'd=3 sec (from 10.0.0.2)
recv Auth=1 Pass=secret Prio=200 Type=2
  1.000 log (VI_1) Invalid packet type. 2 and expect 1 (from 10.0.0.2)
recv Auth=1 Pass=secret Prio=200 BadSum
  1.000 log (VI_1) Invalid VRRPv2 checksum (from 10.0.0.2)
recv Auth=1 Pass=secret Prio=200 Dst=10.0.0.1
  1.000 log (VI_1) received a unicast packet, expecting multicast (from 10.0.0.2)
status
  1.000 VI_1 BACKUP prio 100, master invalid IP prio 0 every 1s, vips false, LengthErrors 1, TTLErrors 2, InvalidTypeErrors 1, VersionErrors 1, ChecksumErrors 1, IntervalErrors 1, AuthInvalidType 1, AuthTypeMismatch 1, AuthFailure 1, UnexpectedSource 1
at 3.7s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
recv Auth=1 Pass=secret Prio=200 TTL=254
  3.700 log (VI_1) invalid TTL/HL. Received 254 and expect 255 (from 10.0.0.2)
recv Auth=1 Pass=secret Prio=200 BadSum
  3.700 log (VI_1) Invalid VRRPv2 checksum (from 10.0.0.2)
status
  3.700 VI_1 MASTER prio 100, master 10.0.0.1 prio 100 every 1s, vips true, AdvertSent 1, BecameMaster 1, LengthErrors 1, TTLErrors 3, InvalidTypeErrors 1, VersionErrors 1, ChecksumErrors 2, IntervalErrors 1, AuthInvalidType 1, AuthTypeMismatch 1, AuthFailure 1, UnexpectedSource 1
