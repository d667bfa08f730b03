package sysbus

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/state"
)

// A Source is what is shown; super.Supervisor is one.
type Source interface {
	// State is what there is to see of the daemon. It does not take long.
	State(ctx context.Context) state.Answer
	// Follow gives what happens behind a serial, until ctx ends.
	Follow(ctx context.Context, after uint64) <-chan state.Event
}

// Options of a Bus.
type Options struct {
	Log    *zap.Logger
	Source Source
	// Do does what somebody on the bus wants. It does not wait for that to be done.
	Do      func(Request)
	Address string // of the bus, see Address
	// Resumes is for a daemon that goes on from another program (an upgrade): that virtual routers run was told by that.
	Resumes bool
	// After is the serial behind which events are followed.
	After uint64
	// MachineFile has the machine's own name for itself.
	MachineFile string

	pauses pauses
}

// pauses are how long is waited before something is done again.
type pauses struct {
	retry, retryMost time.Duration // after a failure of the bus, twice as long each time
	look             time.Duration // for the virtual routers to be there
	again            time.Duration // before the states are asked for once more: an event may have been lost
}

// callsAtOnce is how many calls are answered in a second: more wait in the bus, which has bounds of its own.
const callsAtOnce = 500

// A Bus shows the daemon on D-Bus as long as the configuration wants that. The zero cost of one that is not wanted is
// that of this value: what it needs comes with the first configuration that wants it.
type Bus struct {
	o Options

	mu     sync.Mutex
	want   *config.Config
	cancel context.CancelFunc // nil while it is not wanted
	ended  chan struct{}
	poke   chan struct{}
	fast   bool // it ends because the daemon does

	resumes bool // what begins was there before
}

// New gives a Bus that shows nothing yet.
func New(o Options) *Bus {
	if o.pauses == (pauses{}) {
		o.pauses = pauses{retry: time.Second, retryMost: time.Minute, look: time.Second, again: 30 * time.Second}
	}
	return &Bus{o: o}
}

// Configure shows what a configuration has, or nothing if it wants nothing to be shown. It does not wait. A Bus that is
// nil never shows anything.
func (b *Bus) Configure(c *config.Config) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	wanted := c.Global.DBus.Enabled && len(c.Instances) > 0
	switch {
	case wanted && b.want == nil:
		ctx, cancel := context.WithCancel(context.Background())
		b.cancel, b.poke, b.resumes = cancel, make(chan struct{}, 1), b.o.Resumes
		before := b.ended
		b.ended = make(chan struct{})
		go b.run(ctx, b.poke, before, b.ended)
	case !wanted && b.want != nil:
		b.cancel()
	}
	b.want = nil
	b.o.Resumes = false // what is wanted later was not shown before
	if wanted {
		b.want = c
		select {
		case b.poke <- struct{}{}:
		default: // it has not looked yet
		}
	}
}

// Close tells the bus that the daemon ends, and waits for that a moment.
func (b *Bus) Close() {
	if b == nil {
		return
	}
	b.mu.Lock()
	running := b.want != nil
	ended := b.ended
	if running {
		b.fast = true
		b.cancel()
		b.want = nil
	}
	b.mu.Unlock()
	if ended == nil {
		return
	}
	select {
	case <-ended:
	case <-time.After(patience): // a bus that takes nothing
	}
}

func (b *Bus) wanted() *config.Config {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.want
}

func (b *Bus) ending() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fast
}

// run shows virtual routers until ctx ends. One that ran before has to be over.
func (b *Bus) run(ctx context.Context, poke <-chan struct{}, before <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	if before != nil {
		<-before
	}
	b.mu.Lock()
	resumes := b.resumes
	b.mu.Unlock()
	s := &session{Bus: b, ctx: ctx, resumed: resumes, events: b.o.Source.Follow(ctx, b.o.After),
		looked:  make(chan state.Answer, 1),
		dialled: make(chan dialled, 1), retry: time.NewTimer(time.Hour), lookAt: time.NewTimer(time.Hour)}
	if id, err := os.ReadFile(b.o.MachineFile); err == nil {
		s.machine = text(strings.TrimSpace(string(id)))
	}
	defer s.retry.Stop()
	defer s.lookAt.Stop()
	for {
		select {
		case <-ctx.Done():
			s.farewell()
			return
		case <-poke:
			s.configure(b.wanted())
		case e, open := <-s.events:
			if !open {
				s.events = nil
				continue
			}
			s.happened(e)
		case a := <-s.looked:
			s.see(a)
		case <-s.lookAt.C:
			s.look()
		case <-s.retry.C:
			s.connect()
		case d := <-s.dialled:
			s.connected(d)
		case in := <-s.incoming:
			s.take(in)
		}
	}
}

// A session is what only the goroutine of a Bus touches.
type session struct {
	*Bus
	ctx     context.Context
	config  *config.Config // that is shown; nil before the first
	machine string
	face    face
	events  <-chan state.Event

	known   bool // the virtual routers run, and their states are known
	begun   bool // that they run was told on the bus
	resumed bool // it was, by another program
	looking bool
	looked  chan state.Answer
	lookAt  *time.Timer

	wire     *wire // nil while there is none
	dialling bool
	dialled  chan dialled
	incoming chan arrival
	service  string // that is ours, or asked for
	queued   bool   // somebody else has the name
	request  uint32 // number of the call that asked for the name
	retry    *time.Timer
	pause    time.Duration
	failed   string // what was told last
}

type dialled struct {
	wire *wire
	err  error
}

// An arrival is a message of the bus, or the end of a connection.
type arrival struct {
	message *dbus.Message
	err     error
	of      *wire
}

// configure shows another configuration.
func (s *session) configure(c *config.Config) {
	if c == nil {
		return // it is not wanted any more: ctx ends
	}
	first := s.config == nil
	s.config = c
	if first {
		s.face.base = baseOf(c.Global.Place)
	}
	signals := s.face.configure(c)
	if service := serviceOf(c); service != s.service && s.wire != nil {
		s.tell(s.face.withdrawn())
		s.hangUp()
		s.begun = false
		s.connect()
	}
	if !first && s.begun {
		s.tell(signals)
	}
	s.look()
}

func serviceOf(c *config.Config) string {
	if c.Global.DBus.Service != "" {
		return c.Global.DBus.Service
	}
	return DefaultService
}

// vrrp is the name of the role that has virtual routers, in what the daemon tells.
const vrrp = "vrrp"

// happened takes an event of the daemon.
func (s *session) happened(e state.Event) {
	switch {
	case e.Missed > 0:
		s.look()
	case e.About == state.AboutInstance:
		if to, is := statusOf(strings.ToUpper(e.To)); is && s.known {
			s.tell(s.face.tell(e.Name, to, e.At))
		}
	case e.About == state.AboutDaemon && e.Name == vrrp && e.To == "died":
		// Who comes after it begins anew.
		s.known, s.begun, s.resumed = false, false, false
		s.face.forget()
		s.lookAt.Reset(s.o.pauses.look)
	case e.About == state.AboutDaemon:
		s.look()
	}
}

// look asks for the states, beside everything else.
func (s *session) look() {
	s.lookAt.Stop()
	if s.looking || s.config == nil {
		return
	}
	s.looking = true
	go func() { s.looked <- s.o.Source.State(s.ctx) }() // there is room
}

// see takes what the daemon says of itself.
func (s *session) see(a state.Answer) {
	s.looking = false
	at := slices.IndexFunc(a.Sources, func(of state.Source) bool { return of.Role == vrrp && !of.At.IsZero() })
	if at < 0 || !a.Daemon.Complete || a.Running != s.config {
		if !s.known || a.Running != s.config {
			s.lookAt.Reset(s.o.pauses.look)
		}
		return
	}
	var list []state.Instance
	if err := json.Unmarshal([]byte(a.Sources[at].Report.Lists[state.Instances]), &list); err != nil {
		s.fail(fmt.Errorf("read the states of virtual routers: %w", err))
		return
	}
	for _, i := range list {
		to, is := statusOf(i.State)
		if !is {
			continue
		}
		if signals := s.face.tell(i.Name, to, a.Sources[at].At); s.known {
			s.tell(signals)
		}
	}
	if !s.known {
		s.known = true
		s.connect()
	}
	s.begin()
	s.lookAt.Reset(s.o.pauses.again)
}

// begin tells that virtual routers run, once the bus is there to hear it.
func (s *session) begin() {
	if s.wire != nil && s.known && !s.begun {
		s.begun = true
		if s.resumed {
			s.resumed = false
			return
		}
		s.tell(s.face.started())
	}
}

// tell sends signals. A bus that does not take them is given up.
func (s *session) tell(all []signal) {
	for _, one := range all {
		if s.wire == nil {
			return
		}
		if err := s.wire.signal(one); err != nil {
			s.lost(err)
		}
	}
}

// farewell tells that it is over.
func (s *session) farewell() {
	if s.wire == nil {
		return
	}
	if s.begun {
		if s.ending() {
			s.tell(s.face.ended())
		} else {
			s.tell(s.face.withdrawn())
		}
	}
	s.hangUp()
	s.o.Log.Info("Released DBus")
}
