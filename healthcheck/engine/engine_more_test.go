package engine

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/runas"
	"holdfast/internal/super"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

func webID(port uint16) ipvs.ServiceID {
	return ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: netip.MustParseAddr("10.0.0.1"), Port: port}
}

func TestHangingTargetsDelayNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		c := web(1000)
		for i := range c.VirtualServers[0].RealServers[:900] {
			w.hang[c.VirtualServers[0].RealServers[i].Checkers[0].Connect] = true
		}
		w.load(c)
		after(21100 * time.Millisecond)
		for i, r := range c.VirtualServers[0].RealServers {
			at := r.Checkers[0].Connect
			w.mu.Lock()
			n := w.probed[at]
			w.mu.Unlock()
			if i < 900 && n != 1 || i >= 900 && n != 11 {
				t.Fatalf("server %d was tried %d times in 21 s", i, n)
			}
		}
		w.end()
	})
}

func TestAttemptsAreBoundedAndWaitTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, fake.New(), func(o *Options) { o.MaxProbes = 3 })
		c := web(10)
		for i := range 3 {
			w.hang[c.VirtualServers[0].RealServers[i].Checkers[0].Connect] = true
		}
		w.load(c)
		after(2 * time.Second)
		if len(w.probed) != 3 {
			t.Errorf("%d attempts with room for 3 that hang", len(w.probed))
		}
		// A reload without the hanging ones frees the room; the others go on.
		c2 := web(10)
		c2.VirtualServers[0].RealServers = c2.VirtualServers[0].RealServers[3:]
		w.load(c2)
		after(2 * time.Second)
		if len(w.probed) != 10 {
			t.Errorf("%d of 10 were tried", len(w.probed))
		}
		w.end()
	})
}

func TestStopGivesUpAttemptsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, fake.New(), nil)
		c := web(2)
		w.hang[c.VirtualServers[0].RealServers[0].Checkers[0].Connect] = true
		w.load(c)
		after(1500 * time.Millisecond)
		begin := time.Now()
		w.end()
		if d := time.Since(begin); d > 500*time.Millisecond {
			t.Errorf("stop took %s", d)
		}
	})
}

func TestSemantics8_18_SameConfigurationGivesNoCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		w.load(web(3))
		after(3 * time.Second)
		n, told, lines := len(k.Commands()), len(w.told), w.logs.Len()
		w.load(web(3))
		after(100 * time.Millisecond)
		if got := k.Commands()[n:]; len(got) > 0 {
			t.Errorf("commands %v", got)
		}
		if len(w.told) != told {
			t.Errorf("notifications %v", w.told[told:])
		}
		if got := w.logs.All()[lines:]; len(got) != 2 || got[1].Message != "Reinitializing ipvs" {
			t.Errorf("lines %v", got)
		}
		w.end()
	})
}

func TestRefusedPrepareAndAbortChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		w.load(web(2))
		before, n := k.String(), len(k.Commands())
		bad := web(1)
		bad.VirtualServers[0].RealServers[0].Checkers[0].Kind = config.CheckHTTP
		bad.VirtualServers[0].RealServers[0].Checkers[0].HTTP = &config.HTTPCheck{
			URLs: []config.URL{{Path: "/x", Regex: "("}},
		}
		err := w.engine.Prepare(t.Context(), bad)
		if err == nil || !strings.Contains(err.Error(), "/x") || !strings.Contains(err.Error(), "[10.1.0.1]:tcp:80") {
			t.Errorf("a bad regex at reload: %v", err)
		}
		var perm *super.PermanentError
		if errors.As(err, &perm) {
			t.Error("a reload must not end the daemon")
		}
		if err := w.engine.Commit(t.Context()); err == nil {
			t.Error("committed what was refused")
		}
		if err := w.engine.Prepare(t.Context(), web(1)); err != nil {
			t.Fatal(err)
		}
		w.engine.Abort()
		if err := w.engine.Commit(t.Context()); err == nil {
			t.Error("committed what was aborted")
		}
		after(3 * time.Second)
		if k.String() != before || len(k.Commands()) != n {
			t.Errorf("table:\n%s", k)
		}
		w.end()
	})
}

func TestSemantics10_19_BadRegexAtStartFailsItsCheckOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, fake.New(), nil)
		c := web(1)
		c.VirtualServers[0].RealServers[0].Checkers[0].Kind = config.CheckHTTP
		c.VirtualServers[0].RealServers[0].Checkers[0].HTTP = &config.HTTPCheck{URLs: []config.URL{{Path: "/x", Regex: "("}}}
		w.load(c)
		if !strings.Contains(w.lines(), "invalid regex") {
			t.Errorf("not said:\n%s", w.lines())
		}
		w.end()
	})
}

func TestKernelRefusalIsSaidOnceAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		k.Refuse(func(c ipvs.Command) error {
			if c.Op == ipvs.AddDest && c.Dest.Addr == netip.MustParseAddr("10.1.0.2") {
				return syscall.ENOMEM
			}
			return nil
		})
		w := begin(t, k, nil)
		w.load(web(3))
		if s := k.String(); !strings.Contains(s, "10.1.0.1") || !strings.Contains(s, "10.1.0.3") {
			t.Errorf("the others must be there:\n%s", s)
		}
		after(20 * time.Second)
		if n := strings.Count(w.lines(), "out of memory"); n != 1 {
			t.Errorf("said %d times:\n%s", n, w.lines())
		}
		if strings.Contains(w.lines(), "somebody else") {
			t.Errorf("blames somebody else:\n%s", w.lines())
		}
		k.Refuse(nil)
		after(5 * time.Second)
		if !strings.Contains(k.String(), "10.1.0.2") {
			t.Errorf("not tried again:\n%s", k)
		}
		w.end()
	})
}

func TestUnreadableTableIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, nil)
		w.load(web(1))
		k.RefuseReads(syscall.EPERM)
		after(20 * time.Second)
		if n := strings.Count(w.lines(), "IPVS: "); n != 1 {
			t.Errorf("said %d times:\n%s", n, w.lines())
		}
		k.RefuseReads(nil)
		w.end()
		wantTable(t, k, "")
	})
}

// addLine adds to what a former life has left.
func addLine(t *testing.T, path, line string) {
	t.Helper()
	files, err := filepath.Glob(path + ".*")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	f, err := os.OpenFile(files[0], os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(line + "\n")
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// Who was found down is written down at once, and once a tick when it is many.
func TestWhoIsDownIsWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := filepath.Join(t.TempDir(), "ipvs.state")
		w := begin(t, fake.New(), func(o *Options) { o.State, o.KeepIPVS = remembered(t, state), true })
		w.load(web(3))
		want := func(servers ...int) {
			t.Helper()
			l, err := recall(remembered(t, state), "")
			all := map[lvs.ServerOf]lvs.Standing{}
			for _, n := range servers {
				all[lvs.ServerOf{Service: "[10.0.0.1]:tcp:80", Server: fmt.Sprintf("[10.1.0.%d]:tcp:80", n)}] = lvs.Down
			}
			if err != nil || !maps.Equal(l.servers, all) {
				t.Errorf("%v (%v), want %v", l.servers, err, all)
			}
		}
		after(5 * time.Second)
		want()
		w.set("10.1.0.1:80", true)
		w.set("10.1.0.3:80", true)
		for !strings.Contains(w.lines(), "Removing service [10.1.0.") {
			after(10 * time.Millisecond)
		}
		if l, err := recall(remembered(t, state), ""); err != nil || len(l.servers) == 0 {
			t.Errorf("%v (%v) when the first one was found down", l.servers, err)
		}
		after(20 * time.Second)
		want(1, 3)
		w.set("10.1.0.1:80", false)
		after(20 * time.Second)
		want(3)
		w.end()
		want(3)
	})
}

func TestAdoptionAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := filepath.Join(t.TempDir(), "ipvs.state")
		k := fake.New()
		old := web(2)
		gone := web(1).VirtualServers[0]
		gone.Port = 81
		gone.RealServers[0].Port = 81
		old.VirtualServers = append(old.VirtualServers, gone)
		first := begin(t, k, func(o *Options) { o.State, o.KeepIPVS = remembered(t, state), true })
		first.load(old)
		first.end() // -I leaves table and state file as a kill would
		addLine(t, state, "down [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80")

		mustDo(t, k, ipvs.Command{Op: ipvs.AddService, Service: webID(82), Settings: ipvs.ServiceSettings{Scheduler: "rr"}}) // foreign
		mustDo(t, k, ipvs.Command{Op: ipvs.DeleteDest, Service: webID(80), Dest: ipvs.DestID{Addr: netip.MustParseAddr("10.1.0.1"), Port: 80}})
		mustDo(t, k, ipvs.Command{Op: ipvs.AddDest, Service: webID(80), Dest: ipvs.DestID{Addr: netip.MustParseAddr("10.1.0.9"), Port: 80}})
		n := len(k.Commands())
		second := begin(t, k, func(o *Options) { o.State = remembered(t, state) })
		second.load(web(2))
		// A server that was found down waits for its first check.
		wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1
-A -t 10.0.0.1:82 -s rr
`)
		after(1100 * time.Millisecond)
		wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1
-A -t 10.0.0.1:82 -s rr
`)
		var done []string
		for _, c := range k.Commands()[n:] {
			done = append(done, c.String())
		}
		want := "-D -t 10.0.0.1:81|-d -t 10.0.0.1:80 -r 10.1.0.9:80|-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1"
		if got := strings.Join(done, "|"); got != want {
			t.Errorf("commands\n%s\nwant\n%s", got, want)
		}
		second.end()
		wantTable(t, k, "-A -t 10.0.0.1:82 -s rr\n")
		if left, err := os.ReadDir(filepath.Dir(state)); err != nil || len(left) != 0 {
			t.Errorf("after a clean stop there are files %v (%v)", left, err)
		}
	})
}

func TestSemantics8_2_LVSFlushRemovesForeignServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		mustDo(t, k, ipvs.Command{Op: ipvs.AddService, Service: webID(99), Settings: ipvs.ServiceSettings{Scheduler: "rr"}})
		w := begin(t, k, nil)
		c := web(1)
		c.Global.LVSFlush = true
		w.load(c)
		if strings.Contains(k.String(), ":99") {
			t.Errorf("table:\n%s", k)
		}
		// A service that comes later is left alone.
		mustDo(t, k, ipvs.Command{Op: ipvs.AddService, Service: webID(99), Settings: ipvs.ServiceSettings{Scheduler: "rr"}})
		w.load(c)
		after(10 * time.Second)
		w.end()
		wantTable(t, k, "-A -t 10.0.0.1:99 -s rr\n")
	})
}

func TestSemantics8_17_Stop(t *testing.T) {
	for name, c := range map[string]struct {
		how  config.FlushOnStop
		keep bool
		want string
	}{
		"default":           {config.FlushEntries, false, "-A -t 10.0.0.1:99 -s rr\n"},
		"services":          {config.FlushServices, false, "-A -t 10.0.0.1:99 -s rr\n"},
		"whole table":       {config.FlushAll, false, ""},
		"dont-release-ipvs": {config.FlushAll, true, "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n-A -t 10.0.0.1:99 -s rr\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := fake.New()
				mustDo(t, k, ipvs.Command{Op: ipvs.AddService, Service: webID(99), Settings: ipvs.ServiceSettings{Scheduler: "rr"}})
				w := begin(t, k, func(o *Options) { o.KeepIPVS = c.keep })
				conf := web(1)
				conf.Global.LVSFlushOnStop = c.how
				w.load(conf)
				w.end()
				wantTable(t, k, c.want)
				if got := strings.Contains(w.lines(), "Shutting down service"); got != (c.how == config.FlushEntries) {
					t.Errorf("lines:\n%s", w.lines())
				}
			})
		})
	}
}

func TestSemantics8_21_Timeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := filepath.Join(t.TempDir(), "ipvs.state")
		k := fake.New()
		before, _ := k.Timeouts()
		c := web(1)
		c.Global.LVSTimeouts = config.LVSTimeouts{TCP: 33 * time.Second}
		check := func(want ipvs.Timeouts) {
			t.Helper()
			if got, _ := k.Timeouts(); got != want {
				t.Errorf("timeouts %v, want %v", got, want)
			}
		}
		w := begin(t, k, func(o *Options) { o.State, o.KeepIPVS = remembered(t, state), true })
		w.load(c)
		set := before
		set.TCP = 33 * time.Second
		check(set)
		w.end() // as if killed
		check(set)

		w = begin(t, k, func(o *Options) { o.State = remembered(t, state) })
		c.Global.LVSTimeouts = config.LVSTimeouts{UDP: 7 * time.Second}
		w.load(c)
		set = before
		set.UDP = 7 * time.Second
		check(set)
		w.load(web(1))
		check(before)
		w.load(c)
		w.end()
		check(before)
	})
}

func TestNotificationsAndSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, fake.New(), nil)
		c := web(1)
		c.VirtualServers[0].SMTPAlert = true
		c.VirtualServers[0].QuorumUp = config.Command{Argv: []string{"/q/up"}}
		w.load(c)
		if len(w.told) != 1 || w.told[0].Line != "VS [10.0.0.1]:tcp:80 UP" || w.told[0].Script.Argv[0] != "/q/up" ||
			!w.told[0].Mail || w.told[0].MailSubject != "Virtualserver [10.0.0.1]:tcp:80 - UP" ||
			w.told[0].MailBody != "=> Starting with quorum up 1+0=1 <= 1 <=" {
			t.Errorf("told %+v", w.told)
		}
		s := w.snapshot()
		if len(s.Services) != 1 || s.Services[0].Quorum != "up" || !s.Services[0].Servers[0].Up {
			t.Errorf("snapshot %+v", s)
		}
		w.set("10.1.0.1:80", true)
		after(1500 * time.Millisecond)
		now := w.snapshot()
		if now.Services[0].Quorum != "down" || now.Services[0].Servers[0].Up {
			t.Errorf("snapshot %+v", now.Services[0])
		}
		if s.Services[0].Quorum != "up" {
			t.Error("a snapshot changed")
		}
		w.end()
	})
}

func TestDump(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	path := filepath.Join(dir, "keepalived_check.data")
	var text []byte
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, fake.New(), nil)
		c := web(2)
		c.Global.RouterID = "R1"
		w.load(c)
		w.set("10.1.0.2:80", true)
		after(2 * time.Second)
		if err := w.engine.Dump(super.DumpData); err != nil {
			t.Fatal(err)
		}
		var err error
		if text, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		// Others may write to the directory: what they put there gets nothing, and holds nothing up.
		for what, put := range map[string]func() error{
			"a symbolic link": func() error { return os.Symlink("/dev/null", path) },
			"a FIFO":          func() error { return syscall.Mkfifo(path, 0o666) },
			"a file for all":  func() error { return os.WriteFile(path, nil, 0o666) },
		} {
			if err := put(); err != nil {
				t.Fatal(err)
			}
			theirs, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.engine.Dump(super.DumpData); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if info, _ := os.Lstat(path); os.SameFile(info, theirs) || info.Mode() != 0o600 {
				t.Errorf("%s: the dump is in a file of mode %v", what, info.Mode())
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.engine.Dump(super.DumpStats); err != nil {
			t.Error(err)
		}
		w.end()
		if err := w.engine.Dump(super.DumpData); err == nil {
			t.Error("dumped after the end")
		}
	})
	for _, line := range []string{
		" Router ID = R1", " VS VIP = 10.0.0.1, VPORT = 80", "   lvs_sched = rr", "   protocol = TCP", "   quorum = 1, hysteresis = 0",
		"   RIP = 10.1.0.1, RPORT = 80, WEIGHT = 1 EFF WEIGHT = 1", "   forwarding method = DR", "   alive = 0", "   RS set = 0",
		"   num failed checkers = 1", " [10.0.0.1]:tcp:80 -> [10.1.0.2]:tcp:80", "   Keepalive method = TCP_CHECK",
		"     Dest = [10.1.0.2]:80", "   Delay loop = 2000000 us",
	} {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

// programs resolves every command whose first word exists in it.
type programs map[string]string

func (p programs) Configure(config.Global) {}
func (p programs) Resolve(c config.Command, what string) (runas.Program, error) {
	path, ok := p[c.Argv[0]]
	if !ok {
		return runas.Program{}, fmt.Errorf("%s %s not found", what, c.Argv[0])
	}
	return runas.Program{Path: path, Argv: append([]string{path}, c.Argv[1:]...)}, nil
}

func TestSemantics10_8_MissingScriptDisablesTheChecker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		w := begin(t, k, func(o *Options) { o.Programs = programs{"sh": "/usr/bin/sh"} })
		c := web(2)
		for i, name := range []string{"missing", "sh"} {
			r := &c.VirtualServers[0].RealServers[i]
			r.Checkers[0].Kind, r.Checkers[0].Misc = config.CheckMisc, &config.MiscCheck{
				Command: config.Command{Argv: []string{name, "-c", "x"}},
			}
			w.down[r.Checkers[0].Connect] = true
		}
		w.load(c)
		after(5 * time.Second)
		wantTable(t, k, `
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
`)
		if !strings.Contains(w.lines(), "by [/usr/bin/sh] failed") {
			t.Errorf("lines:\n%s", w.lines())
		}
		if c.VirtualServers[0].RealServers[1].Checkers[0].Misc.Argv[0] != "sh" {
			t.Error("the configuration was changed")
		}
		w.end()
	})
}

func TestSemantics8_16_HASuspendFollowsTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var here atomic.Bool
		w := begin(t, fake.New(), func(o *Options) {
			o.Addresses = func() (map[netip.Addr]bool, error) {
				return map[netip.Addr]bool{netip.MustParseAddr("10.0.0.1"): here.Load()}, nil
			}
		})
		c := web(1)
		c.VirtualServers[0].HASuspend = true
		w.load(c)
		after(10 * time.Second)
		if len(w.probed) != 0 ||
			!strings.Contains(w.lines(), "Deactivating healthchecker for service [10.1.0.1]:tcp:80 for VS [10.0.0.1]:tcp:80") {
			t.Errorf("%d attempts without the address:\n%s", len(w.probed), w.lines())
		}
		here.Store(true)
		after(4 * time.Second)
		if len(w.probed) == 0 {
			t.Errorf("no attempt with the address:\n%s", w.lines())
		}
		w.end()
	})
}

func TestHostAddresses(t *testing.T) {
	here, err := hostAddresses()
	if err != nil || !here[netip.MustParseAddr("127.0.0.1")] {
		t.Errorf("%v %v", here, err)
	}
}
