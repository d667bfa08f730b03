package healthcheck

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/icmp"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// patience is enough for an answer that does come, also on a busy machine.
const patience = 10 * time.Second

func pingTarget(to string, timeout time.Duration) Target {
	return Target{Service: vs, Server: rs, Checker: config.Checker{
		Kind: config.CheckPing, Connect: netip.AddrPortFrom(netip.MustParseAddr(to), 80), ConnectTimeout: timeout,
	}}
}

// sockets are the two kinds of sockets for echoes, by the ping_group_range that leads to them.
var sockets = map[string]string{
	"a socket as anybody may have it": "0 2147483647",
	"a raw socket":                    "1 0",
}

// onWires runs f in a namespace with a wire, over IPv4 and IPv6 and with both sockets.
func onWires(t *testing.T, talk func(*wire, heard), f func(w *wire, run func(string), to, label string)) {
	t.Helper()
	var all sync.WaitGroup
	for socket, groups := range sockets {
		for _, to := range []string{there4, there6} {
			all.Go(func() {
				inNamespace(t, func(run func(string)) {
					run("echo " + groups + " > /proc/sys/net/ipv4/ping_group_range")
					w := wireOut(t, run, talk)
					defer w.file.Close()
					f(w, run, to, socket+" to "+to)
				})
			})
		}
	}
	all.Wait()
}

// What counts as a reply, and what does not.
func TestSemantics10_12_PingReplies(t *testing.T) {
	const brief = 200 * time.Millisecond
	silence := "no answer within 0.2 s"
	change := func(f func(*icmp.Echo)) func(*wire, heard) {
		return func(w *wire, h heard) {
			m := h.reply()
			body := *m.Body.(*icmp.Echo)
			body.Data = bytes.Clone(body.Data)
			f(&body)
			m.Body = &body
			w.send(h.dst, h, m)
		}
	}
	elsewhere := func(h heard) netip.Addr {
		if h.dst.Is6() {
			return netip.MustParseAddr(other6)
		}
		return netip.MustParseAddr(other4)
	}
	for name, c := range map[string]struct {
		talk func(*wire, heard)
		want string // reason; "" passes
	}{
		"answers":           {func(w *wire, h heard) { w.send(h.dst, h, h.reply()) }, ""},
		"answers twice":     {func(w *wire, h heard) { w.send(h.dst, h, h.reply()); w.send(h.dst, h, h.reply()) }, ""},
		"drops":             {func(*wire, heard) {}, silence},
		"another id":        {change(func(e *icmp.Echo) { e.ID ^= 1 }), silence},
		"another sequence":  {change(func(e *icmp.Echo) { e.Seq ^= 1 }), silence},
		"another payload":   {change(func(e *icmp.Echo) { e.Data[100] ^= 1 }), silence},
		"a part of it":      {change(func(e *icmp.Echo) { e.Data = e.Data[:64] }), silence},
		"no payload":        {change(func(e *icmp.Echo) { e.Data = nil }), silence},
		"more than it":      {change(func(e *icmp.Echo) { e.Data = append(e.Data, 'x') }), silence},
		"as long as can be": {change(func(e *icmp.Echo) { e.Data = append(e.Data, make([]byte, 65000)...) }), silence},
		"from elsewhere":    {func(w *wire, h heard) { w.send(elsewhere(h), h, h.reply()) }, silence},
		"a code":            {func(w *wire, h heard) { m := h.reply(); m.Code = 1; w.send(h.dst, h, m) }, silence},
		"wrong, then right": {func(w *wire, h heard) {
			change(func(e *icmp.Echo) { e.Seq ^= 1 })(w, h)
			w.send(h.dst, h, h.reply())
		}, ""},
		"a router says no": {func(w *wire, h heard) { w.send(elsewhere(h), h, h.unreachable(false)) }, "unreachable"},
		"a firewall does":  {func(w *wire, h heard) { w.send(elsewhere(h), h, h.unreachable(true)) }, "unreachable"},
	} {
		onWires(t, c.talk, func(w *wire, _ func(string), to, label string) {
			timeout := patience
			if c.want == silence {
				timeout = brief
			}
			got := probe(t, pingTarget(to, timeout))
			why := got.Reason.String()
			switch c.want {
			case "":
				wantResult(t, got, attempt.Passed, "")
			case silence:
				wantResult(t, got, attempt.Failed, "ICMP connection to address "+rs+" timeout.")
			default:
				wantResult(t, got, attempt.Failed, "ICMP connection to address "+rs+" failed.")
				why = strings.NewReplacer("no route to host", c.want, "network is unreachable", c.want,
					"permission denied: prohibit route or firewall", c.want).Replace(why)
			}
			if why != c.want {
				t.Errorf("%s, %s: %q, want %q", name, label, why, c.want)
			}
			for _, h := range w.echoes() {
				if len(h.echo.Data) != 128 || !bytes.HasPrefix(h.echo.Data, []byte("keepalived check - keepalived check - ")) {
					t.Errorf("%s: sent %q", label, h.echo.Data)
				}
			}
			if n := len(w.echoes()); n != 1 {
				t.Errorf("%s, %s: %d echoes, want one", name, label, n)
			}
		})
	}
}

// A reply that comes after its attempt is none for the next one.
func TestPingRepliesTooLateDoNotCount(t *testing.T) {
	talk := func(w *wire, h heard) {
		if first := w.echoes()[0]; first.echo.Seq != h.echo.Seq {
			w.send(h.dst, h, first.reply())
		}
	}
	onWires(t, talk, func(w *wire, _ func(string), to, label string) {
		for range 2 {
			if got := probe(t, pingTarget(to, 200*time.Millisecond)); got.Verdict != attempt.Failed {
				t.Errorf("%s: verdict %d", label, got.Verdict)
			}
		}
		if n := len(w.echoes()); n != 2 {
			t.Errorf("%s: %d echoes", label, n)
		}
	})
}

// connect_ip, bindto, bind_if and fwmark have their effect, ports have none.
func TestPingGoesTheWayItIsTold(t *testing.T) {
	honest := func(w *wire, h heard) { w.send(h.dst, h, h.reply()) }
	onWires(t, honest, func(w *wire, run func(string), to, label string) {
		here, second, family, all := here4, here4b, "-4", "0.0.0.0/0"
		if to == there6 {
			here, second, family, all = here6, here6b, "-6", "::/0"
		}
		run(
			"ip " + family + " rule add fwmark 7 lookup 77; ip " + family + " route add " + all + " dev tun0 src " + second + " table 77",
		)
		for name, c := range map[string]struct {
			change func(*config.Checker)
			from   string
		}{
			"nothing": {func(*config.Checker) {}, here},
			"bindto":  {func(k *config.Checker) { k.BindAddr, k.BindPort = netip.MustParseAddr(second), 5050 }, second},
			"bind_if": {func(k *config.Checker) { k.BindIf, k.BindPort = "tun0", 5050 }, here},
			"fwmark":  {func(k *config.Checker) { k.FWMark = 7 }, second},
		} {
			before := len(w.echoes())
			target := pingTarget(to, patience)
			c.change(&target.Checker)
			wantResult(t, probe(t, target), attempt.Passed, "")
			sent := w.echoes()[before:]
			if len(sent) != 1 || sent[0].src.String() != c.from || sent[0].dst.String() != to {
				t.Errorf("%s, %s: %+v, want one from %s", label, name, sent, c.from)
			}
		}
	})
}

// lonely is a network without anybody else, on which the kernel gives up soon.
const lonely = "ip link add d0 type veth peer d1; ip link set d0 up; ip link set d1 up; ip $F route add $HOST dev d0; " +
	"sysctl -qw net.ipv4.neigh.d0.retrans_time_ms=50 net.ipv6.neigh.d0.retrans_time_ms=50"

// Without a way there, without an answer of the neighbour, and with the cable out it fails.
func TestPingWithoutAWay(t *testing.T) {
	for setup, want := range map[string]struct{ line, why string }{
		"ip route add prohibit $HOST":    {"send ICMP$6 packet fail$13", "permission denied: prohibit route or firewall"},
		"ip route add blackhole $HOST":   {"send ICMP$6 packet fail$22", "invalid argument: blackhole route"},
		"ip route add unreachable $HOST": {"send ICMP$6 packet fail$113", "no route to host"},
		"ip link set tun0 down":          {"send ICMP$6 packet fail$101", "network is unreachable"},
		lonely:                           {"ICMP connection to address " + rs + " failed.", "no route to host"},
	} {
		onWires(t, func(*wire, heard) {}, func(_ *wire, run func(string), to, label string) {
			six, family := "", "-4"
			if to == there6 {
				six, family = "v6", "-6"
			}
			run(strings.NewReplacer("$HOST", to, "$F", family).Replace(setup))
			got := probe(t, pingTarget(to, patience))
			line := strings.Replace(want.line, "$6", six, 1)
			if at := strings.IndexByte(line, '$'); at >= 0 {
				number := line[at+1:]
				line = line[:at]
				if six != "" {
					line += " - errno " + number
				}
			}
			if got.Verdict != attempt.Failed || got.Line != line || got.Reason.String() != want.why {
				t.Errorf("%s, %s: verdict %d, %q (%s), want %q (%s)", setup, label, got.Verdict, got.Line, got.Reason, line, want.why)
			}
		})
	}
}

// What this host lacks is no fault of a server, and is said in keepalived's words.
func TestPingThisHostCannotMake(t *testing.T) {
	for want, change := range map[string]func(*config.Checker){
		"bind: cannot assign requested address": func(k *config.Checker) {
			k.BindAddr = netip.MustParseAddr("203.0.113.1")
			if k.Connect.Addr().Is6() {
				k.BindAddr = netip.MustParseAddr("2001:db8:77::1")
			}
		},
		"bind to device nosuch0: no such device": func(k *config.Checker) { k.BindIf = "nosuch0" },
	} {
		onWires(t, func(*wire, heard) {}, func(_ *wire, _ func(string), to, label string) {
			target := pingTarget(to, patience)
			change(&target.Checker)
			line := "ICMP connect fail to create socket. Rescheduling."
			if to == there6 {
				line = "ICMPv6 connect fail to create socket. Rescheduling."
			}
			got := probe(t, target)
			if got.Verdict != attempt.Local || got.Line != line || got.Reason.String() != want {
				t.Errorf("%s: verdict %d, %q (%s)", label, got.Verdict, got.Line, got.Reason)
			}
		})
	}
}

// The attempt stays on the thread that has the namespace.
func TestPingEndsWithItsContext(t *testing.T) {
	onWires(t, func(*wire, heard) {}, func(_ *wire, _ func(string), to, label string) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if got := probePing(ctx, Prober{}, pingTarget(to, time.Hour)); got.Verdict == attempt.Passed || ctx.Err() == nil {
			t.Errorf("%s: %+v", label, got)
		}
	})
}

// This host answers itself: what is sent comes back as a request as well.
func TestPingOfThisHost(t *testing.T) {
	onWires(t, func(*wire, heard) {}, func(_ *wire, _ func(string), to, label string) {
		me := "127.0.0.1"
		if to == there6 {
			me = "::1"
		}
		if got := probe(t, pingTarget(me, patience)); got.Verdict != attempt.Passed {
			t.Errorf("%s: %+v", label, got)
		}
	})
}

// A link-local address is one of the interface that is named.
func TestPingLinkLocal(t *testing.T) {
	for _, groups := range sockets {
		inNamespace(t, func(run func(string)) {
			run("echo " + groups + " > /proc/sys/net/ipv4/ping_group_range; ip link add d0 type veth peer d1;" +
				"ip link set d0 up; ip link set d1 up; ip -6 address add fe80::7/64 dev d0 nodad; " + settled("fe80::7"))
			target := pingTarget("fe80::7", patience)
			target.Checker.BindIf = "d0"
			target.Checker.BindAddr = netip.MustParseAddr("fe80::7")
			if got := probe(t, target); got.Verdict != attempt.Passed {
				t.Errorf("%s: %+v", groups, got)
			}
		})
	}
}
