package announcer

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/healthcheck/announce"
	"holdfast/internal/netif"
	"holdfast/test/lab"
)

// All tests of this package run in namespaces of their own. The same program is one that shows something until it is
// killed (TestWhatIsShownGoesWithItsProcess).
func TestMain(m *testing.M) {
	if os.Getenv("ANNOUNCER_SHOWS") != "" {
		k := New(Options{})
		k.Set(places("192.0.2.10/32 lo", "2001:db8::10/128 lo", "198.51.100.0/24 100", "2001:db8:1::/48 100"))
		time.Sleep(time.Minute)
		os.Exit(1)
	}
	os.Exit(lab.Isolate(m.Run))
}

// places are written "PREFIX DEV" or "PREFIX TABLE".
func places(all ...string) []announce.Place {
	var list []announce.Place
	for _, text := range all {
		prefix, where, _ := strings.Cut(text, " ")
		p := announce.Place{Prefix: netip.MustParsePrefix(prefix)}
		if _, err := fmt.Sscan(where, &p.Table); err != nil {
			p.Dev = where
		}
		list = append(list, p)
	}
	return list
}

// shown is what the kernel shows of these tests' prefixes.
func shown(t *testing.T) string {
	t.Helper()
	var all []string
	for _, args := range [][]string{
		{"-o", "addr", "show", "dev", "lo"}, {"route", "show", "table", "100"}, {"-6", "route", "show", "table", "100"},
	} {
		out, _ := exec.Command("ip", args...).CombinedOutput() // a table that was never used is an error
		for _, line := range strings.Split(string(out), "\n") {
			for _, word := range strings.Fields(line) {
				if p, err := netip.ParsePrefix(word); err == nil && !p.Addr().IsLoopback() {
					all = append(all, word)
				}
			}
			// ip leaves the length of a single address out.
			if f := strings.Fields(line); len(f) > 0 && args[0] != "-o" {
				if a, err := netip.ParseAddr(f[0]); err == nil {
					all = append(all, a.String())
				}
			}
		}
	}
	return strings.Join(all, " ")
}

func await(t *testing.T, want string) {
	t.Helper()
	err := lab.Eventually(3*lease, "shown: "+want, func() (bool, string) { got := shown(t); return got == want, got })
	if err != nil {
		t.Fatal(err)
	}
}

func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

func loopback(t *testing.T) {
	ip(t, "link set lo up")
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/default/addr_gen_mode", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsShown(t *testing.T) {
	loopback(t)
	core, logs := observer.New(zap.InfoLevel)
	k := New(Options{Log: zap.New(core)})
	k.Set(nil)
	k.Set(places("192.0.2.10/32 lo", "2001:db8::10/128 lo", "198.51.100.0/24 100", "2001:db8:1::/48 100"))
	const all = "192.0.2.10/32 2001:db8::10/128 198.51.100.0/24 2001:db8:1::/48"
	await(t, all)
	// It stays for longer than an address does that nobody confirms, and what somebody takes away comes back.
	ip(t, "addr del 192.0.2.10/32 dev lo")
	ip(t, "route del 198.51.100.0/24 table 100")
	await(t, all)
	begun := time.Now()
	for time.Since(begun) < lease+time.Second {
		if got := shown(t); got != all {
			t.Fatalf("after %v: %s", time.Since(begun), got)
		}
		time.Sleep(confirm / 4)
	}
	if problems, repairs := k.Report(); len(problems) != 0 || repairs != 2 {
		t.Errorf("%v, %d repairs", problems, repairs)
	}
	k.Set(places("2001:db8::10/128 lo", "2001:db8:1::/48 100"))
	await(t, "2001:db8::10/128 2001:db8:1::/48")
	if !k.Close(time.Second) {
		t.Error("nothing was shown at the end")
	}
	if got := shown(t); got != "" {
		t.Errorf("at the end: %s", got)
	}
	if links, _ := exec.Command("ip", "-br", "link").Output(); strings.Contains(string(links), "holdfast") {
		t.Errorf("a device is left:\n%s", links)
	}
	if n := logs.FilterMessageSnippet("was taken away, it is set again").Len(); n != 2 {
		t.Errorf("logged: %v", logs.All())
	}
}

// Routes say that others are better before they go, and no more when that is over.
func TestYield(t *testing.T) {
	loopback(t)
	k := New(Options{})
	defer k.Close(time.Second)
	if got := k.Yield(false); got != 0 {
		t.Errorf("nothing is shown, and %v have to pass", got)
	}
	k.Set(places("192.0.2.10/32 lo"))
	if got := k.Yield(true); got != 0 {
		t.Errorf("addresses alone, and %v have to pass", got)
	}
	k.Yield(false)
	const all = "192.0.2.10/32 198.51.100.0/24 2001:db8:1::/48"
	k.Set(places("192.0.2.10/32 lo", "198.51.100.0/24 100", "2001:db8:1::/48 100"))
	await(t, all)
	metrics := func(want string) {
		t.Helper()
		err := lab.Eventually(3*lease, "metrics "+want, func() (bool, string) {
			four, _ := exec.Command("ip", "route", "show", "table", "100").CombinedOutput()
			six, _ := exec.Command("ip", "-6", "route", "show", "table", "100").CombinedOutput()
			var is []string
			for line := range strings.Lines(string(four) + string(six)) {
				metric := "none"
				if _, rest, has := strings.Cut(line, " metric "); has {
					metric, _, _ = strings.Cut(rest, " ")
				}
				is = append(is, metric)
			}
			return strings.Join(is, " ") == want, string(four) + string(six)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	metrics("none 1024")
	if got := k.Yield(true); got != hearing {
		t.Errorf("routers are given %v", got)
	}
	metrics("10000 10000")
	k.Yield(false)
	metrics("none 1024")
	k.Yield(true)
	metrics("10000 10000")
	await(t, all)
	k.Set(nil)
	await(t, "")
	if _, repairs := k.Report(); repairs != 0 {
		t.Errorf("%d repairs", repairs)
	}
}

// Nobody withdraws what a dead process shows: it goes by itself.
func TestWhatIsShownGoesWithItsProcess(t *testing.T) {
	loopback(t)
	self := exec.Command(os.Args[0])
	self.Env = append(os.Environ(), "ANNOUNCER_SHOWS=1")
	if err := self.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "192.0.2.10/32 2001:db8::10/128 198.51.100.0/24 2001:db8:1::/48")
	if err := self.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = self.Wait() // killed
	if got := shown(t); strings.Contains(got, "198.51.100") || strings.Contains(got, "2001:db8:1:") {
		t.Errorf("routes are left: %s", got)
	}
	await(t, "")
}

func TestWhatIsThereWithoutUs(t *testing.T) {
	loopback(t)
	ip(t, "addr add 192.0.2.10/32 dev lo")
	defer ip(t, "addr del 192.0.2.10/32 dev lo")
	k := New(Options{})
	k.Set(places("192.0.2.10/32 lo", "192.0.2.11/32 lo", "192.0.2.12/32 nowhere"))
	await(t, "192.0.2.10/32 192.0.2.11/32")
	problems, _ := k.Report()
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Place.String()+": "+p.Text)
	}
	const want = "192.0.2.10/32 on lo: it is there without us, and stays when it is withdrawn\n" +
		"192.0.2.12/32 on nowhere: it cannot be shown: no such device"
	if got := strings.Join(texts, "\n"); got != want {
		t.Errorf("%s\nwant:\n%s", got, want)
	}
	k.Close(time.Second)
	await(t, "192.0.2.10/32")
}

// A stubborn kernel refuses what it is told to.
type stubborn struct {
	*netif.Fake
	refuse bool
	device error
}

func (s *stubborn) Device() (string, int, error) { return "eth0", 1, s.device }
func (s *stubborn) Lend() (string, int, int)     { return "", 0, -1 }
func (s *stubborn) Adopt(string, int, int)       {}
func (s *stubborn) Close() error                 { return nil }

func TestRefusals(t *testing.T) {
	fake := &stubborn{Fake: netif.NewFake("eth0")}
	fake.Refuse = func(netif.Change[netif.Address]) error {
		if fake.refuse {
			return unix.ENOBUFS
		}
		return nil
	}
	core, logs := observer.New(zap.InfoLevel)
	openErr := errors.New("no netlink")
	w := &work{log: zap.New(core), mine: map[place]bool{}, open: func() (Kernel, error) { return fake, openErr }}
	step := func(what, problem, there string, want ...string) {
		t.Helper()
		w.turn(places(want...))
		var got string
		if len(w.problems) > 0 {
			got = w.problems[0].Text
		}
		var addresses []string
		for _, a := range fake.State().Addresses {
			addresses = append(addresses, a.Prefix.String())
		}
		if is := strings.Join(addresses, " "); got != problem || is != there {
			t.Errorf("%s: %q, there %q, want %q and %q", what, got, is, problem, there)
		}
	}
	step("no kernel", "it cannot be shown: no netlink", "", "192.0.2.10/32 eth0")
	openErr = nil
	fake.refuse = true
	step("no room", "it cannot be shown: no buffer space available", "", "192.0.2.10/32 eth0")
	step("said once", "it cannot be shown: no buffer space available", "", "192.0.2.10/32 eth0")
	fake.refuse = false
	step("room", "", "192.0.2.10/32", "192.0.2.10/32 eth0")
	fake.refuse = true
	step("cannot go", "it cannot be withdrawn: no buffer space available", "192.0.2.10/32")
	fake.refuse = false
	step("goes", "", "")
	fake.device = unix.ENOENT
	step("no tun", "it cannot be shown: no device for routes: no such file or directory", "", "192.0.2.10/32 100")
	if n := len(logs.All()); n != 4 {
		t.Errorf("%d lines: %v", n, logs.All())
	}
}

// orderly notes in which order routes come and go.
type orderly struct {
	stubborn
	did []string
}

func (o *orderly) ChangeRoutes(changes []netif.Change[netif.Route]) []error {
	for _, c := range changes {
		o.did = append(o.did, fmt.Sprint(map[netif.Op]string{netif.Add: "add", netif.Delete: "delete"}[c.Op], " ", c.What.Dst, " ", c.What.Metric))
	}
	return o.Fake.ChangeRoutes(changes)
}

// A route that is to have another metric goes before the new one comes: FRR would take its end for that of both.
func TestTheFormerMetricGoesFirst(t *testing.T) {
	o := &orderly{stubborn: stubborn{Fake: netif.NewFake("eth0")}}
	w := &work{log: zap.NewNop(), mine: map[place]bool{}, open: func() (Kernel, error) { return o, nil }}
	want := places("198.51.100.0/24 100", "203.0.113.0/24 100")
	for _, step := range []struct {
		metric uint32
		want   string
	}{
		{0, fmt.Sprint([]string{"add 198.51.100.0/24 0", "add 203.0.113.0/24 0"})},
		{0, "[]"},
		{lastChoice, fmt.Sprint([]string{"delete 198.51.100.0/24 0", "add 198.51.100.0/24 10000", "delete 203.0.113.0/24 0", "add 203.0.113.0/24 10000"})},
		{0, fmt.Sprint([]string{"delete 198.51.100.0/24 10000", "add 198.51.100.0/24 0", "delete 203.0.113.0/24 10000", "add 203.0.113.0/24 0"})},
	} {
		o.did, w.metric = nil, step.metric
		w.turn(want)
		if got := fmt.Sprint(o.did); got != step.want || len(w.problems) > 0 {
			t.Errorf("metric %d: %s, want %s; %v", step.metric, got, step.want, w.problems)
		}
	}
}
