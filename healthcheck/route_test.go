package healthcheck

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// inNamespace runs f on a thread with a network of its own, which has its loopback up. f
// must not start goroutines that use the network.
func inNamespace(t *testing.T, f func(run func(command string))) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with its namespace
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Errorf("a network namespace: %v", err)
			return
		}
		run := func(command string) {
			cmd := exec.Command("sh", "-c", command)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", command, err, out)
			}
		}
		run("ip link set lo up; ip address add 192.0.2.1/24 dev lo; ip -6 address add 2001:db8::1/64 dev lo nodad")
		f(run)
	}()
	<-done
}

// A server that this host has no way to is down, whatever says so and whatever checks it:
// with TCP_CHECK a route that forbids left it in the table.
func TestNoWayIsAFailure(t *testing.T) {
	const nft = "ip route add $NET dev lo; nft add table inet f; nft add chain inet f out '{ type filter hook output priority 0; }'; nft add rule inet f out $IP daddr $NET meta l4proto tcp "
	for name, c := range map[string]struct {
		setup, want string
		timeout     time.Duration
	}{
		"no route":          {"", "network is unreachable", patience},
		"unreachable":       {"ip route add unreachable $NET", "no route to host", patience},
		"prohibit":          {"ip route add prohibit $NET", "permission denied: prohibit route or firewall", patience},
		"blackhole":         {"ip route add blackhole $NET", "invalid argument: blackhole route", patience},
		"throw":             {"ip route add throw $NET", "network is unreachable", patience},
		"rule that forbids": {"ip $F rule add to $NET prohibit; ip $F route add $NET dev lo", "permission denied: prohibit route or firewall", patience},
		"interface is down": {"ip link add d0 type veth peer d1; ip address add $ADDR dev d0", "network is unreachable", patience},
		"firewall resets":   {nft + "reject with tcp reset", "connection refused", patience},
		"firewall drops":    {nft + "drop", "no answer within 0.25 s", 250 * time.Millisecond},
	} {
		for _, way := range []struct{ family, ip, net, addr, to string }{
			{"-4", "ip", "10.9.0.0/24", "10.9.0.1/24", "10.9.0.2:80"},
			{"-6", "ip6", "2001:db8:9::/64", "2001:db8:9::1/64", "[2001:db8:9::2]:80"},
		} {
			inNamespace(t, func(run func(string)) {
				run(strings.NewReplacer("$NET", way.net, "$F", way.family, "$IP", way.ip, "$ADDR", way.addr).Replace(cmp.Or(c.setup, "true")))
				targets := everyKind(way.to, c.timeout)
				if !strings.Contains(c.setup, "l4proto tcp") {
					targets = append(targets, udpTarget(netip.MustParseAddrPort(way.to), c.timeout, config.UDPCheck{}))
				}
				for _, target := range targets {
					got := probe(t, target)
					if got.Verdict != attempt.Failed || got.Reason.String() != c.want {
						t.Errorf("%s, %s, %s: verdict %d, reason %q, want %q", name, target.Checker.Kind, way.to, got.Verdict, got.Reason, c.want)
					}
				}
			})
		}
	}
}

// everyKind is a check of each kind that connects over TCP.
func everyKind(to string, timeout time.Duration) (all []Target) {
	for _, kind := range []config.CheckKind{config.CheckTCP, config.CheckHTTP, config.CheckSSL} {
		all = append(all, Target{Service: vs, Server: rs, Checker: config.Checker{
			Kind: kind, Connect: netip.MustParseAddrPort(to), ConnectTimeout: timeout,
			HTTP: &config.HTTPCheck{URLs: []config.URL{{Path: "/"}}},
		}})
	}
	return all
}

// What this host lacks is no fault of a server.
func TestWhatThisHostLacks(t *testing.T) {
	for want, change := range map[string]func(*config.Checker){
		"bind: cannot assign requested address":    func(k *config.Checker) { k.BindAddr = netip.MustParseAddr("198.51.100.7") },
		"bind to device nosuch0: no such device":   func(k *config.Checker) { k.BindIf = "nosuch0" },
		"connect: cannot assign requested address": nil, // no port is left
	} {
		inNamespace(t, func(run func(string)) {
			run("sysctl -qw net.ipv4.ip_local_port_range='40000 40000'")
			var lc net.ListenConfig
			l, err := lc.Listen(t.Context(), "tcp", "192.0.2.1:80")
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Close()
			var d net.Dialer
			only, err := d.DialContext(t.Context(), "tcp", "192.0.2.1:80")
			if err != nil {
				t.Error(err)
				return
			}
			defer only.Close()
			targets := everyKind("192.0.2.1:80", patience)
			if change != nil {
				targets = append(targets, udpTarget(netip.MustParseAddrPort("192.0.2.1:80"), patience, config.UDPCheck{}))
			}
			for _, target := range targets {
				if change != nil {
					change(&target.Checker)
				}
				got := probe(t, target)
				if got.Verdict != attempt.Local || got.Reason.String() != want {
					t.Errorf("%s: verdict %d, reason %q, want %q", target.Checker.Kind, got.Verdict, got.Reason, want)
				}
			}
		})
	}
}

// An interface that was made anew has another number, and what was known of its name counts no more.
func TestLinkLocalOfAnInterfaceMadeAnew(t *testing.T) {
	inNamespace(t, func(run func(string)) {
		made := "ip link add d0 type veth peer d1; ip link set d0 up; ip link set d1 up; ip -6 address add fe80::7/64 dev d0 nodad; " +
			settled("fe80::7")
		run(made)
		at := netip.AddrPortFrom(netip.MustParseAddr("fe80::7"), plainWeb(t))
		for _, what := range []string{"", "ip link del d0; ip link add other type dummy; " + made} {
			run(cmp.Or(what, "true"))
			for _, target := range everyKind(at.String(), patience)[:2] {
				target.Checker.BindIf = "d0"
				if got := probe(t, target); got.Verdict != attempt.Passed {
					t.Errorf("%s after %q: %s", target.Checker.Kind, what, got.Reason)
				}
			}
		}
	})
}

// plainWeb is a web server in the namespace of the thread that never asks the library which interface a client is on:
// it would look at those of another namespace, and remember them.
func plainWeb(t *testing.T) (port uint16) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = errors.Join(unix.Bind(fd, &unix.SockaddrInet6{}), unix.Listen(fd, 8))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Shutdown(fd, unix.SHUT_RDWR); _ = unix.Close(fd) }) // wakes up who waits
	go func() {
		for {
			c, _, err := unix.Accept(fd)
			if err != nil {
				return
			}
			f := os.NewFile(uintptr(c), "client")
			_, _ = f.Read(make([]byte, 2000)) // TCP_CHECK says nothing
			_, _ = f.WriteString(ok3)
			_ = f.Close()
		}
	}()
	me, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(me.(*unix.SockaddrInet6).Port)
}
