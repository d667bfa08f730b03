//go:build e2e

// Package realserver has hosts that "holdfast realserver" has made real servers: their neighbours hear nothing of the
// virtual addresses, and clients reach them through a director, by direct routing and through a tunnel.
package realserver

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
const soon = 30 * time.Second

type scene struct {
	*lab.Trial
	lan *lab.LAN
}

func newScene(t *lab.Trial) *scene {
	s := &scene{Trial: t}
	var err error
	s.lan, err = lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(s.lan.Close()) })
	return s
}

func (s *scene) must(err error) {
	if err != nil {
		s.Fatal(err)
	}
}

func (s *scene) host(name string, addrs ...string) *lab.Host {
	var prefixes []netip.Prefix
	for _, a := range addrs {
		prefixes = append(prefixes, netip.MustParsePrefix(a))
	}
	h, err := s.lan.AddHost(name, prefixes...)
	s.must(err)
	return h
}

// holdfast runs a subcommand on a host and gives what it said.
func (s *scene) holdfast(h *lab.Host, want int, args ...string) string {
	cmd := h.Command(lab.Program(), args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		s.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		s.Fatalf("holdfast %s: exit status %d, want %d\n%s", strings.Join(args, " "), code, want, out)
	}
	return string(out)
}

func (s *scene) run(h *lab.Host, name string, args ...string) string {
	out, err := h.Run(name, args...)
	s.must(err)
	return out
}

// asks has a host look for an address in its network, and waits for what comes of it: found or not.
func (s *scene) asks(h *lab.Host, addr string, found bool) {
	a := netip.MustParseAddr(addr)
	s.run(h, "ip", "neighbour", "flush", "to", addr)
	s.must(lab.Eventually(soon, fmt.Sprintf("%s found by %s: %v", addr, h.Name, found), func() (bool, string) {
		_ = h.Ping(a, 200*time.Millisecond) // what counts is who is asked for it
		out := s.run(h, "ip", "neighbour", "show", "to", addr)
		if found {
			return strings.Contains(out, "lladdr"), out
		}
		return strings.Contains(out, "FAILED"), out
	}))
}

// state is all of a host that the subcommand may change.
func (s *scene) state(h *lab.Host) string {
	out := s.run(h, "ip", "-o", "address", "show", "dev", "lo")
	for _, of := range []string{"all", "lo", "eth0"} {
		for _, what := range []string{"arp_ignore", "arp_announce", "rp_filter"} {
			out += s.run(h, "cat", "/proc/sys/net/ipv4/conf/"+of+"/"+what)
		}
	}
	return out
}

func TestNeighboursHearNothing(t *testing.T) { lab.Judge(t, neighbours) }

func neighbours(t *lab.Trial) {
	s := newScene(t)
	server := s.host("server", "192.168.1.21/24", "fd00:1::21/64")
	asker := s.host("asker", "192.168.1.10/24", "fd00:1::10/64")
	four, six := "192.168.1.100", "fd00:1::100"
	before := s.state(server)

	// On lo alone it is answered for, which is what all this is about.
	s.run(server, "ip", "address", "add", four+"/32", "dev", "lo")
	s.asks(asker, four, true)
	if said := s.holdfast(server, 1, "realserver", "check", four); !strings.HasPrefix(said, "eth0 answers ARP for addresses of other interfaces: ") {
		t.Errorf("check before apply:\n%s", said)
	}
	s.run(server, "ip", "address", "del", four+"/32", "dev", "lo")

	if said := s.holdfast(server, 0, "realserver", "apply", "--dry-run", four, six); !strings.Contains(said, "ip address add "+six+"/128 dev lo nodad\n") ||
		s.state(server) != before {
		t.Errorf("--dry-run said\n%s\nbefore\n%s\nafter\n%s", said, before, s.state(server))
	}
	said := s.holdfast(server, 0, "realserver", "apply", four, six)
	if !strings.Contains(said, "nothing is kept over a reboot") {
		t.Errorf("apply in a network namespace said\n%s", said)
	}
	for _, addr := range []string{four, six} {
		s.asks(asker, addr, false)
	}
	s.asks(asker, "192.168.1.21", true)
	if again := s.holdfast(server, 0, "realserver", "apply", "--runtime", four, six); again != "" {
		t.Errorf("a second apply did\n%s", again)
	}
	if said := s.holdfast(server, 0, "realserver", "check"); said != "" {
		t.Errorf("check after apply:\n%s", said)
	}

	// Each thing that somebody breaks is found.
	s.run(server, "ip", "address", "add", four+"/24", "dev", "eth0")
	s.must(server.Sysctl("net/ipv4/conf/all/arp_ignore", "0"))
	s.run(server, "ip", "address", "del", six+"/128", "dev", "lo")
	said = s.holdfast(server, 1, "realserver", "check", "--port", "80", "-o", "json")
	for _, want := range []string{
		`"problem": "192.168.1.100 is on eth0, which tells its neighbours so; want it on lo alone"`, `"interface": "eth0"`,
		`"problem": "eth0 answers ARP for addresses of other interfaces: net.ipv4.conf.eth0.arp_ignore is 0, and 0 for all; want 1"`,
		`"problem": "fd00:1::100 is not on lo"`, `"problem": "nothing listens on [fd00:1::100]:80"`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("check has no %s:\n%s", want, said)
		}
	}
	s.run(server, "ip", "address", "del", four+"/24", "dev", "eth0")
	s.holdfast(server, 0, "realserver", "apply", four, six)
	s.asks(asker, four, false)

	s.holdfast(server, 0, "realserver", "remove", "--all")
	if after := s.state(server); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

// TestTraffic is a client, a director and a real server in a user-mode kernel.
func TestTraffic(t *testing.T) {
	if lab.InGuest() {
		lab.Judge(t, traffic)
		return
	}
	lab.Judge(t, func(t *lab.Trial) { lab.Guest{}.Test(t) })
}

// service is a virtual server with one real server that counts as up from the beginning.
func service(vip, method, rip string) string {
	return fmt.Sprintf("virtual_server %s 80 {\n  protocol TCP\n  lb_algo rr\n  lvs_method %s\n  delay_loop 1\n"+
		"  real_server %s 80 {\n    TCP_CHECK {\n      connect_timeout 5\n    }\n  }\n}\n", vip, method, rip)
}

func traffic(t *lab.Trial) {
	s := newScene(t)
	client := s.host("client", "192.168.1.10/24", "fd00:1::10/64")
	director := s.host("director", "192.168.1.1/24", "fd00:1::1/64", "192.168.1.100/32", "192.168.1.101/32")
	// As the daemon sets it: not chosen as the source of checks, which the real server would answer to itself.
	s.run(director, "ip", "address", "add", "fd00:1::100/128", "dev", "eth0", "nodad", "preferred_lft", "0")
	server := s.host("server", "192.168.1.21/24", "fd00:1::21/64")
	// As many distributions have it, and as no packet out of a tunnel gets through.
	s.must(server.Sysctl("net/ipv4/conf/all/rp_filter", "1"))
	before := s.state(server)
	s.holdfast(server, 0, "realserver", "apply", "192.168.1.100", "fd00:1::100")
	s.holdfast(server, 0, "realserver", "apply", "--tun", "192.168.1.101")
	var listen []netip.AddrPort
	for _, a := range []string{"192.168.1.21", "192.168.1.100", "192.168.1.101", "fd00:1::21", "fd00:1::100"} {
		listen = append(listen, netip.AddrPortFrom(netip.MustParseAddr(a), 80))
	}
	_, err := server.StartNginx(listen...)
	s.must(err)
	if said := s.holdfast(server, 0, "realserver", "check", "--port", "80"); said != "" {
		t.Errorf("check said\n%s", said)
	}
	conf, err := director.WriteFile("keepalived.conf", service("192.168.1.100", "DR", "192.168.1.21")+
		service("192.168.1.101", "TUN", "192.168.1.21")+service("fd00:1::100", "DR", "fd00:1::21"))
	s.must(err)
	daemon, err := director.Start("holdfast", lab.Program(), "-n", "-l", "-D", "-G", "-f", conf)
	s.must(err)
	t.Witness(daemon.Log)
	for _, url := range []string{"http://192.168.1.100/", "http://192.168.1.101/", "http://[fd00:1::100]/"} {
		s.must(lab.Eventually(soon, "an answer from "+url, func() (bool, string) {
			code, body, err := client.Get(url, 2*time.Second)
			return err == nil && code == 200, fmt.Sprint(code, body, err, s.run(director, "ipvsadm", "-Ln"), daemon.Log())
		}))
	}
	// What came through the tunnel came out of it.
	if packets := strings.TrimSpace(s.run(server, "cat", "/sys/class/net/tunl0/statistics/rx_packets")); packets == "0" {
		t.Error("nothing came through the tunnel")
	}
	s.byHand(director)
	s.holdfast(server, 0, "realserver", "remove", "--all")
	if after := s.state(server); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

// byHand has the table shown as ipvsadm shows it, and changes it under a daemon that puts it back.
func (s *scene) byHand(director *lab.Host) {
	want := s.run(director, "ipvsadm", "-Sn")
	if got := s.holdfast(director, 0, "lvs", "-S", "-n"); got != want {
		s.Errorf("holdfast lvs -S -n:\n%s\nipvsadm\n%s", got, want)
	}
	said := s.holdfast(director, 0, "lvs", "-D", "-t", "192.168.1.100:80")
	if !strings.Contains(said, "holdfast runs here (process ") {
		s.Errorf("lvs said %q", said)
	}
	s.must(lab.Eventually(soon, "the table as it was", func() (bool, string) {
		now := s.run(director, "ipvsadm", "-Sn")
		return now == want, now
	}))
	s.holdfast(director, 0, "lvs", "-A", "-f", "77", "-s", "sed")
	if now := s.run(director, "ipvsadm", "-Sn"); !strings.Contains(now, "-A -f 77 -s sed\n") {
		s.Errorf("a service of somebody else is not there:\n%s", now)
	}
}
