package lvs

import (
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/override"
	"holdfast/ipvs"
)

// Runs are the attempts of a checker, by what they came to.
type Runs struct{ Passed, Failed, Undone uint32 }

// count counts an attempt.
func (r *Runs) count(v attempt.Verdict) {
	switch v {
	case attempt.Passed:
		r.Passed++
	case attempt.Local:
		r.Undone++
	default:
		r.Failed++
	}
}

// DurationBounds are the upper bounds of the classes of Durations.
func DurationBounds() [13]time.Duration {
	const ms = time.Millisecond
	return [...]time.Duration{ms, 2500 * time.Microsecond, 5 * ms, 10 * ms, 25 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms,
		1000 * ms, 2500 * ms, 5000 * ms, 10_000 * ms}
}

// Durations are how long attempts took, from when they were due to be made to their outcome.
type Durations struct {
	Below [13]uint64 // no longer than each bound
	Count uint64
	Sum   time.Duration
}

func (d *Durations) add(took time.Duration) {
	bounds := DurationBounds()
	for i := len(bounds) - 1; i >= 0 && took <= bounds[i]; i-- {
		d.Below[i]++
	}
	d.Count++
	d.Sum += took
}

// took counts how long an attempt took.
func (c *Core) took(kind config.CheckKind, time time.Duration) {
	d := c.durations[kind]
	if d == nil {
		d = &Durations{}
		c.durations[kind] = d
	}
	d.add(time)
}

// Durations are those of all kinds of which attempts were made.
func (c *Core) Durations() map[config.CheckKind]Durations {
	all := make(map[config.CheckKind]Durations, len(c.durations))
	for kind, d := range c.durations {
		all[kind] = *d
	}
	return all
}

// A Meter is told what is counted and measured: each virtual server in the order of the configuration, behind it its
// real servers, and behind each of those its checkers. What it is told is of no use after that.
type Meter interface {
	Virtual(*VirtualReading)
	Server(*ServerReading)
	Checker(*CheckerReading)
}

// VirtualReading is what is measured of a virtual server.
type VirtualReading struct {
	Name      string
	Members   []ipvs.ServiceID // its services in the kernel
	Agreed    bool             // see Agreed
	Asked     uint64           // as in VirtualStatus
	Quorum    string           // as in VirtualStatus
	Wanted    uint32           // weight that the quorum takes
	Live      int64            // effective weight of the servers that are up
	Servers   int
	Up        int
	Suspended bool
	Pool      uint8 // who serves: 0 the real servers, 1 the backup servers, 2 the sorry server
	virtual   *virtual
}

// Sorry is where the sorry server is found in a member; false without one.
func (r *VirtualReading) Sorry(n int) (ipvs.DestID, bool) {
	if r.virtual.cfg.Sorry == nil {
		return ipvs.DestID{}, false
	}
	return r.virtual.members[n].dest(r.virtual.cfg.Sorry), true
}

// ServerReading is what is measured of a real server.
type ServerReading struct {
	Service    string
	Name       string
	Up         bool
	Configured int
	Effective  int32
	Override   override.Action // "" without one
	server     *server
}

// Dest is where the server is found in a member of its virtual server.
func (r *ServerReading) Dest(n int) ipvs.DestID {
	return r.server.service.members[n].dest(r.server.cfg)
}

// CheckerReading is what is measured of a checker.
type CheckerReading struct {
	Service string
	Server  string
	Number  int // in its server, from 1
	Kind    config.CheckKind
	Up      bool
	Ran     bool
	Enabled bool
	Started time.Time // of the last attempt; zero before the first
	Runs    Runs
}

// HasMembers reports whether anything is to be in the kernel's table.
func (c *Core) HasMembers() bool { return len(c.owners) > 0 }

// Measure tells m all that there is. It copies nothing.
func (c *Core) Measure(m Meter) {
	for next, more := 0, true; more; {
		next, more = c.MeasureSome(m, next, 1)
	}
}

// MeasureSome tells m of virtual servers from one with a number on, until that were so many real servers, and tells the
// number of the next one.
func (c *Core) MeasureSome(m Meter, from, servers int) (next int, more bool) {
	for next = from; next < len(c.virtuals) && servers > 0; next++ {
		v := c.virtuals[next]
		servers -= len(v.servers) + 1
		r := VirtualReading{Name: v.name, Quorum: [...]string{"unknown", "up", "down"}[v.quorum], Wanted: v.cfg.Quorum,
			Live: v.live(), Servers: len(v.servers), Suspended: v.suspended, Pool: uint8(v.uses()),
			Agreed: Agreed(v.cfg), Asked: v.hash(), virtual: v}
		for _, member := range v.members {
			r.Members = append(r.Members, member.id)
		}
		for _, s := range v.servers {
			if s.up {
				r.Up++
			}
		}
		m.Virtual(&r)
		measure(m, v)
	}
	return next, next < len(c.virtuals)
}

func measure(m Meter, v *virtual) {
	// The same place for all of them: ten thousand would be garbage of a megabyte.
	var server ServerReading
	var checker CheckerReading
	for _, s := range v.servers {
		server = ServerReading{Service: v.name, Name: s.name, Up: s.up, Configured: s.cfg.Weight,
			Effective: s.effective(), Override: v.overrides[s].Action, server: s}
		m.Server(&server)
		for n, k := range s.checks {
			checker = CheckerReading{Service: v.name, Server: s.name, Number: n + 1, Kind: k.cfg.Kind, Up: k.up, Ran: k.ran,
				Enabled: !v.suspended, Started: k.started, Runs: k.runs}
			m.Checker(&checker)
		}
	}
}
