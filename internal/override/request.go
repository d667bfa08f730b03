package override

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/config"
)

// A Verb is what somebody asks for.
type Verb string

// The verbs. Ready ends Drain and Maint, Default ends Weight and LogLevel, Resume ends Maintenance and Failover, Join
// ends Leave, Clear ends everything, or whatever a name has. Leave is Drain for the director.
const (
	AskDrain       Verb = "drain"
	AskMaint       Verb = "maint"
	AskReady       Verb = "ready"
	AskWeight      Verb = "weight"
	AskMaintenance Verb = "maintenance"
	AskResume      Verb = "resume"
	AskFailover    Verb = "failover"
	AskLeave       Verb = "leave"
	AskJoin        Verb = "join"
	AskLogLevel    Verb = "log-level"
	AskPriority    Verb = "priority"
	AskPreempt     Verb = "preempt"
	AskClear       Verb = "clear"
)

// A Request is what somebody asks for.
type Request struct {
	Verb Verb
	// Name is of a real server in any of the ways in which it is written, or of a vrrp_instance or vrrp_sync_group, or
	// "all". Service is the virtual server that a real server is meant in; "" is every one that has it.
	Name, Service string
	// Weight is that of AskWeight; nil is the one of the configuration. Level likewise; "" is that of the command line.
	Weight *int
	Level  string
	// Priority is that of AskPriority, from 1 to 255, and Preempt that of AskPreempt, not nil; both are for one instance,
	// and what the configuration says ends what was said before.
	Priority    uint8
	Preempt     *bool
	For         time.Duration // 0 is without an end, and for AskFailover FailoverTime
	UntilReload bool          // it ends with the next reload
	By          string        // name of the user, "" if there is none
	UID         uint32
}

// Bounds of requests.
const (
	// FailoverTime is how long a virtual router leaves being master to others when nobody says how long.
	FailoverTime = time.Minute
	// MaxTime is the longest time that one may ask for.
	MaxTime = 365 * 24 * time.Hour
	// MaxWeight is the greatest weight of a server.
	MaxWeight = 65535
)

// All is the name of everything there is.
const All = "all"

// Levels are the names of log levels, the one with the most lines first.
func Levels() []string { return []string{"debug", "info", "warning", "error"} }

// A Change is what comes of a request.
type Change struct {
	Begun []Override // with what they were before, where they were
	Ended []Override
}

// Apply makes a change of a request, by the configuration that runs. The error says why not, for whoever asks; then
// nothing has changed.
func (l *List) Apply(r Request, c *config.Config, now Moment) (Change, error) {
	if r.For < 0 || r.For > MaxTime {
		return Change{}, fmt.Errorf("a time of %v is not between 0 and %s", r.For, Short(MaxTime))
	}
	o := Override{By: r.By, UID: r.UID, Since: now.Wall, UntilReload: r.UntilReload}
	switch r.Verb {
	case AskDrain:
		o.Action = Drain
	case AskMaint:
		o.Action = Maint
	case AskWeight:
		if r.Weight == nil {
			return l.end(l.serversOf(r, c, Weight))
		}
		if o.Action, o.Value = Weight, *r.Weight; o.Value < 0 || o.Value > MaxWeight {
			return Change{}, fmt.Errorf("weight %d is not between 0 and %d", o.Value, MaxWeight)
		}
	case AskReady:
		return l.end(l.serversOf(r, c, Drain, Maint))
	case AskMaintenance:
		o.Action = Maintenance
	case AskFailover:
		if o.Action = Failover; r.For == 0 {
			r.For = FailoverTime
		}
	case AskResume:
		return l.end(l.routersOf(r, c, Maintenance, Failover))
	case AskLeave:
		o.Action = Drain
	case AskJoin:
		return l.end(l.having(func(t Target) bool { return t.Kind == Director }, "this director is not drained"))
	case AskLogLevel:
		if r.Level == "" {
			return l.end(l.having(func(t Target) bool { return t.Kind == Log }, "the log has the level of the command line"))
		}
		if o.Action, o.Level = LogLevel, r.Level; !slices.Contains(Levels(), r.Level) {
			return Change{}, fmt.Errorf("there is no level %q; levels are %s", r.Level, strings.Join(Levels(), ", "))
		}
	case AskPriority, AskPreempt:
		return l.set(r, c, o)
	case AskClear:
		return l.clear(r)
	default:
		return Change{}, fmt.Errorf("there is no verb %q", r.Verb)
	}
	targets, err := l.targets(r, c)
	if err != nil {
		return Change{}, err
	}
	if r.For > 0 {
		o.Until, o.Deadline = now.Wall.Add(r.For), now.Boot+r.For
	}
	return l.begin(targets, o), nil
}

// targets are those that a request is to put something into force for.
func (l *List) targets(r Request, c *config.Config) ([]Target, error) {
	switch r.Verb {
	case AskLogLevel:
		return []Target{{Kind: Log}}, nil
	case AskLeave:
		if !announces(c) {
			return nil, errors.New("nothing is announced: no virtual_server has the word announce")
		}
		return []Target{{Kind: Director}}, nil
	case AskMaintenance, AskFailover:
		all, err := routers(c, r.Name)
		if err != nil || r.Verb == AskMaintenance {
			return all, err
		}
		for _, t := range all {
			if by, is := l.Holding(c, t); is {
				return nil, fmt.Errorf("%s: %s, which is not master", by, by.What())
			}
		}
		return all, nil
	}
	if r.Name == "" {
		return nil, errors.New("which server is not said")
	}
	return servers(c, r.Name, r.Service)
}

func (l *List) begin(targets []Target, o Override) Change {
	var done Change
	for _, t := range targets {
		o.Target = t
		l.Put(o)
		done.Begun = append(done.Begun, o)
	}
	return done
}

// end ends overrides that were looked for.
func (l *List) end(all []Override, err error) (Change, error) {
	if err != nil {
		return Change{}, err
	}
	for _, o := range all {
		l.Remove(o.Target)
	}
	return Change{Ended: all}, nil
}

// having are the overrides of targets that fit, or the error that there are none.
func (l *List) having(fits func(Target) bool, none string) (all []Override, err error) {
	for _, o := range l.All() {
		if fits(o.Target) {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		return nil, errors.New(none)
	}
	return all, nil
}

// serversOf are the overrides of a server with one of some actions, also of one that is not configured any more.
func (l *List) serversOf(r Request, c *config.Config, actions ...Action) ([]Override, error) {
	all, err := l.having(func(t Target) bool {
		return t.Kind == Server && slices.Contains(actions, l.of[t].Action) &&
			fitsServer(r.Name, t.Name) && (r.Service == "" || fitsService(r.Service, t.Service))
	}, "nothing of the kind is in force for "+r.Name)
	if err != nil {
		if _, unknown := servers(c, r.Name, r.Service); unknown != nil {
			return nil, unknown
		}
	}
	return all, err
}

// routersOf are the overrides of virtual routers. What holds for all of them or for a group ends only as a whole.
func (l *List) routersOf(r Request, c *config.Config, actions ...Action) ([]Override, error) {
	fits := func(t Target) bool {
		return t.Kind != Server && t.Kind != Log && slices.Contains(actions, l.of[t].Action) &&
			(r.Name == All || t.Kind != Routers && t.Name == r.Name)
	}
	all, err := l.having(fits, "nothing of the kind is in force for "+r.Name)
	if err == nil {
		return all, nil
	}
	targets, unknown := routers(c, r.Name)
	if unknown != nil {
		return nil, unknown
	}
	// An instance is named whose group has it.
	for _, t := range targets {
		if o, is := l.of[t]; is && slices.Contains(actions, o.Action) {
			return []Override{o}, nil
		}
	}
	if o, is := l.of[Target{Kind: Routers}]; is && slices.Contains(actions, o.Action) {
		return nil, fmt.Errorf("%s is %s with all others; it ends for all", r.Name, o.What())
	}
	return nil, err
}

// clear ends everything, or what a name has.
func (l *List) clear(r Request) (Change, error) {
	if r.Name == "" || r.Name == All {
		return l.end(l.All(), nil)
	}
	return l.end(l.having(func(t Target) bool {
		return t.Name == r.Name || t.Kind == Server && fitsServer(r.Name, t.Name)
	}, "nothing is in force for "+r.Name))
}

// Holding is the maintenance in which a target is, by itself or with others.
func (l *List) Holding(c *config.Config, t Target) (Override, bool) {
	for _, at := range covering(c, t) {
		if o, is := l.of[at]; is && o.Action == Maintenance {
			return o, true
		}
	}
	return Override{}, false
}
