# Semantics 2.11: check_unicast_src and TTL ranges; several instances of one VRID.
instance VI_1 Version=3 UnicastPeers=10.0.0.2,10.0.0.3 CheckUnicastSrc
instance VI_2 Version=3 UnicastPeers=10.0.0.4@3-60 SourceIP=10.0.0.9
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
at 1s
recv Version=3 Prio=200 Src=10.0.0.77 Dst=10.0.0.1
  1.000 log (VI_1) unicast source address 10.0.0.77 not a unicast peer
recv Version=3 Prio=200 Src=10.0.0.4 Dst=10.0.0.9 TTL=2
  1.000 log (VI_2) TTL/HL 2 not in range 3 - 60 (from 10.0.0.4)
recv Version=3 Prio=200 Src=10.0.0.4 Dst=10.0.0.9 TTL=60
recv Version=3 Prio=200 Src=10.0.0.3 Dst=10.0.0.1
status
  1.000 VI_1 BACKUP prio 100, master 10.0.0.3 prio 200 every 1s, vips false, AdvertReceived 2, UnexpectedSource 1
  1.000 VI_2 BACKUP prio 100, master 10.0.0.4 prio 200 every 1s, vips false, AdvertReceived 2, UnexpectedSource 1
