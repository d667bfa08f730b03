package role

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/config"
)

func names(t Table) []Name {
	var all []Name
	for _, r := range t {
		all = append(all, r.Name)
	}
	return all
}

// Whoever reads the table may call what stands in any row, except where the row says that it
// may be missing.
func TestRowsAreWhole(t *testing.T) {
	for _, r := range All() {
		if r.Own == nil || r.Short == "" {
			t.Errorf("%s: it has no name in ps", r.Name)
		}
	}
	taken := map[string]string{Supervisor().Ident: "supervisor", Supervisor().Field: "supervisor", "": "nothing"}
	for _, r := range All() {
		w := r.Work
		if w.In == nil || w.Count == nil || w.Part == nil || w.Remove == nil || r.Scheduling == nil {
			t.Errorf("%s: a function is missing", r.Name)
		}
		for _, word := range []string{w.Thing, w.Keyword, w.Plural, r.Title} {
			if word == "" {
				t.Errorf("%s: a word is missing", r.Name)
			}
		}
		for _, name := range []string{r.Process, r.Log.Ident, r.Log.Field, r.Log.Suffix, r.PIDFile} {
			if other := taken[name]; other != "" {
				t.Errorf("%s: %q is taken by %s", r.Name, name, other)
			}
			taken[name] = string(r.Name)
		}
	}
}

func TestProcessesKnowTheirRole(t *testing.T) {
	for argv0, want := range map[string]Name{
		"keepalived_vrrp": "vrrp", "keepalived_healthcheckers": "checker", "keepalived_bfd": "bfd",
	} {
		if r, ok := All().Of(argv0); !ok || r.Name != want {
			t.Errorf("%s is %q, %v", argv0, r.Name, ok)
		}
	}
	for _, argv0 := range []string{"", "keepalived", "holdfast", "vrrp", "/usr/sbin/keepalived_vrrp"} {
		if r, ok := All().Of(argv0); ok {
			t.Errorf("%q is %q", argv0, r.Name)
		}
	}
}

// The configurations that differ in what roles have to do.
func routers(n int) *config.Config { return &config.Config{Instances: make([]config.Instance, n)} }
func services(n int) *config.Config {
	return &config.Config{VirtualServers: make([]config.VirtualServer, n)}
}
func sessions(n int) *config.Config { return &config.Config{BFDs: make([]config.BFD, n)} }
func both() *config.Config {
	return &config.Config{Instances: make([]config.Instance, 1), VirtualServers: make([]config.VirtualServer, 1)}
}

// off is the table with some roles kept from running.
func off(which ...Name) Table {
	t := All()
	for i := range t {
		t[i].Off = slices.Contains(which, t[i].Name)
	}
	return t
}

func TestWhatIsWanted(t *testing.T) {
	for _, c := range []struct {
		what  string
		table Table
		cfg   *config.Config
		all   bool
		want  []Name
		idle  bool
	}{
		{"nothing", All(), routers(0), false, nil, true},
		{"a router", All(), routers(1), false, []Name{"vrrp"}, false},
		{"services", All(), services(2), false, []Name{"checker"}, false},
		{"both", All(), both(), false, []Name{"vrrp", "checker"}, false},
		{"nothing, but all", All(), routers(0), true, []Name{"vrrp", "checker", "bfd"}, true},
		{"both, without vrrp", off("vrrp"), both(), false, []Name{"checker"}, false},
		{"a router, without vrrp", off("vrrp"), routers(1), false, nil, true},
		{"all, without the checker", off("checker"), both(), true, []Name{"vrrp", "bfd"}, false},
		{"sessions", All(), sessions(1), false, []Name{"bfd"}, false},
		{"sessions, without bfd", off("bfd"), sessions(1), false, nil, true},
	} {
		var wanted []Name
		for _, r := range c.table {
			if r.Wanted(c.cfg, c.all) {
				wanted = append(wanted, r.Name)
			}
		}
		if !slices.Equal(wanted, c.want) || c.table.Idle(c.cfg) != c.idle {
			t.Errorf("%s: wanted %v, idle %v", c.what, wanted, c.table.Idle(c.cfg))
		}
	}
}

func TestWhatRunsOfAConfiguration(t *testing.T) {
	for _, c := range []struct {
		table              Table
		instances, servers int
	}{{All(), 1, 1}, {off("vrrp"), 0, 1}, {off("checker"), 1, 0}, {off("vrrp", "checker"), 0, 0}} {
		cfg := both()
		got := c.table.Running(cfg)
		if len(got.Instances) != c.instances || len(got.VirtualServers) != c.servers {
			t.Errorf("%v: %d instances, %d servers", names(c.table), len(got.Instances), len(got.VirtualServers))
		}
		if len(cfg.Instances) != 1 || len(cfg.VirtualServers) != 1 {
			t.Error("the configuration itself was changed")
		}
	}
}

// The vrrp process is not sent what it has no use for, and what the supervisor keeps stays
// whole.
func TestParts(t *testing.T) {
	c := &config.Config{
		Instances:      []config.Instance{{Name: "VI"}},
		VirtualServers: []config.VirtualServer{{Port: 80, RealServers: []config.RealServer{{Port: 8080}}}},
	}
	if got := Checker().Work.Part(c); !config.Equal(*got, *c) {
		t.Errorf("checker: %+v", got)
	}
	c.BFDs = []config.BFD{{Name: "peer"}}
	if got := BFD().Work.Part(c); len(got.BFDs) != 1 || got.Instances != nil || got.VirtualServers != nil {
		t.Errorf("bfd: %+v", got)
	}
	got := VRRP().Work.Part(c)
	if len(got.Instances) != 1 || len(got.VirtualServers) != 1 || got.VirtualServers[0].Port != 80 || got.VirtualServers[0].RealServers != nil {
		t.Errorf("vrrp: %+v", got)
	}
	if len(c.VirtualServers[0].RealServers) != 1 {
		t.Error("the configuration lost its real servers")
	}
}

func TestWhoReadsTheGeneralFIFO_cli9_7(t *testing.T) {
	mute := Role{Name: "mute", Work: Work{In: func(*config.Config) bool { return true }}}
	for _, c := range []struct {
		what  string
		table Table
		cfg   *config.Config
		want  Name
	}{
		{"a router", All(), routers(1), "vrrp"},
		{"nothing", All(), routers(0), "vrrp"},
		{"both", All(), both(), "checker"},
		{"services", All(), services(1), "checker"},
		{"both, without the checker", off("checker"), both(), "vrrp"},
		{"both, without vrrp", off("vrrp"), both(), "checker"},
		{"both, and a role that writes to no FIFO", append(All(), mute), both(), "checker"},
		{"only a role that writes to no FIFO", Table{mute}, both(), ""},
	} {
		if got := c.table.Reader(c.cfg); got != c.want {
			t.Errorf("%s: %q", c.what, got)
		}
	}
}

func TestFIFOs(t *testing.T) {
	g := config.Global{VRRPNotifyFIFO: config.FIFO{Path: "/v"}, LVSNotifyFIFO: config.FIFO{Path: "/l"}}
	if v, l := VRRP().Notify.FIFO(g).Path, Checker().Notify.FIFO(g).Path; v != "/v" || l != "/l" {
		t.Errorf("vrrp writes to %s, the checker to %s", v, l)
	}
}

func TestScheduling(t *testing.T) {
	g := config.Global{
		VRRPPriority: -1, VRRPRTPriority: 2, VRRPNoSwap: true,
		CheckerPriority: -3, CheckerRTPriority: 4,
		Scheduling: config.Scheduling{BFDPriority: -5, BFDRTPriority: 6, BFDNoSwap: true,
			VRRPCPUs: []uint{0}, CheckerCPUs: []uint{1, 2}, BFDCPUs: []uint{3},
			VRRPRTTime: 7, CheckerRTTime: 8000000, BFDRTTime: 9,
			AutoPriority: 50, AutoPriorityDelay: time.Second},
	}
	for _, c := range []struct {
		role Role
		want Scheduling
	}{
		{BFD(), Scheduling{Nice: -5, Realtime: 6, Locked: true, CPUs: []uint{3}, RTTime: 9 * time.Microsecond,
			RTName: "bfd_rlimit_rttime"}},
		{VRRP(), Scheduling{Nice: -1, Realtime: 2, Locked: true, CPUs: []uint{0}, RTTime: 7 * time.Microsecond,
			RTName: "vrrp_rlimit_rttime"}},
		{Checker(), Scheduling{Nice: -3, Realtime: 4, CPUs: []uint{1, 2}, RTTime: 8 * time.Second,
			RTName: "checker_rlimit_rttime"}},
	} {
		// What late timers do is the same for all.
		c.want.AutoMax, c.want.AutoAfter = 50, time.Second
		if got := c.role.Scheduling(g); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.role.Name, got, c.want)
		}
	}
}

// Every command that a role may run is known when a configuration is loaded, and asking for the first
// few only, as range with break does, is allowed.
func TestPrograms(t *testing.T) {
	cmd := func(name string) config.Command { return config.Command{Argv: []string{name}} }
	c := &config.Config{
		Instances: []config.Instance{{Notify: config.Notify{Master: cmd("im"), Backup: cmd("ib"), Fault: cmd("if"), Stop: cmd("is"),
			Any: cmd("ia"), Deleted: cmd("id"), MasterRxLowerPri: cmd("il")}}},
		Groups: []config.SyncGroup{{Notify: config.Notify{Any: cmd("ga")}}},
		VirtualServers: []config.VirtualServer{{QuorumUp: cmd("qu"), QuorumDown: cmd("qd"),
			RealServers: []config.RealServer{{Notify: &config.UpDown{Up: cmd("ru"), Down: cmd("rd")}}, {}}}},
	}
	for _, v := range []struct {
		role Role
		want []string
	}{
		{VRRP(), []string{"notify script im", "notify script ib", "notify script if", "notify script is", "notify script ia",
			"notify script id", "notify script il", "notify script ga"}},
		{Checker(), []string{"quorum script qu", "quorum script qd", "notify script ru", "notify script rd"}},
	} {
		var got []string
		for cmd, what := range v.role.Notify.Programs(c) {
			if cmd.IsSet() {
				got = append(got, what+" "+cmd.Argv[0])
			}
		}
		if !slices.Equal(got, v.want) {
			t.Errorf("%s: %q", v.role.Name, got)
		}
		for stop := range 12 {
			n := 0
			for range v.role.Notify.Programs(c) {
				if n++; n > stop {
					break
				}
			}
		}
	}
}

func TestNamesInPS(t *testing.T) {
	for _, c := range []struct {
		names config.Names
		want  string
	}{
		{config.Names{}, "keepalived_vrrp keepalived_healthcheckers keepalived_bfd"},
		{config.Names{ByRole: true}, "keepalived_vrrp keepalived_lvs keepalived_bfd"},
		{config.Names{Parent: "p"}, "p p p"},
		{config.Names{Parent: "p", ByRole: true}, "keepalived_vrrp keepalived_lvs keepalived_bfd"},
		{config.Names{Parent: "p", VRRP: "v", Checker: "c", BFD: "b", ByRole: true}, "v c b"},
		{config.Names{Parent: "p", Checker: "c"}, "p c p"},
	} {
		var got []string
		for _, r := range All() {
			got = append(got, r.Called(c.names))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v: %s, want %s", c.names, s, c.want)
		}
	}
}

// What the SSL block has from its files is for the checker alone.
func TestSecretsOfChecksStayThere(t *testing.T) {
	c := &config.Config{SSL: config.SSL{Password: "sesame", Contents: config.SSLContents{Key: "a key"}}}
	for _, r := range []Role{VRRP(), BFD(), Checker()} {
		if got := r.Work.Part(c); (got.SSL == c.SSL) != (r.Name == Checker().Name) || got.SSL != c.SSL && got.SSL != (config.SSL{}) {
			t.Errorf("%s gets %+v", r.Name, got.SSL)
		}
	}
}
