//go:build e2e && nftables

package marks

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// soon is for what takes a second at most.
const soon = 60 * time.Second

func TestMain(m *testing.M) {
	if lab.InGuest() {
		os.Exit(m.Run())
	}
	os.Exit(lab.Isolate(m.Run))
}

// inside runs a test in a kernel of its own with nf_tables, beside others. Nothing in it depends on how fast that is.
func inside(t *testing.T, test func(testing.TB)) {
	t.Parallel()
	within(t, withModule(), test)
}

// withModule is the environment of a kernel with nf_tables.
func withModule() []string { return []string{"UMLRUN_MODULES=../../../bin/uml-modules"} }

// within runs a test in a kernel of its own with an environment.
func within(t *testing.T, env []string, test func(testing.TB)) {
	if lab.InGuest() {
		test(t)
		return
	}
	tell := func(line string) {
		if _, figure, is := strings.Cut(line, "figure: "); is {
			t.Log(strings.TrimSpace(figure))
		}
	}
	lab.Guest{Env: env, Tell: tell}.Test(t)
}

// A site is a client, a director and two servers on one switch. Addresses of the group on 10.9.0.0 and fd09:: are
// reached by NAT, those on 192.168.1.0 and 2001:db8:: by direct routing.
type site struct {
	testing.TB
	client, director *lab.Host
	servers          map[string]*lab.Host // by name
	daemon           *lab.Director
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) run(h *lab.Host, line string) string {
	s.Helper()
	out, err := h.Run("/bin/sh", "-c", line)
	s.must(err)
	return out
}

// virtual are the addresses that are served, by the interfaces they are on at the director.
var virtual = []string{"192.168.1.101", "192.168.1.102", "192.168.1.103", "192.168.1.104", "2001:db8::101", "2001:db8::102",
	"10.9.0.101", "10.9.0.102", "fd09::101"}

func newSite(t testing.TB, program string) *site {
	s := &site{TB: t, servers: map[string]*lab.Host{}}
	lan, err := lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(lan.Close()) })
	host := func(name string, n int, more ...string) *lab.Host {
		addrs := []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("192.168.1.%d/24", n)),
			netip.MustParsePrefix(fmt.Sprintf("2001:db8::%d/64", n))}
		for _, a := range more {
			addrs = append(addrs, netip.MustParsePrefix(a))
		}
		h, err := lan.AddHost(name, addrs...)
		s.must(err)
		return h
	}
	s.client = host("client", 10, "10.9.0.10/24", "fd09::10/64")
	s.director = host("director", 1, "10.9.0.1/24", "fd09::1/64")
	for _, name := range []string{"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"} {
		s.must(s.director.Sysctl(name, "1"))
	}
	for _, a := range virtual {
		// Not on the loopback interface: nobody would be answered who asks for one of IPv6.
		s.run(s.director, fmt.Sprintf("ip addr add %s dev eth0%s", a, nodad(a)))
	}
	for n, name := range []string{"one", "two"} {
		h := host(name, 21+n)
		s.servers[name] = h
		// What it gets by direct routing is its own, and nobody is told that.
		s.must(h.Sysctl("net/ipv4/conf/all/arp_ignore", "1"))
		s.must(h.Sysctl("net/ipv4/conf/all/arp_announce", "2"))
		// The director tells them that the client is on their own link.
		for _, family := range []string{"ipv4/conf/all", "ipv4/conf/eth0", "ipv6/conf/eth0"} {
			s.must(h.Sysctl("net/"+family+"/accept_redirects", "0"))
		}
		for _, a := range virtual {
			if direct(a) {
				s.run(h, fmt.Sprintf("ip addr add %s dev lo%s", a, nodad(a)))
			}
		}
		s.run(h, "ip route add 10.9.0.0/24 via 192.168.1.1; ip -6 route add fd09::/64 via 2001:db8::1")
		for _, port := range []string{":80", ":8080"} {
			s.must(h.Do(func() error { return s.answer(port, name) }))
		}
		s.must(h.Do(func() error { return s.echo(":7") }))
	}
	s.daemon = lab.NewDirector(s.director, program)
	s.daemon.Options = []string{"-C"}
	return s
}

// direct reports whether a virtual address is reached by direct routing.
func direct(a string) bool { return strings.HasPrefix(a, "192") || strings.HasPrefix(a, "2001") }

func nodad(a string) string {
	if strings.Contains(a, ":") {
		return " nodad"
	}
	return ""
}

// answer serves the name of the server.
func (s *site) answer(at, name string) error {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return err
	}
	s.Cleanup(func() { _ = l.Close() })
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, name) })) // until it is closed
	}()
	return nil
}

// echo sends lines back.
func (s *site) echo(at string) error {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return err
	}
	s.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			go func() {
				defer c.Close()
				for r := bufio.NewReader(c); ; {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					if _, err = fmt.Fprint(c, line); err != nil {
						return
					}
				}
			}()
		}
	}()
	return nil
}

// A talk is a connection that goes on.
type talk struct {
	net.Conn
	r *bufio.Reader
	n int
}

func (s *site) talk(to string) *talk {
	var c net.Conn
	s.must(s.client.Do(func() (err error) {
		c, err = net.DialTimeout("tcp", to, soon)
		return err
	}))
	s.Cleanup(func() { _ = c.Close() })
	return &talk{Conn: c, r: bufio.NewReader(c)}
}

// goesOn reports why a connection is dead.
func (t *talk) goesOn() error {
	t.n++
	if err := t.SetDeadline(time.Now().Add(soon)); err != nil {
		return err
	}
	line := fmt.Sprintf("line %d\n", t.n)
	if _, err := fmt.Fprint(t, line); err != nil {
		return err
	}
	if got, err := t.r.ReadString('\n'); err != nil || got != line {
		return fmt.Errorf("%q came back, %w", got, err)
	}
	return nil
}

// served waits until requests to an address are answered by both servers.
func (s *site) served(at string) {
	s.Helper()
	names := map[string]bool{}
	s.must(lab.Eventually(soon, "both servers behind "+at, func() (bool, string) {
		_, body, err := s.client.Get("http://"+at+"/", 5*time.Second)
		if err != nil {
			return false, err.Error()
		}
		names[body] = true
		return names["one"] && names["two"], fmt.Sprint(names)
	}))
}

// refused waits until nobody serves an address.
func (s *site) refused(at string) {
	s.Helper()
	s.must(lab.Eventually(soon, "nobody at "+at, func() (bool, string) {
		_, body, err := s.client.Get("http://"+at+"/", 5*time.Second)
		return err != nil && strings.Contains(err.Error(), unix.ECONNREFUSED.Error()), fmt.Sprint(body, err)
	}))
}

func (s *site) start(conf string) {
	s.Helper()
	s.must(s.daemon.Configure(conf))
	s.must(s.daemon.Start())
	_, err := s.daemon.WaitLog(0, "Startup complete", soon)
	s.must(err)
}

func (s *site) stop() {
	s.Helper()
	since := time.Now()
	s.must(s.daemon.Proc.Signal(syscall.SIGTERM))
	_, _, err := s.daemon.Proc.Wait(since, soon)
	s.must(err)
}

// kill ends all of the daemon at once.
func (s *site) kill() {
	s.Helper()
	pid, err := s.daemon.RolePid("checkers")
	s.must(err)
	// Both are stopped first: neither may notice that the other one is dead.
	for _, sig := range []unix.Signal{unix.SIGSTOP, unix.SIGKILL} {
		for _, pid := range []int{pid, s.daemon.Proc.Pid} {
			s.must(unix.Kill(pid, sig))
		}
	}
}

func (s *site) reload(conf string) {
	s.Helper()
	s.must(s.daemon.Configure(conf))
	mark := len(s.daemon.Proc.Log())
	s.must(s.daemon.Reload())
	_, err := s.daemon.WaitLog(mark, "Reload complete", soon)
	s.must(err)
}

// ruleset waits until what nftables has satisfies is.
func (s *site) ruleset(what string, is func(string) bool) {
	s.Helper()
	s.must(lab.Eventually(soon, what, func() (bool, string) {
		out := s.run(s.director, "nft -nn list ruleset")
		return is(out), out
	}))
}
