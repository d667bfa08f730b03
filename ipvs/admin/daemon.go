package admin

import (
	"math"
	"net/netip"

	"holdfast/ipvs"
)

// What ipvsadm takes where nothing is given. (Its help says that the number is 255.)
const (
	defaultDaemonID        = 0
	defaultDaemonInterface = "eth0"
)

// daemon reads which daemon is started or stopped.
func (l *line) daemon() (c ipvs.DaemonCommand, err error) {
	c.Stop = l.action == StopDaemon
	switch l.operand {
	case "master":
		c.State = ipvs.MasterDaemon
	case "backup":
		c.State = ipvs.BackupDaemon
	default:
		return c, misuse("%s %q: want master or backup", l.command, l.operand)
	}
	id, err := l.number("syncid", 0, math.MaxUint8, defaultDaemonID)
	if err != nil || c.Stop {
		return c, err
	}
	d := ipvs.Daemon{Interface: l.given["mcast-interface"].value, ID: uint8(id)}
	if d.Interface == "" {
		d.Interface = defaultDaemonInterface
	}
	for _, n := range []struct {
		long string
		low  int64
		high int64
		set  func(int64)
	}{
		{"sync-maxlen", 1, math.MaxUint16, func(n int64) { d.MaxLen = uint16(n) }},
		{"mcast-port", 1, math.MaxUint16, func(n int64) { d.Port = uint16(n) }},
		{"mcast-ttl", 1, math.MaxUint8, func(n int64) { d.TTL = uint8(n) }},
	} {
		v, err := l.number(n.long, n.low, n.high, 0)
		if err != nil {
			return c, err
		}
		n.set(v)
	}
	if f, ok := l.given["mcast-group"]; ok {
		if d.Group, err = netip.ParseAddr(f.value); err != nil || !d.Group.IsMulticast() || d.Group.Zone() != "" {
			return c, misuse("--mcast-group %s: want a multicast address", f.value)
		}
	}
	c.Daemon = d
	return c, nil
}
