package netnames

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"holdfast/ipvs"
)

const table = `# comment
http		80/tcp		www		# WorldWideWeb HTTP
http-alt	8080/tcp	webcache
http-alt	8080/udp
again	80/tcp
domain		53/udp
sctp-thing	9/sctp	discard
www	81/tcp
broken	x/tcp
alone
high	65536/tcp
`

func TestServices(t *testing.T) {
	file := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(file, []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	n := &Names{ServicesFile: file}
	for _, c := range []struct {
		port uint16
		p    ipvs.Protocol
		want string
	}{
		{80, ipvs.TCP, "http"}, {80, ipvs.UDP, ""}, {8080, ipvs.UDP, "http-alt"}, {53, ipvs.UDP, "domain"}, {53, ipvs.TCP, ""},
		{9, ipvs.SCTP, "sctp-thing"}, {81, ipvs.TCP, "www"}, {0, ipvs.TCP, ""},
	} {
		if got := n.Service(c.port, c.p); got != c.want {
			t.Errorf("%d/%v is %q, want %q", c.port, c.p, got, c.want)
		}
	}
	for _, c := range []struct {
		name string
		p    ipvs.Protocol
		want uint16
	}{{"http", ipvs.TCP, 80}, {"www", ipvs.TCP, 80}, {"webcache", ipvs.TCP, 8080}, {"again", ipvs.TCP, 80}, {"discard", ipvs.SCTP, 9}} {
		if got, err := n.Port(c.name, c.p); err != nil || got != c.want {
			t.Errorf("%s/%v is %d (%v), want %d", c.name, c.p, got, err, c.want)
		}
	}
	for _, name := range []string{"broken", "alone", "high", "webcache/udp", ""} {
		if got, err := n.Port(name, ipvs.UDP); err == nil {
			t.Errorf("%q is %d", name, got)
		}
	}
	none := &Names{ServicesFile: "/nowhere/services"}
	if got := none.Service(80, ipvs.TCP); got != "" {
		t.Errorf("without a file 80 is %q", got)
	}
}

func TestHosts(t *testing.T) {
	n := &Names{}
	four := netip.MustParseAddr("127.0.0.1")
	if a, err := n.Addr("localhost", ipvs.IPv4); err != nil || a != four {
		t.Errorf("localhost is %v (%v)", a, err)
	}
	name := n.Host(four)
	if name != "localhost" {
		t.Errorf("127.0.0.1 is %q", name)
	}
	n.hosts[four] = "remembered"
	if again := n.Host(four); again != "remembered" {
		t.Errorf("asked again: %q", again)
	}
	if a, err := n.Addr("no-such-host.invalid", ipvs.IPv6); err == nil {
		t.Errorf("a host that is not there is %v", a)
	}
}
