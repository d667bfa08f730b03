package super

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/chronicle"
	"holdfast/internal/memory"
	"holdfast/internal/news"
	"holdfast/internal/role"
	"holdfast/internal/runas"
	"holdfast/internal/state"
	"holdfast/internal/statefile"
	"holdfast/internal/timetable"
)

// The exit codes of cli 3 that the supervisor decides on.
const (
	statusOK       = 0
	statusFatal    = 1
	statusConfig   = 2
	statusNoConfig = 6
	statusFailed   = 70 // of a role process; it is started again
)

// Options of a Supervisor.
type Options struct {
	Log *zap.Logger
	// Load reads all configuration files. It fails when the main file cannot be
	// read.
	Load func() (syntax.Snapshot, error)
	// LoadOther reads another main file and what it includes, as Load does with that of the daemon.
	LoadOther func(file string) (syntax.Snapshot, error)
	// Bind makes a configuration of a snapshot, once for all processes.
	Bind func(syntax.Snapshot) (*config.Config, []syntax.Diagnostic)
	// InForce is called by the loop with each configuration that has come into force, and must not wait; may be nil.
	InForce func(*config.Config)
	// Secrets adds to a configuration what is in files of its own, at a start after the startup script; may be nil.
	Secrets func(*config.Config) error
	// Loaded is called with each configuration that is about to run (-d); may be nil.
	Loaded func(*config.Config)
	// Executable and Args start the role processes: "/proc/self/exe" and the command
	// line of this process without argv[0].
	Executable string
	Args       []string
	// Roles are those that the daemon has, in the order in which they start, with the names of
	// their pid files. All runs those that are not off even without configuration.
	Roles role.Table
	Place Place
	// PIDFile is the supervisor's own; what could not be written into it is tried again. May be nil.
	PIDFile *PIDFile
	// Overrides is where the changes that operators make are kept for the daemon after this one; nil keeps none.
	Overrides *statefile.File
	// Version is that of the program, for those who ask.
	Version string
	// Name is what ps shows unless the configuration says otherwise; without it neither that nor the umask is
	// touched.
	Name      string
	All       bool
	NoRespawn bool // -R
	IgnoreINT bool
	Systemd   Systemd
	// Succession is what the program has noted that was executed here before; nil for a daemon that begins.
	Succession *Succession
	// Started is called once, when start-up is complete; may be nil.
	Started func()
	// AnswerTime is how long a role may take to prepare or commit; 0 = 1 min.
	AnswerTime time.Duration
}

// slot is the place of one role.
type slot struct {
	// child is nil while there is no process, respawn unless one is to be started again.
	role    role.Role
	wanted  bool // by the running configuration
	ran     bool // a process was running, and nobody has told it to end
	owes    bool // a process was told to begin, and nothing says that all is given back since
	child   *child
	backoff backoff
	respawn *time.Timer
	deaths  uint64
	before  *predecessor // started by another program, and not succeeded yet; nil = none
}

// A Supervisor runs the roles of the daemon as processes.
type Supervisor struct {
	// Only the loop reads events, everybody else hands them over (see deliver). done is closed
	// when the loop is over, so that nobody waits for it.
	o       Options
	events  chan any
	done    chan struct{}
	inlets  inlets
	backlog []any // events that were taken from there for another program, which is none

	slots      []*slot
	leaving    []*child // only send mail, another one may have their place
	generation uint64
	planned    uint64 // how many configurations were only asked about
	current    loaded // what runs; zero before the first commit
	txn        *transaction
	queued     bool          // a reload came while one was running
	asked      []request     // wait for a reload that has not begun
	waiting    []request     // wait for the one that runs
	plans      []*planWanted // wait for an answer, in their order
	stopping   bool
	status     int // exit status decided so far
	finished   bool
	// cancelScript ends the startup or shutdown script; nil when none runs.
	cancelScript context.CancelFunc
	announced    bool // Started was called
	settle       memory.Settler
	board        news.Board // what roles have told
	dumps        *dumper
	timetable    *timetable.Timetable
	upgrading    *upgrade       // being looked at
	heir         *heir          // until an upgrade has proved well
	former       *os.File       // the program to go back to; nil = none
	departing    []*predecessor // have been succeeded
	pidsOwed     bool           // pid files that could not be written will be tried again

	history   chronicle.Log
	born      time.Time
	surveys   [state.Questions]*survey // under way
	answers   [state.Questions]answers
	reloads   state.Config // what there is to tell of reloads, and nothing else
	reloaded  time.Time    // when the reload under way began
	overrides overrides
}

// loaded is one configuration, as it was bound.
type loaded struct {
	generation uint64
	config     *config.Config
	errors     map[string]bool // what was wrong with it (see config.NewError)
	file       string
	written    time.Time // when its newest file was last written, zero if nobody knows
	since      time.Time // when it came into force
	findings   []state.Warning
}

// Events of the loop besides those that children cause.
type (
	respawnDue struct{ s *slot }
	answerLate struct{ t *transaction }
	killDue    struct{ c *child }
	scriptDone struct{ startup bool }
	// of the file that names the time of a reload, and of its alarm
	timeFileChanged struct{}
	alarmRang       struct{}
)

// NewSupervisor gives a Supervisor that has not started anything.
func NewSupervisor(o Options) *Supervisor {
	if o.AnswerTime == 0 {
		o.AnswerTime = time.Minute
	}
	if o.Executable == "" {
		o.Executable = "/proc/self/exe"
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	s := &Supervisor{o: o, events: make(chan any, 16), done: make(chan struct{}), dumps: newDumper(o.Log),
		born: time.Now()}
	if n := o.Succession; n != nil { // before anybody can ask: serials go on
		s.history.Inherit(n.Events)
	}
	s.settle.Idle = true
	s.timetable = timetable.New(o.Log, func() { s.deliver(timeFileChanged{}) }, func() { s.deliver(alarmRang{}) })
	for _, r := range o.Roles {
		s.slots = append(s.slots, &slot{role: r})
	}
	return s
}

// Run runs the daemon until it is told to stop by a signal or by ctx, or cannot go on.
// It returns the exit status (cli 3).
func (s *Supervisor) Run(ctx context.Context) int {
	runtime.LockOSThread() // see spawn
	defer runtime.UnlockOSThread()
	defer s.timetable.Close() // behind done, so that it waits for nobody who delivers something
	defer close(s.done)
	// Before the configuration is read, which may take a while: a TERM meanwhile is kept.
	if n := s.o.Succession; n != nil {
		s.inlets = n.inlets
	}
	if s.inlets == nil {
		s.inlets = openInlets(watched())
	}
	s.inlets.start(s.events)
	defer s.inlets.stop()
	defer s.listen()()
	dumping, endDumps := context.WithCancel(ctx)
	defer endDumps()
	go s.dumps.run(dumping)

	memory.ForTakeover()
	// Too few descriptors end the daemon with status 1 (cli 3).
	if err := enoughFiles(); err != nil {
		s.o.Log.Error(err.Error())
		s.tell(s.o.Systemd.failed(err.Error(), int(syscall.EMFILE)))
		return statusFatal
	}
	begin := s.begin
	if n := s.o.Succession; n != nil {
		begin = func(ctx context.Context) int { return s.inherit(ctx, n) }
	}
	if status := begin(ctx); status != statusOK {
		return status
	}
	if s.o.PIDFile != nil && s.o.PIDFile.Unwritten() {
		s.owePIDs()
	}
	ctxDone := ctx.Done()
	for !s.finished {
		if len(s.backlog) > 0 {
			e := s.backlog[0]
			s.backlog = s.backlog[1:]
			s.handle(ctx, e)
			continue
		}
		select {
		case <-ctxDone:
			// A channel that is nil is never ready: the end of ctx is acted on once.
			ctxDone = nil
			s.stop(ctx)
		case e := <-s.events:
			s.handle(ctx, e)
		}
	}
	return s.status
}

// deliver hands an event to the loop; it is dropped once the loop is over.
func (s *Supervisor) deliver(e any) {
	select {
	case s.events <- e:
	case <-s.done:
	}
}

func (s *Supervisor) started() {
	if !s.announced && s.o.Started != nil {
		s.o.Started()
	}
	s.announced = true
}

// begin reads the configuration and starts the startup script or the children.
func (s *Supervisor) begin(ctx context.Context) int {
	l, err := s.load()
	if err != nil {
		s.o.Log.Error(err.Error())
		s.tell(s.o.Systemd.failed(err.Error(), int(syscall.ENOENT)))
		return statusNoConfig
	}
	if fatal := s.report(l.diags); fatal != "" {
		s.o.Log.Error("The configuration cannot be run: " + fatal)
		s.tell(s.o.Systemd.failed("The configuration cannot be run: "+fatal, int(syscall.EINVAL)))
		return statusConfig
	}
	// The file may have been changed since the place was read in it.
	if why := s.o.Place.moved(l.config.Global.Place); why != "" {
		s.o.Log.Error(why)
		return statusFatal
	}
	s.note(state.Event{About: state.AboutDaemon, To: daemonStarted, Text: "the daemon was started with " + l.file})
	s.firstInForce(l.loaded)
	g := l.config.Global
	// The roles wait for the startup script, whose end starts them (cli 4.4).
	if !s.runScript(ctx, hostScript{"startup script", g.StartupScript, g.StartupScriptTimeout, true}) {
		s.startChildren(ctx)
	}
	return statusOK
}

// handle is the loop's body: all state changes happen in here.
func (s *Supervisor) handle(ctx context.Context, e any) {
	switch e := e.(type) {
	case syscall.Signal:
		s.signal(ctx, e)
	case request:
		s.wanted(ctx, e)
	case *planWanted:
		s.enqueue(e)
	case childMessage:
		s.message(ctx, e.c, e.m)
	case childCrash:
		s.o.Log.Error(fmt.Sprintf("pid %d crashed: %s", e.c.pid, e.line))
	case childExit:
		s.exited(ctx, e.c, e.state)
	case dumpWanted:
		s.toRouters(message{Kind: kindDump, Dump: e.kind})
	case announceWanted:
		s.toRouters(message{Kind: kindAnnounce, Instance: e.instance})
	case upgradeTried, handedOver, standLate, predecessorGone, proved:
		s.handleUpgrade(ctx, e)
	case respawnDue:
		s.respawn(e.s)
	case changeWanted, hasteWanted, overrideDue:
		s.overriding(e)
	case pidsDue:
		s.writePIDs()
	case timeFileChanged:
		s.timetable.Look(time.Now())
	case alarmRang:
		if s.timetable.Turn(time.Now()) {
			s.reload()
		}
	case answerLate:
		// The timer may have gone off when its transaction was at its end.
		if s.txn == e.t {
			s.late(ctx)
		}
	case surveyWanted:
		s.beginSurvey(e.q, e.to)
	case surveyLate:
		if s.surveys[e.v.q] == e.v {
			s.endSurvey(e.v.q)
		}
	case killDue:
		s.overdue(e.c)
	case mailLate:
		e.c.kill() // harmless when it has ended
	case scriptDone:
		s.scriptOver(ctx, e.startup)
	}
}

// wanted takes what somebody asks for.
func (s *Supervisor) wanted(ctx context.Context, r request) {
	if r.wish != nil {
		s.upgradeAsked(ctx, r)
		return
	}
	s.asked = append(s.asked, r)
	s.reload()
}

// scriptOver goes on when the startup or the shutdown script has ended.
func (s *Supervisor) scriptOver(ctx context.Context, startup bool) {
	s.cancelScript = nil
	// While the script ran, no stranger was collected (see isOwn).
	s.reapStrangers()
	switch {
	case !startup:
		// It was the shutdown script: behind it only the pid files are left (cli 4.3).
		s.finished = true
	case s.stopping:
		// It was told to stop during the startup script: no role was started.
		s.stopped(ctx)
	default:
		s.startChildren(ctx)
	}
}

func (s *Supervisor) signal(ctx context.Context, sig syscall.Signal) {
	switch {
	case s.final(sig):
		s.stop(ctx)
	case sig == syscall.SIGHUP:
		s.reload()
	case asksForDump(sig):
		if s.heir != nil && s.heir.postpones(sig) {
			return
		}
		s.dump(dumpOf(sig))
	case sig == sigThreadDump:
		s.o.Log.Warn("Thread dump is not supported yet")
	case sig == syscall.SIGXCPU:
		s.o.Log.Warn("process has used too much CPU time")
	case sig == syscall.SIGCHLD:
		s.reapStrangers()
	}
}

// inForce has a configuration in force from now on, and tells whoever shows it.
func (s *Supervisor) inForce(l loaded) {
	s.current = l
	s.current.since = time.Now()
	if s.o.InForce != nil {
		s.o.InForce(l.config)
	}
	s.appear()
	s.timetable.Follow(l.config.Global.Reloading, time.Now())
}

// firstInForce is inForce for the configuration that this program begins with.
func (s *Supervisor) firstInForce(l loaded) {
	s.inForce(l)
	s.recallOverrides()
	if s.o.Loaded != nil {
		s.o.Loaded(l.config)
	}
}

func (s *Supervisor) broadcast(m message) {
	for _, sl := range s.slots {
		// The others have no configuration yet, or are giving theirs up.
		if sl.child != nil && sl.child.phase == phaseRunning {
			sl.child.out.send(m)
		}
	}
}

// reapStrangers collects orphans that ended here because we are process 1 of a
// container. Our own children are left to those who wait for them.
func (s *Supervisor) reapStrangers() {
	for {
		pid, ok := runas.AnyExited()
		// This only looks. Where one of ours is in the way its end brings us back (see exited).
		if !ok || s.isOwn(pid) {
			return
		}
		var ws syscall.WaitStatus
		// By its number: Wait4(-1) could take one that cmd.Wait has to collect.
		if _, err := syscall.Wait4(pid, &ws, syscall.WNOHANG, nil); err != nil {
			return
		}
	}
}

func (s *Supervisor) isOwn(pid int) bool {
	for _, sl := range s.slots {
		if sl.child != nil && sl.child.pid == pid || sl.before != nil && sl.before.pid == pid {
			return true
		}
	}
	for _, c := range s.leaving {
		if c.pid == pid {
			return true
		}
	}
	for _, p := range s.departing {
		if p.pid == pid {
			return true
		}
	}
	return s.cancelScript != nil // it may be the script's
}

func (s *Supervisor) tell(err error) {
	// Nothing hangs on whether systemd hears it.
	if err != nil {
		s.o.Log.Debug(err.Error())
	}
}

func (s *Supervisor) removeChildPID(c *child) {
	if c.role.PIDFile != "" {
		_ = os.Remove(c.role.PIDFile)
	}
}
