# With notifications about them an advert that is refused is told of, each reason once in ten seconds, however many there
# are; a reason that is no matter of theirs is not.
global TellRefusals
instance VI_1 Auth=pass AuthPass=secret
link eth0
configure
  0.000 vips VI_1 off
  0.000 log (VI_1) Entering BACKUP STATE (init)
  0.000 notify INSTANCE "VI_1" BACKUP 100
  0.000 change (VI_1) INIT -> BACKUP: start
at 1s
recv TTL=64
  1.000 log (VI_1) invalid TTL/HL. Received 64 and expect 255 (from 10.0.0.2)
  1.000 change (VI_1) advert from 10.0.0.2 is refused: invalid TTL/HL. Received 64 and expect 255
recv TTL=64
recv Version=3
  1.000 log (VI_1) wrong version. Received 3 and expect 2 (from 10.0.0.2)
  1.000 change (VI_1) advert from 10.0.0.2 is refused: wrong version. Received 3 and expect 2
recv Auth=1 Pass=wrong
  1.000 log (VI_1) received an invalid passwd! (from 10.0.0.2)
  1.000 change (VI_1) advert from 10.0.0.2 is refused: received an invalid passwd!
recv Auth=1 Pass=secret Type=2
  1.000 log (VI_1) Invalid packet type. 2 and expect 1 (from 10.0.0.2)
recv Auth=1 Pass=secret BadSum
  1.000 log (VI_1) Invalid VRRPv2 checksum (from 10.0.0.2)
  1.000 change (VI_1) advert from 10.0.0.2 is refused: Invalid VRRPv2 checksum
recv Auth=0
  1.000 log (VI_1) received a 0 auth, expecting 1! (from 10.0.0.2)
  1.000 change (VI_1) advert from 10.0.0.2 is refused: received a 0 auth, expecting 1!
recv Auth=7
  1.000 log (VI_1) Invalid auth type: 7 (from 10.0.0.2)
  1.000 change (VI_1) advert from 10.0.0.2 is refused: Invalid auth type: 7
at 10s
  3.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  3.609 vips VI_1 on
  3.609 garp VI_1 x5
  3.609 log (VI_1) Entering MASTER STATE
  3.609 notify INSTANCE "VI_1" MASTER 100
  3.609 change (VI_1) BACKUP -> MASTER: no master heard for 3.609s
  4.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  5.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  6.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  7.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  8.609 garp VI_1 x5
  9.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv TTL=64
  10.000 log (VI_1) invalid TTL/HL. Received 64 and expect 255 (from 10.0.0.2)
at 12s
  10.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
  11.609 send VI_1 v2 prio 100 every 1s, 10.0.0.1 -> 224.0.0.18, 1 addresses
recv TTL=64
  12.000 change (VI_1) advert from 10.0.0.2 is refused: invalid TTL/HL. Received 64 and expect 255
