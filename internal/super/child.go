package super

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/memory"
	"holdfast/internal/metric"
	"holdfast/internal/role"
	"holdfast/internal/runas"
	"holdfast/internal/state"
)

// The file descriptors a role process is started with.
const (
	controlFD = 3 // the control socket
	crashFD   = 4 // a pipe for what the Go runtime prints when it crashes
	ledgerFD  = 5 // the list of its scripts
	ipvsFD    = 6 // the network namespace of the IPVS table
	handFD    = 7 // the socket on which it is asked to hand over to another process
)

// ChildOptions is what a role process needs.
type ChildOptions struct {
	Role   role.Role
	Engine Engine
	Log    *zap.Logger
	// Control is the socket to the supervisor; the role ends when it does.
	Control io.ReadWriter
	// Hand is the socket on which the role is asked to hand over; nil if nobody asks.
	Hand io.ReadWriter
	// Scripts are the programs that the role runs; nil if it runs none.
	Scripts Scripts
	// Mail is what the role tells others by mail; nil if it sends none.
	Mail Mail
	// Teller takes what the engine tells other roles; nil if it tells nothing.
	Teller *Teller
	// Recorder takes the events of the engine; nil if it has none.
	Recorder *Recorder
	// Listener hears what the role follows; nil if it follows nothing.
	Listener Listener
	// Metrics are of what the role uses besides its engine.
	Metrics []func() metric.Table
	// Scheduler is told when timers of the engine are late; nil if nobody tells.
	Scheduler *Scheduler
}

// Scripts are programs that run; runas.Runner has some.
type Scripts interface {
	// End ends those that run, with KILL after grace, and lets no others be started.
	End(grace time.Duration)
}

// Mail is under way when a role has ended; notify.Notifier sends it.
type Mail interface {
	// Unsent says how long the mail that is under way may take: 0 if there is none.
	Unsent() time.Duration
	// Finish waits until it was sent, for no longer than Unsent has said.
	Finish()
}

// scriptGrace is what scripts get to end after TERM when their role has ended.
const scriptGrace = 500 * time.Millisecond

// ControlSocket is the control socket of a role process, after setting up where a
// crash of the Go runtime is written to. It fails in a process that no supervisor
// started.
func ControlSocket() (*os.File, error) {
	// Somebody may start the program under this name by hand: the descriptor is another then.
	typ, err := syscall.GetsockoptInt(controlFD, syscall.SOL_SOCKET, syscall.SO_TYPE)
	if err != nil || typ != syscall.SOCK_STREAM {
		return nil, errors.New("this name is for processes that the supervisor starts")
	}
	// No script may have them: one that lives on would hide the end of this process.
	syscall.CloseOnExec(controlFD)
	syscall.CloseOnExec(crashFD)
	if crash := os.NewFile(crashFD, "crash"); crash != nil {
		_ = debug.SetCrashOutput(crash, debug.CrashOptions{}) // without it crashes only show on stderr
		_ = crash.Close()
	}
	_ = syscall.SetNonblock(controlFD, true)
	return os.NewFile(controlFD, "control"), nil
}

// ScriptLedger is the list in which the supervisor reads what scripts a role process
// has left; nil, which is a list that nobody reads, if there is none.
func ScriptLedger() *runas.Ledger {
	var st unix.Stat_t
	if unix.Fstat(ledgerFD, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil // the number may be that of a descriptor of the runtime
	}
	f := os.NewFile(ledgerFD, "scripts")
	defer f.Close()
	l, err := runas.OpenLedger(f)
	if err != nil {
		return nil
	}
	return l
}

// RunRole runs a role until the supervisor says stop or is gone, ctx ends, or the
// role fails. It returns the exit status of the process: 0, or that of a
// PermanentError, or statusFailed for any other failure (cli 3).
func RunRole(ctx context.Context, o ChildOptions) int {
	// Before the first configuration comes: reading it is most of what there ever is to collect.
	if o.Role.Garbage == role.GarbageAfterCommit {
		memory.ForTakeover()
	} else {
		memory.ForTimers()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &roleChild{ChildOptions: o, cancel: cancel, dumps: newDumper(o.Log), heard: newFeed(),
		given: make(chan given, 1), gone: make(chan struct{})}
	for q := range c.asked {
		c.asked[q] = make(chan struct{}, 1)
	}
	go c.dumps.run(ctx)
	c.describeAll(ctx)
	if c.Scheduler == nil {
		c.Scheduler = NewScheduler(o.Role, o.Log)
	}
	go c.Scheduler.run(ctx)
	if c.Teller != nil {
		go c.tell(ctx)
	}
	if c.Listener != nil {
		go c.hear(ctx)
	}
	if c.Recorder != nil {
		go c.record()
	}
	stopSignals := c.signals(ctx)
	defer stopSignals()

	ended := make(chan error, 1)
	go func() { ended <- o.Engine.Run(ctx) }()
	inbox := make(chan message, 16)
	go c.read(inbox)
	go c.serve(ctx, inbox)
	if c.Hand != nil {
		go c.handOver(ctx)
	}

	err := <-ended
	if err == nil && ctx.Err() == nil && !c.moved.Load() {
		err = errors.New("the role ended by itself")
	}
	return c.end(err)
}

// end does what is left to do when the engine has ended, and gives the exit status.
func (c *roleChild) end(err error) int {
	if c.Scripts != nil {
		c.Scripts.End(scriptGrace)
	}
	c.recordedAll()
	if err == nil {
		c.finishMail()
		return 0
	}
	status := statusFailed
	var perm *PermanentError
	if errors.As(err, &perm) {
		// The supervisor acts on it when the process has ended (lastWords).
		status = perm.Status
		c.reply(message{Kind: kindFailed, Err: err.Error(), Status: status})
	}
	c.Log.Error(err.Error())
	return status
}

// finishMail sends what mail is under way. The supervisor is told that nothing else is
// left to do: it need not wait for this to start the role again.
func (c *roleChild) finishMail() {
	if c.Mail == nil {
		return
	}
	if wait := c.Mail.Unsent(); wait > 0 {
		c.reply(message{Kind: kindReleased, Wait: wait})
		c.Mail.Finish()
	}
}

// roleChild is the child's end of the control socket.
type roleChild struct {
	ChildOptions
	cancel context.CancelFunc
	writes sync.Mutex
	settle memory.Settler
	dumps  *dumper
	heard  *feed                          // of what the role follows, not heard yet
	ears   sync.Mutex                     // whoever has it lets the engine hear
	asked  [state.Questions]chan struct{} // somebody wants to know
	orphan atomic.Bool                    // the supervisor is gone
	given  chan given                     // the handover of a predecessor
	gone   chan struct{}                  // closed when nothing comes from the supervisor any more
	moved  atomic.Bool                    // another process goes on
	sender metric.Sender
}

// signals makes TERM stop the role and the dump signals dump, in case somebody signals
// the child by its own pid file; INT is the supervisor's business (a terminal sends
// it to everybody).
func (c *roleChild) signals(ctx context.Context) (stop func()) {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	dump := make(chan os.Signal, 8)
	signal.Notify(dump, syscall.SIGUSR1, syscall.SIGUSR2, sigStatsClear, sigJSON)
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE, sigThreadDump)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-term:
				c.cancel()
			case s := <-dump:
				c.dump(dumpOf(s))
			case s := <-ignored:
				if s == syscall.SIGHUP {
					c.Log.Info("Reload is done by the parent process: signal that one")
				}
			}
		}
	}()
	return func() { signal.Stop(term); signal.Stop(dump); signal.Stop(ignored) }
}

func (c *roleChild) dump(kind DumpKind) {
	c.dumps.ask(func() error { return c.Engine.Dump(kind) })
}

// describeAll begins to answer questions.
func (c *roleChild) describeAll(ctx context.Context) {
	go c.describe(ctx, state.AskLists, c.Engine.State)
	brief := c.Engine.State
	if b, is := c.Engine.(Briefer); is {
		brief = b.Brief
	}
	go c.describe(ctx, state.AskBrief, brief)
	ready := brief
	if r, is := c.Engine.(Readier); is {
		ready = r.Ready
	}
	go c.describe(ctx, state.AskReady, ready)
	go c.describe(ctx, state.AskMetrics, c.metrics)
	go c.describe(ctx, state.AskObjects, c.Engine.Objects)
}

// describe answers a question whenever it is asked, beside everything else.
func (c *roleChild) describe(ctx context.Context, q state.Question, tell func(context.Context) (state.Report, error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.asked[q]:
			m := message{Kind: kindState, Question: q}
			c.hearAll() // what it was told before it was asked
			if r, err := tell(ctx); err != nil {
				m.Err = err.Error()
			} else {
				m.State = &r
			}
			c.reply(m)
		}
	}
}

// read passes messages on until the socket ends; stop and questions do not wait in the queue, and news waits
// in one of its own.
func (c *roleChild) read(inbox chan<- message) {
	defer close(inbox)
	defer close(c.gone)
	for briefed := false; ; {
		m, err := readMessage(c.Control)
		if err != nil {
			c.Log.Warn("The parent process is gone: stopping")
			c.orphan.Store(true)
			c.cancel()
			return
		}
		if m.Kind == kindStop {
			c.cancel()
			return
		}
		if m.Kind == kindNews {
			c.told(m.News, briefed)
			continue
		}
		if m.Kind == kindHasten {
			if h, is := c.Engine.(Hastener); is {
				go h.Hasten(m.Service, m.Server) // beside everything else: the loop may be busy
			}
			continue
		}
		if m.Kind == kindAsk {
			c.question(m.Question)
			continue
		}
		if m.Kind == kindNotGiven { // the commit that serve is in waits for it
			c.give(given{err: errors.New(m.Err)})
			continue
		}
		briefed = true // the news that was there at the start comes before everything else
		inbox <- m
	}
}

// metrics are those of the engine and of what it uses.
func (c *roleChild) metrics(ctx context.Context) (state.Report, error) {
	r, err := c.Engine.Metrics(ctx)
	for _, more := range c.Metrics {
		r.Tables = append(r.Tables, more())
	}
	if err == nil {
		r.Tables = c.sender.Changed(r.Tables)
	}
	return r, err
}

// question has a question answered; the supervisor is of the same build, and asks no other.
func (c *roleChild) question(q state.Question) {
	if q >= state.Questions {
		return
	}
	select {
	case c.asked[q] <- struct{}{}:
	default: // the answer to the one before will do
	}
}

func (c *roleChild) serve(ctx context.Context, inbox <-chan message) {
	var prepared *config.Config
	for m := range inbox {
		switch m.Kind {
		case kindPrepare:
			cfg, reply := c.prepare(ctx, m)
			prepared = cfg
			c.reply(reply)
		case kindCommit:
			// What was sent was refused: there is nothing to switch to.
			if prepared == nil {
				continue
			}
			// Before the commit: whatever that starts has the new priority.
			c.Scheduler.apply(c.Role.Scheduling(prepared.Global))
			appear(c.Role.Called(prepared.Global.Names), prepared.Global)
			reply := message{Kind: kindCommitted, Generation: m.Generation}
			if err := c.Engine.Commit(ctx); err != nil {
				reply.Err = err.Error()
			}
			// News goes before the answer: the supervisor relies on that (see committed).
			c.toldAll()
			c.reply(reply)
			if c.Role.Garbage == role.GarbageAfterCommit {
				c.settle.CollectBeside()
			}
			c.settle.Restart()
			prepared = nil
		case kindAbort:
			if prepared != nil {
				c.Engine.Abort()
			}
			prepared = nil
		case kindDump:
			c.dump(m.Dump)
		case kindClear:
			c.clear(ctx, m.Config)
		case kindAnnounce:
			if a, is := c.Engine.(Announcer); is {
				a.Announce(m.Instance)
			}
		}
	}
}

// prepare gives the configuration when the role accepted it, nil when not.
func (c *roleChild) prepare(ctx context.Context, m message) (*config.Config, message) {
	reply := message{Kind: kindPrepared, Generation: m.Generation}
	if m.Config == nil {
		reply.Err = "no configuration was sent"
		return nil, reply
	}
	if m.Again || m.Succeeds {
		// It is no start to the user: what others have written into files since the start of the daemon stays.
		for i := range m.Config.TrackFiles {
			m.Config.TrackFiles[i].Overwrite = false
		}
	}
	prepare := c.Engine.Prepare
	if r, is := c.Engine.(Resumer); is && m.Again {
		prepare = r.Resume
	}
	if s, is := c.Engine.(Successor); is && m.Succeeds {
		s.Succeed(c.take)
	}
	err := prepare(ctx, m.Config)
	if err == nil {
		return m.Config, reply
	}
	err = lacksFiles(err)
	reply.Err = err.Error()
	var perm *PermanentError
	if errors.As(err, &perm) {
		reply.Status = perm.Status
	}
	return nil, reply
}

func (c *roleChild) reply(m message) {
	c.writes.Lock()
	defer c.writes.Unlock()
	c.write(m)
}

// write writes a message; the caller holds c.writes.
func (c *roleChild) write(m message) {
	if err := writeMessage(c.Control, m); err != nil {
		c.Log.Warn(fmt.Sprintf("Cannot answer the parent process: %v", err))
		c.cancel()
	}
}
