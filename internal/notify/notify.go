// Package notify tells others about state changes: notify scripts, FIFOs and
// mail (cli 9).
package notify

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/role"
	"holdfast/internal/runas"
)

// Options of a Notifier.
type Options struct {
	Log    *zap.Logger
	Runner *runas.Runner
	// Role is the one in whose process the Notifier lives: it says what FIFOs and programs there
	// are. Roles are all of the daemon; they settle which one reads notify_fifo.
	Role  role.Role
	Roles role.Table
}

// A Notifier carries out notifications from a goroutine of its own, in the order in
// which they came. VRRP and LVS never block.
type Notifier struct {
	opt   Options
	queue *queue
	ended chan struct{} // the goroutine is over
	once  sync.Once

	waiting atomic.Pointer[config.Config] // not taken yet
	tally   tally

	// Only the goroutine touches these.
	global   config.Global
	programs map[string]*runas.Program // nil value: unfit, reported already
	order    *order[script]
	running  int           // scripts that have not ended
	alarm    *time.Timer   // for the order
	idle     chan struct{} // closed, and nil, when none runs any more; nil while nobody asks
	fifos    []*fifo
	readers  map[string]*reader
	mailed   map[string]State // last mailed state by object
	alarms   map[string]alarm // last mail about two masters by object
	mailer   *mailer
}

// New gives a Notifier that tells nobody yet.
func New(o Options) *Notifier {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Runner == nil {
		o.Runner = runas.New(runas.Options{Log: o.Log})
	}
	n := &Notifier{
		opt: o, queue: newQueue(), ended: make(chan struct{}),
		programs: map[string]*runas.Program{}, readers: map[string]*reader{},
		mailed: map[string]State{}, alarms: map[string]alarm{},
		order: newOrder[script](scriptPatience), alarm: time.NewTimer(0),
	}
	n.mailer = newMailer(o.Log)
	n.mailer.tally = &n.tally
	go func() {
		defer close(n.ended)
		n.queue.run()
	}()
	return n
}

// Configure makes c the configuration: it resolves the programs named in it (one that
// is unfit is reported and forgotten), opens and closes FIFOs and starts their readers.
// What was mailed last is kept. All of that is done in its turn, after the notifications that came
// before: nobody waits for it. Of several that wait only the last is taken, and kept.
func (n *Notifier) Configure(c *config.Config) {
	n.opt.Runner.Configure(c.Global)
	if n.waiting.Swap(c) != nil {
		return // the turn of the one before has not come
	}
	n.queue.put(func() {
		c := n.waiting.Swap(nil)
		n.global = c.Global
		n.programs = map[string]*runas.Program{}
		n.resolveAll(c)
		n.openFIFOs(c)
	})
}

// State is what a notification tells, as scripts and FIFOs spell it (cli 9.1, 9.5, 9.6).
type State string

// The states, and what else is told in their place.
const (
	Master           State = "MASTER"
	Backup           State = "BACKUP"
	Fault            State = "FAULT"
	Stop             State = "STOP"
	Deleted          State = "DELETED"
	Up               State = "UP"
	Down             State = "DOWN"
	MasterRxLowerPri State = "MASTER_RX_LOWER_PRI"
	MasterPriority   State = "MASTER_PRIORITY"
	BackupPriority   State = "BACKUP_PRIORITY"
	TwoMasters       State = "TWO_MASTERS"
	TwoMastersOver   State = "TWO_MASTERS_OVER"
	GaveWay          State = "GAVE_WAY"
)

// A VRRPEvent is one notification of an instance or a sync group.
type VRRPEvent struct {
	Group    bool
	Name     string
	State    State
	Priority int            // effective; 0 for a group
	Config   *config.Notify // of the instance or group; nil tells only the pipes
	Repeated bool           // was told before: for the pipes only
	// Peer is the other master of TwoMasters, TwoMastersOver and GaveWay, and Lasted how long it was one, or may
	// have been one.
	Peer         netip.Addr
	PeerPriority int
	Lasted       time.Duration
}

// VRRP carries out one notification of an instance or group in keepalived's
// order (cli 9.2): specific script, generic script, FIFO, mail.
func (n *Notifier) VRRP(e VRRPEvent) { n.queue.put(func() { n.vrrp(e) }) }

func (n *Notifier) vrrp(e VRRPEvent) {
	// An empty one has no scripts and no mail, so only the pipes are left.
	if e.Config == nil {
		e.Config = &config.Notify{}
	}
	kind := "INSTANCE"
	if e.Group {
		kind = "GROUP"
	}
	// After a reload with fifo_write_vrrp_states_on_reload (cli 5.5): readers of pipes only.
	if e.Repeated {
		n.writeFIFOs(fmt.Sprintf("%s \"%s\" %s %d", kind, e.Name, e.State, e.Priority))
		return
	}
	if e.Peer.IsValid() {
		n.twoMasters(time.Now(), kind, e)
		return
	}
	// The two of one state run side by side: each is in order with those of its own kind (cli 9.2).
	s := script{what: "notify script", about: fmt.Sprintf("%s %q", kind, e.Name), state: e.State}
	specific, generic := commands(e)
	switch {
	case generic:
		n.run(specific, ofState, s)
		s.extra = []string{kind, e.Name, string(e.State), strconv.Itoa(e.Priority)}
		n.run(e.Config.Any, ofAny, s)
	case e.State == MasterRxLowerPri:
		s.silent = true
		n.run(specific, ofLower, s)
	}
	n.writeFIFOs(fmt.Sprintf("%s \"%s\" %s %d", kind, e.Name, e.State, e.Priority))
	n.mailVRRP(kind, e)
}

// commands gives the specific script of a notification and whether the generic one is run
// for it (cli 9.1).
func commands(e VRRPEvent) (specific config.Command, generic bool) {
	switch e.State {
	case Master:
		return e.Config.Master, true
	case Backup:
		return e.Config.Backup, true
	case Fault:
		return e.Config.Fault, true
	case Stop:
		return e.Config.Stop, true
	case Deleted:
		return e.Config.Deleted, true
	case MasterRxLowerPri:
		return e.Config.MasterRxLowerPri, false
	default: // priority changes are for FIFOs
		return config.Command{}, false
	}
}

// An LVSEvent is one notification of the checker: any of a FIFO line, a script and a
// mail.
type LVSEvent struct {
	// Line is the FIFO line without newline: `RS [10.0.0.1]:tcp:80 [10.1.1.1]:tcp:80 UP`;
	// "" writes none.
	Line string
	// Script is run with its configured arguments; What names it in log lines. Those of one Object
	// (`RS [10.0.0.1]:tcp:80 [10.1.1.1]:tcp:80`) run one after the other; State is what they tell.
	Script config.Command
	What   string
	Object string
	State  State
	// Mail is sent with MailSubject, to which "[router_id] " is put in front, and MailBody.
	Mail        bool
	MailSubject string
	MailBody    string
}

// LVS carries out one notification of the checker in order: script, FIFO, mail.
func (n *Notifier) LVS(e LVSEvent) {
	n.queue.put(func() {
		what := e.What
		if what == "" {
			what = "notify script"
		}
		n.run(e.Script, ofState, script{what: what, about: e.Object, state: e.State})
		if e.Line != "" {
			n.writeFIFOs(e.Line)
		}
		if e.Mail {
			n.mail(e.MailSubject, e.MailBody)
		}
	})
}

// The time that Close gives to scripts and mails under way, and then to FIFO readers that
// have met the end of their file.
const (
	closeTime  = time.Second
	readerTime = 200 * time.Millisecond
)

// Close waits about a second for scripts and mail under way, within ctx, stops the
// FIFO readers and removes the FIFOs that Configure made. It leaves mail that is not sent by then
// to Finish, and scripts that still run to their Runner.
func (n *Notifier) Close(ctx context.Context) { n.once.Do(func() { n.close(ctx, closeTime, true) }) }

// leaveTime is what scripts and mail get that are under way when another process goes on.
const leaveTime = 30 * time.Second

// Leave is Close for a process in whose place another one goes on, which has the FIFOs now. Scripts and mail have time,
// because nobody waits for them.
func (n *Notifier) Leave() { n.once.Do(func() { n.close(context.Background(), leaveTime, false) }) }

func (n *Notifier) close(ctx context.Context, patience time.Duration, last bool) {
	ctx, cancel := context.WithTimeout(ctx, patience+2*readerTime)
	defer cancel()
	scripts, idle := make(chan struct{}), make(chan struct{})
	n.queue.put(func() {
		if last {
			n.order.hurry(time.Now(), stopPatience)
		}
		n.idle = scripts
		n.awaitScripts()
	})
	go func() {
		<-scripts
		n.mailer.running.Wait()
		close(idle)
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-idle:
	case <-limit.C:
	case <-ctx.Done():
	}
	n.queue.close()
	<-n.ended
	n.alarm.Stop()
	for _, f := range n.fifos {
		f.close()
	}
	for _, r := range n.readers {
		r.finish(ctx, readerTime)
	}
	for _, f := range n.fifos {
		if last {
			f.remove()
		}
	}
}

// Unsent says, after Close, how long the mail that is under way may still take: 0 if
// there is none, else what smtp_connect_timeout gives a mail server.
func (n *Notifier) Unsent() time.Duration {
	if n.mailer.waiting() == 0 {
		return 0
	}
	if t := n.global.Mail.ConnectTimeout; t > 0 {
		return t
	}
	return smtpTimeout
}

// Finish waits after Close until the mail that is under way was sent, for no longer than
// Unsent has said. What is given up is named in the log.
func (n *Notifier) Finish() {
	if limit := n.Unsent(); limit > 0 {
		n.opt.Log.Info(fmt.Sprintf("Waiting up to %v for the SMTP server, alerts not sent yet: %d",
			limit, n.mailer.waiting()))
		n.mailer.finish(limit)
	}
}
