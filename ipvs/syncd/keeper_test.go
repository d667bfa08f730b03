package syncd

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// A bench is a kernel with the lives of a role that keeps its daemons.
type bench struct {
	testing.TB
	k      *fake.Kernel
	path   string
	keeper *Keeper
	logs   *observer.ObservedLogs
	seen   int // commands that were looked at
	lives  uint64
	broken atomic.Bool // opening fails
	opened atomic.Int32
	dead   atomic.Bool // the life that ends just now does nothing any more
}

func newBench(t testing.TB) *bench {
	b := &bench{TB: t, k: fake.New(), path: filepath.Join(t.TempDir(), "role.sync")}
	b.k.SetLink("eth1", 1500)
	b.k.SetLink("eth2", 9000)
	b.begin()
	return b
}

// begin starts a life. The one before, if it was not ended, is dead to it.
func (b *bench) begin() {
	core, logs := observer.New(zapcore.InfoLevel)
	b.logs = logs
	b.lives++
	self, err := statefile.Self()
	if err != nil {
		b.Fatal(err)
	}
	self.Process = statefile.Process{PID: 1 << 30, Start: b.lives}
	self.Parent = statefile.Process{PID: 1 << 29, Start: b.lives}
	b.keeper = New(Options{Log: zap.New(core), State: statefile.New(b.path, self), Open: func() (Kernel, error) {
		b.opened.Add(1)
		if b.broken.Load() {
			return nil, errors.New("kernel has no IPVS")
		}
		return mortal{b}, nil
	}})
}

// crash ends a life with nothing given back, and with its record as it was.
func (b *bench) crash() {
	files, err := filepath.Glob(b.path + ".*")
	if err != nil {
		b.Fatal(err)
	}
	record := map[string][]byte{}
	for _, f := range files {
		if record[f], err = os.ReadFile(f); err != nil {
			b.Fatal(err)
		}
	}
	b.dead.Store(true) // its goroutine ends, and does nothing
	b.keeper.Close(time.Second)
	b.dead.Store(false)
	for f, text := range record {
		if err := os.WriteFile(f, text, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.begin()
}

// A mortal is the kernel for one life.
type mortal struct{ *bench }

func (m mortal) Close() error { return nil }

func (m mortal) Index(name string) int { return m.k.LinkIndex(name) }

func (m mortal) Daemons() (ipvs.Daemons, error) {
	if m.dead.Load() {
		return nil, nil
	}
	return m.k.Daemons()
}

func (m mortal) DoDaemon(c ipvs.DaemonCommand) error {
	if m.dead.Load() {
		return nil
	}
	return m.k.DoDaemon(c)
}

// commands are those since the last look, in words.
func (b *bench) commands() string {
	synctest.Wait()
	var said []string
	all := b.k.DaemonCommands()
	for _, c := range all[b.seen:] {
		if c.Stop {
			said = append(said, "stop "+c.State.String())
		} else {
			said = append(said, fmt.Sprintf("start %s %s %d", c.State, c.Daemon.Interface, c.Daemon.ID))
		}
	}
	b.seen = len(all)
	return strings.Join(said, ", ")
}

func (b *bench) want(commands, table string) {
	b.Helper()
	if got := b.commands(); got != commands {
		b.Errorf("did %q, want %q", got, commands)
	}
	if got := b.table(); got != table {
		b.Errorf("has %q, want %q", got, table)
	}
}

// table is what is there, in words.
func (b *bench) table() string {
	all, err := b.k.Daemons()
	if err != nil {
		b.Fatal(err)
	}
	var said []string
	for _, s := range []ipvs.DaemonState{ipvs.MasterDaemon, ipvs.BackupDaemon} {
		if d, on := all[s]; on {
			said = append(said, fmt.Sprintf("%s %s %d", s, d.Interface, d.ID))
		}
	}
	return strings.Join(said, ", ")
}

// said are the lines since the last look.
func (b *bench) said() string {
	var lines []string
	for _, l := range b.logs.TakeAll() {
		lines = append(lines, l.Message)
	}
	return strings.Join(lines, "\n")
}

func (b *bench) somebody(c ipvs.DaemonCommand) {
	b.Helper()
	if err := b.k.DoDaemon(c); err != nil {
		b.Fatal(err)
	}
	b.seen++
}

func start(s ipvs.DaemonState, id uint8) ipvs.DaemonCommand {
	return ipvs.DaemonCommand{State: s, Daemon: ipvs.Daemon{Interface: "eth1", ID: id}}
}

func stop(s ipvs.DaemonState) ipvs.DaemonCommand { return ipvs.DaemonCommand{Stop: true, State: s} }

func plan(id uint8) Plan { return Plan{On: true, Daemon: ipvs.Daemon{Interface: "eth1", ID: id}} }

func in(t *testing.T, body func(*bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		body(b)
		b.keeper.Close(time.Second)
	})
}

func later() { time.Sleep(10 * time.Second) }

func TestADaemonFollows(t *testing.T) {
	in(t, func(b *bench) {
		b.keeper.Set(plan(51).Following(false))
		b.want("start backup eth1 51", "backup eth1 51")
		b.keeper.Set(plan(51).Following(true))
		b.want("start master eth1 51, stop backup", "master eth1 51")
		b.keeper.Set(plan(51).Following(true)) // a reload that changed nothing
		later()
		b.want("", "master eth1 51")
		b.keeper.Set(plan(52).Following(true))
		b.want("stop master, start master eth1 52", "master eth1 52")
		b.keeper.Set(plan(52).Both())
		b.want("start backup eth1 52", "master eth1 52, backup eth1 52")
		b.keeper.Set(nil)
		b.want("stop master, stop backup", "")
		b.keeper.Set(plan(1).Both())
		b.want("start master eth1 1, start backup eth1 1", "master eth1 1, backup eth1 1")
		b.keeper.Close(time.Second)
		b.want("stop master, stop backup", "")
		if said := b.said(); said != "" {
			t.Errorf("said %s", said)
		}
		if left, err := filepath.Glob(b.path + "*"); len(left) > 0 || err != nil {
			t.Errorf("left %v %v", left, err)
		}
	})
}

// Of many words the last counts, and a daemon that is there as wanted is not touched.
func TestOnlyTheLastWordCounts(t *testing.T) {
	in(t, func(b *bench) {
		b.keeper.Set(plan(51).Following(false))
		b.want("start backup eth1 51", "backup eth1 51")
		for i := range 9 {
			b.keeper.Set(plan(51).Following(i%2 == 0))
		}
		b.keeper.Set(plan(51).Following(false))
		b.commands() // some of the words between may have been heard
		if got := b.table(); got != "backup eth1 51" {
			t.Errorf("has %q", got)
		}
		b.keeper.Set(plan(51).Following(false))
		b.want("", "backup eth1 51")
	})
}

// What is asked for is what is compared, also where the kernel shows the same.
func TestALengthThatIsNotAskedForAnyMore(t *testing.T) {
	in(t, func(b *bench) {
		p := plan(51)
		p.Daemon.MaxLen = 9000
		b.keeper.Set(p.Following(false))
		b.want("start backup eth1 51", "backup eth1 51")
		b.keeper.Set(plan(51).Following(false))
		b.want("stop backup, start backup eth1 51", "backup eth1 51")
		if all, err := b.k.Daemons(); err != nil || all[ipvs.BackupDaemon].MaxLen != 1472 {
			t.Errorf("%v %v", all, err)
		}
		p.Daemon.MaxLen = 1472
		b.keeper.Set(p.Following(false))
		b.want("", "backup eth1 51")
	})
}

func TestWhatSomebodyElseChangesComesBack(t *testing.T) {
	in(t, func(b *bench) {
		b.keeper.Set(plan(51).Following(false))
		b.want("start backup eth1 51", "backup eth1 51")
		b.somebody(stop(ipvs.BackupDaemon))
		time.Sleep(1100 * time.Millisecond)
		b.want("start backup eth1 51", "backup eth1 51")
		b.somebody(stop(ipvs.BackupDaemon))
		b.somebody(start(ipvs.BackupDaemon, 7))
		time.Sleep(1100 * time.Millisecond)
		b.want("stop backup, start backup eth1 51", "backup eth1 51")
		want := "IPVS: the backup sync daemon was stopped by somebody else, starting it again (1 times so far)\n" +
			"IPVS: the backup sync daemon was changed by somebody else, starting it again (2 times so far)\n" +
			"Replacing the backup sync daemon that is there (mcast=eth1, syncid=7, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)"
		if said := b.said(); said != want {
			t.Errorf("said\n%s", said)
		}
		for range 200 {
			b.somebody(stop(ipvs.BackupDaemon))
			time.Sleep(1100 * time.Millisecond)
		}
		if said := b.said(); strings.Count(said, "\n") != 4 || !strings.HasSuffix(said, "(200 times so far)") {
			t.Errorf("said\n%s", said)
		}
	})
}

// What is in the place of what we want is replaced, also at the stop; the other end is not ours (semantics 8.20).
func TestDaemonsOfSomebodyElse(t *testing.T) {
	in(t, func(b *bench) {
		b.somebody(start(ipvs.MasterDaemon, 33))
		b.somebody(start(ipvs.BackupDaemon, 33))
		b.keeper.Set(plan(51).Following(false))
		b.want("stop backup, start backup eth1 51", "master eth1 33, backup eth1 51")
		if said := b.said(); !strings.HasPrefix(said, "Replacing the backup sync daemon that is there (mcast=eth1, syncid=33,") {
			t.Errorf("said %s", said)
		}
		later()
		b.want("", "master eth1 33, backup eth1 51")
		b.keeper.Close(time.Second)
		b.want("stop backup", "master eth1 33")
	})
	in(t, func(b *bench) {
		b.somebody(start(ipvs.MasterDaemon, 33))
		b.keeper.Set(plan(51).Following(true))
		b.want("stop master, start master eth1 51", "master eth1 51")
		b.keeper.Set(plan(51).Following(false))
		b.want("start backup eth1 51, stop master", "backup eth1 51")
	})
	in(t, func(b *bench) { // as it should be
		b.somebody(start(ipvs.BackupDaemon, 51))
		b.keeper.Set(plan(51).Following(false))
		b.want("", "backup eth1 51")
		b.keeper.Close(time.Second)
		b.want("stop backup", "")
	})
	in(t, func(b *bench) { // nothing is wanted
		b.somebody(start(ipvs.BackupDaemon, 51))
		b.keeper.Set(nil)
		b.want("", "backup eth1 51")
		if b.opened.Load() != 0 {
			t.Error("the kernel was asked")
		}
	})
}

// A daemon stays with the interface it was started on, which is no more when there is another one of that name.
func TestAnInterfaceThatIsMadeAnew(t *testing.T) {
	in(t, func(b *bench) {
		b.keeper.Set(plan(51).Following(false))
		b.want("start backup eth1 51", "backup eth1 51")
		b.k.RemoveLink("eth1")
		later()
		b.want("", "backup eth1 51")
		b.k.SetLink("eth1", 1500)
		later()
		b.want("stop backup, start backup eth1 51", "backup eth1 51")
		if said := b.said(); said != "Interface eth1 was made anew, starting the backup sync daemon again" {
			t.Errorf("said %s", said)
		}
		b.crash()
		b.k.RemoveLink("eth1")
		b.k.SetLink("eth1", 1500)
		b.keeper.Set(plan(51).Following(false))
		b.want("stop backup, start backup eth1 51", "backup eth1 51")
		later()
		b.want("", "backup eth1 51")
	})
}

func TestAfterACrash(t *testing.T) {
	began := func(b *bench) {
		b.keeper.Set(plan(51).Following(true))
		b.want("start master eth1 51", "master eth1 51")
		b.crash()
		b.want("", "master eth1 51")
	}
	in(t, func(b *bench) {
		began(b)
		b.keeper.Set(plan(51).Following(true))
		b.want("", "master eth1 51")
	})
	in(t, func(b *bench) {
		began(b)
		b.keeper.Set(plan(51).Following(false))
		b.want("start backup eth1 51, stop master", "backup eth1 51")
	})
	in(t, func(b *bench) {
		began(b)
		b.keeper.Set(nil)
		b.want("stop master", "")
	})
	in(t, func(b *bench) { // twice, before the second life has done anything
		began(b)
		b.crash()
		b.keeper.Set(plan(52).Both())
		b.want("start backup eth1 52, stop master, start master eth1 52", "master eth1 52, backup eth1 52")
	})
	in(t, func(b *bench) { // somebody has put another one in its place
		began(b)
		b.somebody(stop(ipvs.MasterDaemon))
		b.somebody(start(ipvs.MasterDaemon, 33))
		b.keeper.Set(nil)
		b.want("", "master eth1 33")
		if said := b.said(); said != "" {
			t.Errorf("said %s", said)
		}
	})
	in(t, func(b *bench) { // what was never configured and never ours stays
		b.keeper.Set(plan(51).Following(true))
		b.want("start master eth1 51", "master eth1 51")
		b.keeper.Close(time.Second)
		b.want("stop master", "")
		b.begin()
		b.somebody(start(ipvs.MasterDaemon, 51))
		b.keeper.Set(nil)
		b.want("", "master eth1 51")
	})
}

func TestWhatCannotBeDoneIsTriedAgain(t *testing.T) {
	in(t, func(b *bench) {
		p := plan(51)
		p.Daemon.Interface = "eth9"
		b.keeper.Set(p.Following(false))
		later()
		if b.commands(); b.table() != "" {
			t.Error(b.table())
		}
		b.k.SetLink("eth9", 1500)
		time.Sleep(time.Second)
		b.want("start backup eth9 51", "backup eth9 51")
		want := "IPVS: starting the backup sync daemon on eth9: no such interface (errno 19)\n" +
			"IPVS: the sync daemons are as wanted now"
		if said := b.said(); said != want {
			t.Errorf("said\n%s", said)
		}
	})
	in(t, func(b *bench) { // without the module, which each attempt looks for
		b.broken.Store(true)
		b.keeper.Set(plan(51).Following(false))
		time.Sleep(100 * time.Second)
		b.keeper.Set(plan(51).Following(true))
		synctest.Wait()
		if n := b.opened.Load(); n < 5 || n > 8 {
			t.Errorf("%d attempts in 100 s", n)
		}
		b.broken.Store(false)
		time.Sleep(time.Minute)
		b.want("start master eth1 51", "master eth1 51")
		want := "IPVS: cannot use IPVS for lvs_sync_daemon: kernel has no IPVS\nIPVS: the sync daemons are as wanted now"
		if said := b.said(); said != want {
			t.Errorf("said\n%s", said)
		}
	})
	in(t, func(b *bench) { // a stop that fails at first
		b.keeper.Set(plan(51).Following(false))
		b.want("start backup eth1 51", "backup eth1 51")
		n := 0
		b.k.RefuseDaemons(func(ipvs.DaemonCommand) error {
			if n++; n < 4 {
				return syscall.ENOMEM
			}
			return nil
		})
		b.keeper.Close(time.Second)
		if b.table() != "" {
			t.Error(b.table())
		}
	})
}

func TestPlans(t *testing.T) {
	group := netip.MustParseAddr("ff02::81")
	all := config.SyncDaemon{Interface: "eth1", VRRP: "VI_1", ID: 7, IDGiven: true, MaxLen: 1200, Port: 9000, TTL: 3, Group: group}
	vi := []config.Instance{{Name: "VI_0", VRID: 1}, {Name: "VI_1", VRID: 51}}
	for _, test := range []struct {
		name string
		s    config.SyncDaemon
		want Plan
	}{
		{"nothing", config.SyncDaemon{}, Plan{}},
		{"everything", all, Plan{On: true, Instance: "VI_1", Daemon: ipvs.Daemon{Interface: "eth1", ID: 7, MaxLen: 1200, Group: group, Port: 9000, TTL: 3}}},
		{"the number of the router", config.SyncDaemon{Interface: "eth1", VRRP: "VI_1"}, Plan{On: true, Instance: "VI_1", Daemon: ipvs.Daemon{Interface: "eth1", ID: 51}}},
		{"0 is a number", config.SyncDaemon{Interface: "eth1", VRRP: "VI_1", IDGiven: true}, Plan{On: true, Instance: "VI_1", Daemon: ipvs.Daemon{Interface: "eth1"}}},
		{"without a router", config.SyncDaemon{Interface: "eth1"}, Plan{On: true, Daemon: ipvs.Daemon{Interface: "eth1"}}},
	} {
		if got := PlanOf(&config.Config{Global: config.Global{SyncDaemon: test.s}, Instances: vi}); got != test.want {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

func TestRecordsAreRead(t *testing.T) {
	all := map[ipvs.DaemonState]own{
		ipvs.MasterDaemon: {ipvs.Daemon{Interface: "eth1", ID: 255, MaxLen: 65507, Group: netip.MustParseAddr("ff02::81"),
			Port: 65535, TTL: 255}, 4},
		ipvs.BackupDaemon: {ipvs.Daemon{Interface: "vlan.10@x"}, 0},
	}
	for _, line := range lines(all) {
		s, d, err := parse(line)
		if err != nil || all[s] != d {
			t.Errorf("%q is %v %v, %v", line, s, d, err)
		}
	}
	for _, bad := range []string{"", "master", "slave eth1 1 0 - 0 0 0", "master eth1 256 0 - 0 0 0",
		"master eth1 1 0 x 0 0 0", "master eth1 1 0 - 0 0 0 more", "master eth1 1 0 - 0 0", "master eth1 1 -5 - 0 0 0"} {
		if s, d, err := parse(bad); err == nil {
			t.Errorf("%q is %v %v", bad, s, d)
		}
	}
}

func TestPatience(t *testing.T) {
	for childWait, want := range map[time.Duration]time.Duration{
		0: 3 * time.Second, time.Second: 3 * time.Second, 5 * time.Second: 3 * time.Second,
		6 * time.Second: 4 * time.Second, time.Minute: 58 * time.Second,
	} {
		if got := Patience(childWait); got != want {
			t.Errorf("a stop that may take %v waits %v, want %v", childWait, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("backup eth1 51 0 224.0.0.81 8848 1 4")
	f.Fuzz(func(t *testing.T, line string) {
		s, d, err := parse(line)
		if err != nil {
			return
		}
		again := lines(map[ipvs.DaemonState]own{s: d})[0]
		if s2, d2, err := parse(again); err != nil || s2 != s || d2 != d {
			t.Errorf("%q became %q", line, again)
		}
	})
}
