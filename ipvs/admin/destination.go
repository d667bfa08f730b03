package admin

import (
	"math"
	"strconv"

	"holdfast/ipvs"
)

// dest reads a real server and its settings.
func (l *line) dest(c *ipvs.Command, names Names) error {
	f, ok := l.given["real-server"]
	if !ok {
		return misuse("%s needs a real server: -r", l.command)
	}
	e, err := parseEndpoint(f.value, c.Service.Protocol, names)
	if err != nil {
		return misuse("-r %s: %v", f.value, err)
	}
	c.Dest = ipvs.DestID{Addr: e.addr, Port: e.port}
	if !e.hasPort {
		c.Dest.Port = c.Service.Port
	}
	if l.action == DeleteDest {
		return nil
	}
	s := ipvs.DestSettings{Method: ipvs.Route}
	switch {
	case l.has("masquerading"):
		s.Method = ipvs.Masq
	case l.has("ipip"):
		s.Method = ipvs.Tunnel
	}
	// The packet arrives as it is there: it cannot have another port. A mark has none. What is saved may have one all
	// the same, which tells it from others: it is restored as it was.
	if s.Method != ipvs.Masq && c.Service.FWMark == 0 && !(l.restoring && e.hasPort) {
		c.Dest.Port = c.Service.Port
	}
	if ipvs.FamilyOf(e.addr) != c.Service.Family && s.Method != ipvs.Tunnel {
		return misuse("-r %s: only a tunnel (-i) leads to the other address family", f.value)
	}
	for _, n := range []struct {
		long      string
		high      int64
		otherwise int64
		set       func(int64)
	}{
		{"weight", math.MaxInt32, 1, func(n int64) { s.Weight = int32(n) }},
		{"u-threshold", math.MaxUint32, 0, func(n int64) { s.UpperThreshold = uint32(n) }},
		{"l-threshold", math.MaxUint32, 0, func(n int64) { s.LowerThreshold = uint32(n) }},
	} {
		v, err := l.number(n.long, 0, n.high, n.otherwise)
		if err != nil {
			return err
		}
		n.set(v)
	}
	if s.Tunnel, err = l.tunnel(s.Method); err != nil {
		return err
	}
	c.DestSettings = s
	return nil
}

// tunnel reads how packets are wrapped.
func (l *line) tunnel(m ipvs.Method) (e ipvs.Encapsulation, err error) {
	for _, long := range []string{"tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"} {
		if l.has(long) && m != ipvs.Tunnel {
			return e, misuse("--%s is for tunnels (-i)", long)
		}
	}
	kind := "ipip"
	if f, ok := l.given["tun-type"]; ok {
		kind = f.value
	}
	switch kind {
	case "ipip":
		for _, long := range []string{"tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"} {
			if l.has(long) {
				return e, misuse("a tunnel of type ipip has no --%s", long)
			}
		}
		return e, nil
	case "gue":
		e.Type = ipvs.GUE
		port, err := l.number("tun-port", 1, math.MaxUint16, 0)
		if err != nil {
			return e, err
		}
		if port == 0 {
			return e, misuse("a tunnel of type gue needs --tun-port")
		}
		e.Port = uint16(port)
	case "gre":
		e.Type = ipvs.GRE
		for _, long := range []string{"tun-port", "tun-remcsum"} {
			if l.has(long) {
				return e, misuse("a tunnel of type gre has no --%s", long)
			}
		}
	default:
		return e, misuse("--tun-type %s: want ipip, gue or gre", strconv.Quote(kind))
	}
	switch {
	case l.has("tun-csum"):
		e.Checksum = ipvs.Checksum
	case l.has("tun-remcsum"):
		e.Checksum = ipvs.RemoteChecksum
	}
	return e, nil
}
