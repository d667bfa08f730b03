package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/healthcheck"
	checkengine "holdfast/healthcheck/engine"
	"holdfast/internal/announcer"
	bfdengine "holdfast/internal/bfd/engine"
	"holdfast/internal/firewall"
	"holdfast/internal/metric"
	"holdfast/internal/notify"
	"holdfast/internal/role"
	"holdfast/internal/runas"
	"holdfast/internal/speaker"
	"holdfast/internal/state"
	"holdfast/internal/statefile"
	"holdfast/internal/super"
	"holdfast/internal/track"
	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
	"holdfast/ipvs/syncd"
	vrrpengine "holdfast/vrrp/engine"
)

// formerKeepalived is the variable in which the supervisor tells the vrrp role of a pid file
// that it found, of a daemon that had died: that one has left its addresses.
const formerKeepalived = "HOLDFAST_FORMER_PIDFILE"

// A wiring is what a role needs of this program besides its row: its options, and its engine.
type wiring struct {
	role    role.Role
	pidFile func(*options) *string // the option that names it
	off     func(options) bool     // the option that keeps it from running
	// engine makes the engine, and says in the ChildOptions what it tells and hears.
	engine func(outfit, *super.ChildOptions) super.Engine
}

// wirings has one for each role.
func wirings() []wiring {
	return []wiring{
		{
			role:    role.VRRP(),
			pidFile: func(o *options) *string { return &o.vrrpPID },
			off:     func(o options) bool { return o.onlyChecker },
			engine:  vrrpEngine,
		},
		{
			role:    role.Checker(),
			pidFile: func(o *options) *string { return &o.checkersPID },
			off:     func(o options) bool { return o.onlyVRRP },
			engine:  checkerEngine,
		},
		{
			role:    role.BFD(),
			pidFile: func(o *options) *string { return &o.bfdPID },
			off:     func(o options) bool { return o.noBFD },
			engine:  bfdEngine,
		},
	}
}

// roles is the table of roles as the options have it.
func (o options) roles() role.Table {
	var t role.Table
	for _, w := range wirings() {
		// A copy of the row: the files of the options are for this run.
		r := w.role
		r.PIDFile, r.Off = *w.pidFile(&o), w.off(o)
		t = append(t, r)
	}
	return t
}

// An outfit is what every engine uses.
type outfit struct {
	role     role.Role
	o        options
	log      *zap.Logger
	runner   *runas.Runner
	notifier *notify.Notifier
}

// newChild makes the engine of this process with everything it uses.
func newChild(r role.Role, o options, log *zap.Logger) super.ChildOptions {
	runner := runas.New(runas.Options{Log: log, Ledger: super.ScriptLedger()})
	notifier := notify.New(notify.Options{Log: log, Runner: runner, Role: r, Roles: o.roles()})
	// The engine comes last: it gets these options, and adds what it tells and hears.
	child := super.ChildOptions{Role: r, Log: log, Scripts: runner, Mail: notifier, Scheduler: super.NewScheduler(r, log),
		Recorder: super.NewRecorder(), Metrics: []func() metric.Table{notifier.Metrics}}
	for _, w := range wirings() {
		if w.role.Name == r.Name {
			child.Engine = w.engine(outfit{r, o, log, runner, notifier}, &child)
			child.Listener = overridden(log, child.Engine, child.Listener)
		}
	}
	return child
}

// overridden has an engine go by what operators override, beside what it hears of other roles.
func overridden(log *zap.Logger, e super.Engine, others super.Listener) super.Listener {
	l, err := super.NewOverrides(log)
	if err != nil {
		log.Error(err.Error()) // the type of the news has no form: a test of it fails
		return others
	}
	if o, is := e.(super.Overridable); is {
		l.To(o)
	}
	if others == nil {
		return l
	}
	return super.Listeners{others, l}
}

func checkerEngine(f outfit, child *super.ChildOptions) super.Engine {
	sessions := f.sessions(func(b config.BFD) bool { return b.Checker })
	bgp := speaker.New(speaker.Options{Log: f.log, Space: f.o.place.IPVS, Tell: heard(child.Recorder)})
	child.Listener = super.Listeners{sessions, bgp}
	return checkengine.New(checkengine.Options{
		Log:      f.log,
		Notifier: f.notifier,
		Programs: f.runner,
		Scripts:  healthcheck.Scripts(f.runner),
		OpenIPVS: f.openIPVS(),
		List:     f.listIPVS,
		OpenMarks: func(stray []string, tell func(firewall.Report)) checkengine.Marker {
			return firewall.New(firewall.Options{Stray: stray, Tell: tell, Space: f.o.place.IPVS})
		},
		TryMarks:  func(w firewall.Marks) <-chan error { return firewall.Try(f.o.place.IPVS, w) },
		State:     stateOf(f.role.PIDFile, "ipvs", f.o.place.IPVS, "IPVS services are not remembered over a crash", f.log),
		OldState:  filepath.Join(filepath.Dir(f.role.PIDFile), "holdfast_ipvs.state"),
		KeepIPVS:  f.o.keepIPVS,
		Gen2brain: f.o.metricsCompat == metric.Gen2brain,

		StateDirs:   recordDirs,
		SyncDaemons: f.syncDaemons(),
		Announcer:   announcer.New(announcer.Options{Log: f.log, Space: f.o.place.IPVS}),
		Speaker:     bgp,
		Sources: map[config.CheckKind]func(track.Report) checkengine.Source{
			config.CheckFile: func(r track.Report) checkengine.Source { return track.NewFiles(f.log, r) },
			config.CheckBFD:  func(r track.Report) checkengine.Source { return sessions.To(r) },
		},
		Late:     child.Scheduler.Late,
		Recorder: child.Recorder,
		Seed:     uint64(time.Now().UnixNano()),
	})
}

// heard records which routers hear by BGP of what is announced.
func heard(to checkengine.Recorder) func(speaker.Change) {
	return func(c speaker.Change) {
		ev := state.Event{At: time.Now(), About: state.AboutNeighbor, Name: c.Neighbor.String(), From: "down",
			To: "established", Text: "BGP session with " + c.Neighbor.String() + " is established"}
		if !c.Up {
			ev.From, ev.To, ev.Reason = "established", "down", c.Reason
			ev.Text = "BGP session with " + c.Neighbor.String() + " is lost: " + c.Reason
		}
		to.Record(ev)
	}
}

// openIPVS opens the table where the configuration has it, nil for the namespace of this process.
func (f outfit) openIPVS() func() (checkengine.Kernel, error) {
	space := f.o.place.IPVS
	if space == nil {
		return nil
	}
	return func() (checkengine.Kernel, error) {
		h, err := kernel.OpenIn(space)
		if err != nil {
			return nil, err // not the handle, which would be a Kernel that is not nil
		}
		return h, nil
	}
}

// listIPVS lists the table where the configuration has it, a service at a time.
func (f outfit) listIPVS(take func(*ipvs.ListedService)) error {
	open := kernel.Open
	if space := f.o.place.IPVS; space != nil {
		open = func() (*kernel.Handle, error) { return kernel.OpenIn(space) }
	}
	h, err := open()
	if err != nil {
		return err
	}
	defer h.Close()
	return h.Walk(take)
}

// syncDaemons keeps them in the kernel's table where the configuration has it.
func (f outfit) syncDaemons() *syncd.Keeper {
	space := f.o.place.IPVS
	return syncd.New(syncd.Options{
		Log:   f.log,
		Open:  syncd.In(space),
		State: stateOf(f.role.PIDFile, "sync", space, "sync daemons are not remembered over a crash", f.log),
	})
}

func vrrpEngine(f outfit, child *super.ChildOptions) super.Engine {
	sessions := f.sessions(func(b config.BFD) bool { return b.VRRP })
	child.Listener = sessions
	return vrrpengine.New(vrrpengine.Options{
		Log:      f.log,
		Notifier: f.notifier,
		Sources: map[config.TrackKind]func(track.Report) vrrpengine.Source{
			config.TrackedScript:  func(r track.Report) vrrpengine.Source { return track.NewScripts(f.runner, f.log, r) },
			config.TrackedFile:    func(r track.Report) vrrpengine.Source { return track.NewFiles(f.log, r) },
			config.TrackedProcess: func(r track.Report) vrrpengine.Source { return track.NewProcesses(f.log, r) },
			config.TrackedBFD:     func(r track.Report) vrrpengine.Source { return sessions.To(r) },
		},
		Detail:    f.o.detail > 0,
		Gen2brain: f.o.metricsCompat == metric.Gen2brain,
		KeepVIPs:  f.o.keepVIPs,

		SyncDaemons: f.syncDaemons(),
		Recorder:    child.Recorder,
		Late:        child.Scheduler.Late,
		State: stateOf(f.role.PIDFile, "addresses", nil,
			"addresses of a crashed run cannot be told from the host's own", f.log),
		FormerKeepalived: os.Getenv(formerKeepalived),
	})
}

// sessions follows the BFD sessions that this role is told of.
func (f outfit) sessions(hears func(config.BFD) bool) *track.Sessions {
	s, err := track.NewSessions(f.log, f.o.detail > 0, hears)
	if err != nil {
		f.log.Error(err.Error()) // the type of the news has no form: a test of it fails
	}
	return s
}

func bfdEngine(f outfit, child *super.ChildOptions) super.Engine {
	child.Teller = super.NewTeller()
	return bfdengine.New(bfdengine.Options{
		Log: f.log, Teller: child.Teller, Recorder: child.Recorder,
		Late: child.Scheduler.Late, Seed: uint64(time.Now().UnixNano()),
	})
}

// stateOf is where a role leaves word of what is ours, beside its pid file. Daemons that are told
// apart by their pid files have different ones. Space is the network namespace that it is about, nil for that of
// the process. Without says what is lost without it.
func stateOf(pidFile, kind string, space *os.File, without string, log *zap.Logger) *statefile.File {
	self, err := statefile.Self()
	if err == nil && space != nil {
		self.NetSpace, err = statefile.Space(space)
	}
	if err != nil {
		log.Warn(fmt.Sprintf("%s: %v", without, err))
		// The role runs all the same, and remembers nothing.
		return nil
	}
	dir, name := filepath.Split(pidFile)
	return statefile.New(filepath.Join(dir, "holdfast_"+strings.TrimSuffix(name, ".pid")+"."+kind), self)
}

// overridesOf is where the supervisor with a pid file leaves word of what operators have changed. It is the life of
// that process alone that counts: whoever has started it goes on.
func overridesOf(pidFile string, log *zap.Logger) *statefile.File {
	self, err := statefile.Self()
	if err != nil {
		log.Warn(fmt.Sprintf("overrides are not remembered over the end of this daemon: %v", err))
		return nil
	}
	self.Parent = statefile.Process{}
	dir, name := filepath.Split(pidFile)
	return statefile.New(filepath.Join(dir, "holdfast_"+strings.TrimSuffix(name, ".pid")+".overrides"), self)
}
