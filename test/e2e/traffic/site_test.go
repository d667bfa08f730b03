//go:build e2e

package traffic

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

// soon bounds every wait.
const soon = 60 * time.Second

const keepalived = "keepalived"

// inGuest runs the test once more, in a user-mode kernel, and there calls play.
func inGuest(t *testing.T, play func()) {
	if lab.InGuest() {
		play()
		return
	}
	t.Parallel()
	tell := func(line string) {
		if strings.Contains(line, "--- PASS") {
			fmt.Print(line)
		}
	}
	lab.Judge(t, func(t *lab.Trial) { lab.Guest{Tell: tell}.Test(t) })
}

// Addresses of services, on every director.
const (
	direct4 = "192.168.1.100" // by direct routing
	direct6 = "fd00:1::100"
	nat4    = "10.9.0.100" // by NAT: clients are in a network that servers reach through the director
	nat6    = "fd00:9::100"
)

// A site is a client, directors and servers on one switch. Its directors run one program.
type site struct {
	t         testing.TB
	lan       *lab.LAN
	client    *lab.Host
	directors []*lab.Host
	servers   map[string]*lab.Host // by name
	program   string
	ports     int // of the client and of services, used so far: IPVS remembers for minutes
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// The addresses of servers.
func addr4(server string) string { return "192.168.1.2" + server[1:] }
func addr6(server string) string { return "fd00:1::2" + server[1:] }

func newSite(t testing.TB, program string, directors int) *site {
	s := &site{t: t, program: program, servers: map[string]*lab.Host{}, ports: 20000}
	var err error
	s.lan, err = lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(s.lan.Close()) })
	s.client = s.host("client", "192.168.1.10/24", "192.168.1.11/24", "192.168.1.200/24", "10.9.0.10/24", "fd00:1::10/64",
		"fd00:1::11/64", "fd00:1::200/64", "fd00:9::10/64")
	for i := range directors {
		d := s.host(fmt.Sprint("d", i+1), fmt.Sprintf("192.168.1.%d/24", 151+i), fmt.Sprintf("10.9.0.%d/24", 151+i),
			fmt.Sprintf("fd00:1::%d/64", 151+i), fmt.Sprintf("fd00:9::%d/64", 151+i))
		s.ip(d, virtual(direct4, "eth0"), virtual(direct6, "eth0"), virtual(nat4, "eth0"), virtual(nat6, "eth0"))
		s.must(d.Sysctl("net/ipv4/ip_forward", "1"))
		s.must(d.Sysctl("net/ipv6/conf/all/forwarding", "1"))
		s.directors = append(s.directors, d)
	}
	for _, name := range []string{"s1", "s2", "s3"} {
		h := s.host(name, addr4(name)+"/24", addr6(name)+"/64")
		s.holdfast(h, "realserver", "apply", direct4, direct6)
		s.run(h, "ip", "route", "add", "10.9.0.0/24", "via", "192.168.1.151")
		s.run(h, "ip", "-6", "route", "add", "fd00:9::/64", "via", "fd00:1::151")
		s.servers[name] = h
	}
	return s
}

// host is one whose neighbours' word about shorter ways does not count.
func (s *site) host(name string, addrs ...string) *lab.Host {
	h, err := s.lan.AddHost(name)
	s.must(err)
	for _, of := range []string{"all", "eth0"} {
		s.must(h.Sysctl("net/ipv4/conf/"+of+"/accept_redirects", "0"))
		s.must(h.Sysctl("net/ipv4/conf/"+of+"/send_redirects", "0"))
	}
	s.must(h.Sysctl("net/ipv6/conf/eth0/accept_redirects", "0"))
	for _, a := range addrs {
		s.must(h.AddAddr("eth0", netip.MustParsePrefix(a)))
	}
	return h
}

func (s *site) run(h *lab.Host, name string, args ...string) string {
	s.t.Helper()
	out, err := h.Run(name, args...)
	s.must(err)
	return out
}

// ip has a host carry out lines of ip at once.
func (s *site) ip(h *lab.Host, lines ...string) {
	s.t.Helper()
	file, err := h.WriteFile("ip.batch", strings.Join(lines, "\n")+"\n")
	s.must(err)
	s.run(h, "ip", "-batch", file)
}

// virtual is the line by which an address is one of a service: alone, and not chosen as a source.
func virtual(vip, link string) string {
	if strings.Contains(vip, ":") {
		return "address replace " + vip + "/128 dev " + link + " nodad preferred_lft 0"
	}
	return "address replace " + vip + "/32 dev " + link + " scope host"
}

func (s *site) holdfast(h *lab.Host, args ...string) {
	s.t.Helper()
	s.run(h, lab.Program(), args...)
}

// port is one that nobody had before.
func (s *site) port() int { s.ports++; return s.ports }
