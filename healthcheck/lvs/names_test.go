package lvs

import (
	"net/netip"
	"testing"

	"holdfast/config"
	"holdfast/ipvs"
)

// What a service and its servers are called in lines about checks and in lines about the table is
// the same, although config and ipvs do not know each other.
func TestNamesOfChecksAreThoseOfTheTable(t *testing.T) {
	for _, p := range []config.Protocol{config.TCP, config.UDP, config.SCTP} {
		for _, at := range []string{"10.0.0.1:80", "[fd00::1]:443", "[::]:0"} {
			ap := netip.MustParseAddrPort(at)
			v := config.VirtualServer{Addr: ap.Addr(), Port: ap.Port(), Protocol: p}
			if got, want := serviceID(&v).String(), v.Name(); got != want {
				t.Errorf("the table has %s, checks %s", got, want)
			}
			s := config.RealServer{Addr: ap.Addr(), Port: ap.Port()}
			d := ipvs.DestID{Addr: s.Addr, Port: s.Port}
			if got, want := serviceID(&v).DestName(d), v.ServerName(&s); got != want {
				t.Errorf("the table has %s, checks %s", got, want)
			}
			v = config.VirtualServer{FWMark: 7, Protocol: p}
			if got, want := serviceID(&v).String(), v.Name(); got != want {
				t.Errorf("the table has %s, checks %s", got, want)
			}
			if got, want := serviceID(&v).DestName(d), v.ServerName(&s); got != want {
				t.Errorf("the table has %s, checks %s", got, want)
			}
		}
	}
}

// A tunnel is wrapped as the server says; without one nothing is.
func TestEncapsulation(t *testing.T) {
	for _, c := range []struct {
		method config.Method
		tunnel config.Tunnel
		want   ipvs.Encapsulation
	}{
		{config.TUN, config.Tunnel{}, ipvs.Encapsulation{}},
		{config.TUN, config.Tunnel{Type: config.GUE, Port: 6080, Checksum: config.RemoteChecksum},
			ipvs.Encapsulation{Type: ipvs.GUE, Port: 6080, Checksum: ipvs.RemoteChecksum}},
		{config.TUN, config.Tunnel{Type: config.GRE, Checksum: config.Checksum},
			ipvs.Encapsulation{Type: ipvs.GRE, Checksum: ipvs.Checksum}},
		{config.DR, config.Tunnel{Type: config.GRE}, ipvs.Encapsulation{}},
	} {
		v := &virtual{}
		if got := v.dest(&config.RealServer{Method: c.method, Tunnel: c.tunnel}, 1).Tunnel; got != c.want {
			t.Errorf("%v %+v: %+v, want %+v", c.method, c.tunnel, got, c.want)
		}
	}
}
