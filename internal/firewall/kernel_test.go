package firewall

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// All tests of this package run in namespaces of their own.
func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

func nftDo(t *testing.T, words ...string) string {
	t.Helper()
	out, err := exec.Command("nft", strings.Fields(strings.Join(words, " "))...).CombinedOutput()
	if err != nil {
		t.Fatalf("nft %v: %v: %s", words, err, out)
	}
	return string(out)
}

func opened(t *testing.T) *nft {
	k := newNFT(nil)
	t.Cleanup(func() {
		nftDo(t, "flush ruleset")
		if err := k.close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func bring(t *testing.T, k *nft, s state, w Wanted) state {
	t.Helper()
	steps, next := s.change(w.tables())
	if err := k.apply(steps); err != nil {
		t.Fatal(err)
	}
	return next
}

// listed is a table of ours as nft lists it, in the form of table.String, and without what varies.
func listed(t *testing.T, f family, name string) string {
	text := nftDo(t, "list table", f.String(), name)
	for _, c := range []struct{ from, to string }{
		{`\n\t\t(flags constant|elements = \{[^}]*\})`, ""}, {` packets \d+ bytes \d+`, ""}, {`\n\n`, "\n"}} {
		text = regexp.MustCompile(c.from).ReplaceAllString(text, c.to)
	}
	return text
}

var listedElements = regexp.MustCompile(`elements = \{[^}]*\}`)

func TestTheKernelHasWhatIsWanted(t *testing.T) {
	k := opened(t)
	addrs := blocked("192.0.2.1", "2001:db8::1", "fe80::1%lo")
	var s state
	for _, c := range []struct {
		Settings
		dev string
	}{
		{plainSettings, "lo"},
		{Settings{Table: "with-a.name_of_more_than_32_characters", Priority: -317, Counters: true}, "lo"},
		{Settings{Table: "keepalived", Priority: 7, ByIndex: true}, "lo"},
	} {
		w := Blocks{c.Settings, true, addrs}
		if c.ByIndex {
			w.Blocked = blocked("192.0.2.1", "2001:db8::1")
			w.Blocked[Address{Addr: netip.MustParseAddr("fe80::1"), Index: 1}] = true
		}
		s = bring(t, k, s, w)
		if tables := nftDo(t, "list tables"); strings.Count(tables, "table ") != 2 {
			t.Errorf("after %+v there are %s", c.Settings, tables)
		}
		for _, f := range families {
			if diff := cmp.Diff(blocksOf(c.Settings, f).String(), listed(t, f, c.Table)); diff != "" {
				t.Errorf("%v, %+v (-want +got):\n%s", f, c.Settings, diff)
			}
		}
		got := strings.Join(strings.Fields(strings.Join(listedElements.FindAllString(nftDo(t, "list ruleset"), -1), " ")), " ")
		for _, one := range []string{"{ 192.0.2.1 }", "{ 2001:db8::1 }", `{ fe80::1 . "lo" }`,
			"{ nd-neighbor-solicit, nd-neighbor-advert }"} {
			if !strings.Contains(got, "elements = "+one) {
				t.Errorf("%s is not among %s", one, got)
			}
		}
		if !unspoilt(t, k, s) {
			t.Errorf("%+v is taken for damaged", c.Settings)
		}
	}
	bring(t, k, s, Blocks{})
	if left := nftDo(t, "list ruleset"); left != "" {
		t.Errorf("left: %s", left)
	}
}

// unspoilt reports whether tables are as they were made.
func unspoilt(t *testing.T, k *nft, s state) bool {
	t.Helper()
	ok, err := k.intact(s.tables)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestDamageIsSeen(t *testing.T) {
	for _, damage := range []string{
		"flush ruleset", "delete table ip keepalived", "delete table ip6 keepalived", "flush table ip keepalived",
		"flush chain ip6 keepalived in_link_local", "delete element ip keepalived vips { 192.0.2.1 }",
		"add element ip keepalived vips { 192.0.2.9 }", "flush set ip6 keepalived vips_link_local",
		"insert rule ip keepalived in accept", "add rule ip6 keepalived out counter",
	} {
		t.Run(damage, func(t *testing.T) {
			k := opened(t)
			w := Blocks{plainSettings, true, blocked("192.0.2.1", "2001:db8::1", "fe80::1%lo")}
			s := bring(t, k, state{}, w)
			nftDo(t, "add table inet somebody")
			if !unspoilt(t, k, s) {
				t.Error("taken for damaged before")
			}
			nftDo(t, damage)
			if unspoilt(t, k, s) {
				t.Error("taken for intact")
			}
			s = bring(t, k, s.lost(), w)
			if !unspoilt(t, k, s) {
				t.Error("taken for damaged when it is made anew")
			}
		})
	}
}

// A change that cannot be done is not done in part, and the next one works.
func TestARefusedChangeLeavesNothing(t *testing.T) {
	k := opened(t)
	long := strings.Repeat("x", 300)
	steps, _ := state{}.change(Blocks{Settings{Table: long}, true, blocked("192.0.2.1")}.tables())
	good, _ := state{}.change(Blocks{plainSettings, true, blocked("192.0.2.1")}.tables())
	began := time.Now()
	err := k.apply(append(good, steps...))
	if err == nil || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("the answer is %v, want one line", err)
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("that took %v", took)
	}
	if left := nftDo(t, "list ruleset"); left != "" {
		t.Errorf("left: %s", left)
	}
	bring(t, k, state{}, Blocks{plainSettings, true, blocked("192.0.2.1")})
}

// Ten thousand addresses are one transaction.
func TestManyAddresses(t *testing.T) {
	k := opened(t)
	all := Blocked{}
	for n := range 10000 {
		b := [16]byte{0xfe, 0x80, 14: byte(n >> 8), 15: byte(n)}
		all[Address{Addr: netip.AddrFrom16(b), Dev: fmt.Sprintf("eth%d", n%100)}] = true
		all[Address{Addr: netip.AddrFrom4([4]byte{10, 0, b[14], b[15]})}] = true
	}
	s := bring(t, k, state{}, Blocks{plainSettings, true, all})
	if !unspoilt(t, k, s) {
		t.Error("not all of them are there")
	}
	s = bring(t, k, s, Blocks{plainSettings, true, blocked("10.0.0.1")})
	if !unspoilt(t, k, s) {
		t.Error("not all of the others are gone")
	}
}

// The watcher tells of the changes of others, once each, and of ours by our port.
func TestTheWatcher(t *testing.T) {
	k := opened(t)
	ports := make(chan uint32, 100)
	w, err := watch(nil, func(port uint32) { ports <- port })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	next := func() uint32 {
		t.Helper()
		select {
		case port := <-ports:
			return port
		case <-time.After(10 * time.Second):
			t.Fatal("nothing was told")
		}
		return 0
	}
	s := bring(t, k, state{}, Blocks{plainSettings, true, blocked("192.0.2.1")})
	if port := next(); !k.own(port) {
		t.Errorf("a change of ours is told with port %d", port)
	}
	nftDo(t, "add table ip somebody")
	if port := next(); k.own(port) {
		t.Error("a change of somebody is told as ours")
	}
	nftDo(t, "flush ruleset")
	if port := next(); k.own(port) {
		t.Error("a change of somebody is told as ours")
	}
	bring(t, k, s.lost(), Blocks{plainSettings, true, blocked("192.0.2.1")})
	if port := next(); !k.own(port) {
		t.Errorf("a change of ours is told with port %d", port)
	}
}

// The whole of it: what is removed comes back.
func TestTheFilterKeepsItsTables(t *testing.T) {
	opened(t) // for what it removes in the end
	reports := make(chan Report, 10)
	f := New(Options{Tell: func(r Report) { reports <- r }})
	<-f.Set(Blocks{plainSettings, true, blocked("192.0.2.1")})
	want := nftDo(t, "list ruleset")
	nftDo(t, "flush ruleset")
	select {
	case r := <-reports:
		if r.Restored != 1 || r.Err != nil {
			t.Errorf("told %+v", r)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was told")
	}
	if got := nftDo(t, "list ruleset"); got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
	f.Close(10 * time.Second)
	if left := nftDo(t, "list ruleset"); left != "" {
		t.Errorf("left: %s", left)
	}
}

// Without the right to change it the answer comes at once, in one line, and afterwards all is as before.
func TestWithoutTheRight(t *testing.T) {
	k := opened(t)
	steps, _ := state{}.change(Blocks{plainSettings, true, blocked("192.0.2.1", "2001:db8::1")}.tables())
	result := make(chan error, 1)
	began := time.Now()
	go func() {
		// The thread is not unlocked: it ends with the goroutine, so no other one is without the right.
		runtime.LockOSThread()
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			result <- err
			return
		}
		result <- k.apply(steps)
	}()
	if err := <-result; !errors.Is(err, unix.EPERM) || strings.Contains(err.Error(), "\n") {
		t.Errorf("the answer is %v", err)
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("that took %v", took)
	}
	if left := nftDo(t, "list ruleset"); left != "" {
		t.Errorf("left: %s", left)
	}
	bring(t, k, state{}, Blocks{plainSettings, true, blocked("192.0.2.1")})
}
