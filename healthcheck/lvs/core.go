package lvs

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/deadline"
	"holdfast/internal/override"
	"holdfast/ipvs"
)

// Setup is the part of the configuration the core needs.
type Setup struct {
	VirtualServers []config.VirtualServer
	Groups         []config.ServerGroup
	// InitNotifies is rs_init_notifies: servers that start in the table are reported UP.
	InitNotifies bool
	// QuietCheckers is no_checker_emails: a mail only when the server itself changed
	// (semantics 9.9).
	QuietCheckers bool
	// Files are the definitions of what FILE_CHECKs follow.
	Files []config.TrackFile
	// Values are those of what checkers follow, as far as they are known.
	Values map[Followed]int
	// Left is what a predecessor left.
	Left Left
	// Former is what the first Configure goes on from instead: what a process has handed over that ran with the same
	// configuration; nil at a start. Then is the moment of that, by this process's clock.
	Former *Handover
	Then   time.Time
	// Marks says whether groups of addresses are services by mark.
	Marks MarkPlan
}

// SetupOf picks the core's part of c.
func SetupOf(c *config.Config) Setup {
	return Setup{
		VirtualServers: c.VirtualServers,
		Groups:         c.ServerGroups,
		Files:          c.TrackFiles,
		InitNotifies:   c.Global.RSInitNotifies,
		QuietCheckers:  c.Global.Mail.NoCheckerChanges,
		Marks:          MarkPlan{On: c.Global.NFTables.IPVSTable != "", First: c.Global.NFTables.IPVSMark},
	}
}

// Core is all virtual servers with their real servers and checkers. One goroutine
// uses it at a time.
type Core struct {
	setup    Setup
	groups   map[string]*config.ServerGroup // of setup
	files    map[string]*config.TrackFile   // of setup
	rnd      *rand.Rand
	virtuals []*virtual // order of the configuration
	services map[ID]*virtual
	owners   map[ipvs.ServiceID]*virtual // of the services in the kernel
	marks    marks
	checks   map[CheckID]*check
	due      deadline.Heap[*check]
	ramps    deadline.Heap[*server]
	here     map[netip.Addr]bool // addresses of the host, for ha_suspend
	lastID   CheckID
	started  bool
	// Checkers that make no attempts, by what they follow.
	followers  map[Followed][]*check
	orphans    []*check                       // checkers whose attempt was given up with another one
	configured time.Time                      // the last Configure
	overrides  map[ServerOf]override.Override // also of servers that there are not
	work       scratch
	durations  map[config.CheckKind]*Durations
}

// scratch is memory of one call that the next one uses again: a reload looks at every
// server and every checker.
type scratch struct {
	seen  map[ipvs.DestID]bool
	old   map[ipvs.DestID]*server
	same  [2]config.Checker
	turns []turn
}

// New gives a Core without virtual servers. The random delays of first checks
// (warmup, semantics 9.1) come from seed alone.
func New(seed uint64) *Core {
	return &Core{
		rnd:      random(seed),
		services: map[ID]*virtual{},
		owners:   map[ipvs.ServiceID]*virtual{},
		checks:   map[CheckID]*check{}, durations: map[config.CheckKind]*Durations{},
		work: scratch{seen: map[ipvs.DestID]bool{}, old: map[ipvs.DestID]*server{}},
	}
}

// Seed has the random delays from now on come from seed (random_seed).
func (c *Core) Seed(seed uint64) { c.rnd = random(seed) }

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }

// firstPause comes before the first attempt of a checker.
const firstPause = time.Second

// minimumBeat keeps a suspended checker without a delay_loop from spinning.
const minimumBeat = time.Second

// Next is the time of the earliest attempt, or step of a weight, that is due; false when there is none.
func (c *Core) Next() (time.Time, bool) {
	k, s := c.due.Next(), c.ramps.Next()
	switch {
	case k != nil && (s == nil || k.At.Before(s.At)):
		return k.At, true
	case s != nil:
		return s.At, true
	}
	return time.Time{}, false
}

// pend begins the output of a call at now.
func (c *Core) pend(now time.Time) *pending { return &pending{now: now, ramps: &c.ramps} }

// Expire starts every attempt that is due at now, and has weights grow.
func (c *Core) Expire(now time.Time) Output {
	var out Output
	for t := c.due.Next(); t != nil && !t.At.After(now); t = c.due.Next() {
		k := t.Of
		c.due.Cancel(t)
		k.lag = now.Sub(t.At)
		if k.server.service.suspended {
			c.planAt(k, now.Add(max(k.cfg.DelayLoop, minimumBeat)))
			continue
		}
		k.running, k.started = true, now
		c.join(k, now)
		out.Probe = append(out.Probe, Probe{
			ID: k.id, Checker: k.cfg, URL: k.url,
			Service: k.server.service.name, Server: k.server.name,
		})
	}
	out.Append(c.grow(now))
	return out
}

// grow has the weights grow that are due at now.
func (c *Core) grow(now time.Time) Output {
	a := c.pend(now)
	for t := c.ramps.Next(); t != nil && !t.At.After(now); t = c.ramps.Next() {
		c.ramps.Cancel(t)
		t.Of.step(a)
	}
	return a.done()
}

// Observe takes the outcome of an attempt that ended at now. Outcomes of checkers
// that are gone, and a second outcome of one attempt, are ignored.
func (c *Core) Observe(now time.Time, id CheckID, o attempt.Outcome) Output {
	k := c.checks[id]
	if k == nil || !k.running {
		return Output{}
	}
	a := c.pend(now)
	c.take(a, now, k, o)
	for other := k.parted(); other != nil; other = other.parted() {
		if c.checks[other.id] == other && other.running {
			c.take(a, now, other, asSaidOf(o, k, other))
		}
	}
	return a.done()
}

// take has a checker take the outcome of an attempt.
func (c *Core) take(a *pending, now time.Time, k *check, o attempt.Outcome) {
	k.running = false
	if o.Verdict != attempt.Local {
		c.took(k.cfg.Kind, now.Sub(k.started))
	}
	pause := k.cfg.DelayLoop
	if !k.server.service.suspended {
		pause = k.observe(a, now, c.setup, o)
	}
	c.plan(k, now, pause)
}

// plan makes the next attempt of a checker due that pauses from now on.
func (c *Core) plan(k *check, now time.Time, pause time.Duration) {
	k.pause = pause
	at := k.after(now, pause)
	if k.lag >= stall && pause > 0 && pause == k.cfg.DelayLoop && k.tries == 0 {
		// Together with all others after a stall, it goes back to the beat it had, in which they were spread.
		at = at.Add(-k.lag % pause)
	}
	c.due.Set(&k.due, at)
}

// stall is how late an attempt is that was not late by itself: this process, or its machine, has stood still.
const stall = time.Second

// planAt makes an attempt due at a time that does not follow from the last one.
func (c *Core) planAt(k *check, at time.Time) {
	k.pause = 0
	c.due.Set(&k.due, at)
}

// first is the delay of a checker's first attempt (semantics 9.1).
func (c *Core) first(warmup time.Duration) time.Duration {
	d := firstPause
	if warmup > 0 {
		d += time.Duration(c.rnd.Int64N(int64(warmup) + 1))
	}
	return d
}

// Owns reports whether a service in the kernel is that of a virtual server.
func (c *Core) Owns(id ipvs.ServiceID) bool { return c.owners[id] != nil }
