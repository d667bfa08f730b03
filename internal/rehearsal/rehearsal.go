// Package rehearsal plays what the directors of one network would do: the protocol of package vrrp on an Ethernet and
// in a time that do not exist. It tells who is master when, how long the addresses were nobody's, and whom clients
// of virtual servers find. It is pure, and a
// rehearsal of the same files and events is the same each time.
package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/config/agreement"
	"holdfast/vrrp"
)

// A Line is something that happened.
type Line struct {
	At       time.Duration
	Director string // "" for what is not of one
	Router   string // or virtual server; "" for what is not of one
	Text     string
	Log      bool // a line of the log of the director
	Advert   bool // an advert of the director
}

// An Account is how a virtual router was served, as a client sees it who is where the directors are that are not cut
// off.
type Account struct {
	Router  string
	Without time.Duration // nobody had the addresses
	Double  time.Duration // more than one director had
	Masters []string      // at the end
}

// A Span is how long something stayed as it was: a virtual router on a director, or, without a director, what clients
// find: who has its addresses, or who of a virtual server answers.
type Span struct {
	Router, Director string
	From, To         time.Duration
	State            string
	Bad              Bad
}

// Bad is what clients have to complain of.
type Bad uint8

// What it can be: nothing, something for some of them, and all of them find nobody.
const (
	Fine Bad = iota
	Partly
	Nobody
)

// A Result is a rehearsal.
type Result struct {
	Lines    []Line
	Spans    []Span
	Accounts []Account
	Services []Service
	For      time.Duration
}

// Play has directors start together and tells what happens until an end. Directors are called d1, d2 and so on.
func Play(directors []agreement.Director, events []Event, end time.Duration) (Result, error) {
	s := newStage(directors)
	for i := range s.hosts {
		s.tell(s.hosts[i], "", "starts with "+directors[i].File)
		s.start(s.hosts[i])
	}
	for _, e := range slices.SortedStableFunc(slices.Values(events), func(a, b Event) int { return int(a.At - b.At) }) {
		if e.At > end {
			break
		}
		s.run(epoch().Add(e.At))
		if err := s.happen(e); err != nil {
			return Result{}, err
		}
	}
	s.run(epoch().Add(end))
	return s.result(end), nil
}

// epoch is when a rehearsal begins. Signatures have the time in them.
func epoch() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// A stage is the directors and the network between them.
type stage struct {
	now      time.Time
	hosts    []*host
	routers  []*served
	queue    []delivery
	answers  []answer // the next one first
	services []*service
	unasked  []*service // whose clients may find something else now
	victims  map[victim]bool
	lines    []Line
	spans    []Span
	open     map[owner]int // spans that go on
}

// An owner is whose span it is.
type owner struct{ router, director string }

// becomes ends a span and begins the next; "" begins none.
func (s *stage) becomes(router, director, state string, bad Bad) {
	of := owner{router, director}
	if i, ok := s.open[of]; ok {
		s.spans[i].To = s.elapsed()
		delete(s.open, of)
	}
	if state != "" {
		s.open[of] = len(s.spans)
		s.spans = append(s.spans, Span{Router: router, Director: director, From: s.elapsed(), State: state, Bad: bad})
	}
}

// served is a virtual router as clients see it.
type served struct {
	name     string
	on       map[*host]*config.Instance
	services []*service // that have addresses of it
	masters  []string
	since    time.Time // it is so
	line     int       // that says so, of several masters
	Account
}

func newStage(directors []agreement.Director) *stage {
	s := &stage{now: epoch(), open: map[owner]int{}, victims: map[victim]bool{}}
	for i := range directors {
		s.hosts = append(s.hosts, newHost(i, directors[i].Config))
	}
	s.wire(agreement.Routers(directors))
	s.finds()
	return s
}

// wire puts interfaces together that have a virtual router in common, gives them addresses, and names the routers.
func (s *stage) wire(routers []agreement.Router) {
	nets := map[port]int{}
	join := func(a, b port) {
		from, to := nets[a], nets[b]
		for p, n := range nets {
			if n == from {
				nets[p] = to
			}
		}
	}
	for _, r := range routers {
		first := r.Members[0]
		out := &served{name: first.Instance.Name, on: map[*host]*config.Instance{}, since: s.now}
		out.Router = out.name
		for _, m := range r.Members {
			s.hosts[m.Director].routers[m.Instance.Name] = out
			out.on[s.hosts[m.Director]] = m.Instance
			p := port{m.Director, m.Instance.Interface}
			if _, ok := nets[p]; !ok {
				nets[p] = len(nets)
			}
			join(p, port{first.Director, first.Instance.Interface})
		}
		s.routers = append(s.routers, out)
	}
	for _, h := range s.hosts {
		for _, dev := range h.devs {
			n, ok := nets[port{h.n, dev}]
			if !ok {
				n = -1 - h.n // a network of its own
			}
			h.nets[dev] = n
		}
	}
	for _, h := range s.hosts {
		h.address(s)
	}
}

// A port is an interface of a host.
type port struct {
	host int
	dev  string
}

func (s *stage) elapsed() time.Duration { return s.now.Sub(epoch()) }

func (s *stage) tell(h *host, router, text string) {
	l := Line{At: s.elapsed(), Router: router, Text: text}
	if h != nil {
		l.Director = h.name
	}
	s.lines = append(s.lines, l)
}

// look compares what clients see with what they saw.
func (s *stage) look() {
	for _, r := range s.routers {
		var masters []string
		for _, h := range s.hosts {
			if h.serves(r) {
				masters = append(masters, h.name)
			}
		}
		if slices.Equal(masters, r.masters) {
			continue
		}
		lasted := s.settle(r)
		switch was := len(r.masters); {
		case len(masters) > 1:
			r.line = len(s.lines)
			s.tell(nil, r.name, strings.Join(masters, " and ")+" have the addresses at once")
		case len(masters) == 1 && was > 1 && lasted <= handover:
			s.lines[r.line].Text = masters[0] + " takes the addresses over"
		case len(masters) == 1 && was == 0 && lasted > 0:
			s.tell(nil, r.name, fmt.Sprintf("%s has the addresses, which were nobody's for %s", masters[0], text(lasted)))
		case len(masters) == 1 && was > 1:
			s.tell(nil, r.name, fmt.Sprintf("only %s has the addresses, after %s", masters[0], text(lasted)))
		case len(masters) == 0:
			s.tell(nil, r.name, "nobody has the addresses")
		default:
			s.tell(nil, r.name, masters[0]+" has the addresses")
		}
		r.masters = masters
		bad := Fine
		if len(masters) > 1 {
			bad = Partly
		}
		s.becomes(r.name, "", strings.Join(masters, " and "), bad)
		s.unasked = append(s.unasked, r.services...)
	}
}

// handover is how long two directors have the addresses when one takes over from another that lives: until that one has
// heard of it.
const handover = 10 * delay

// settle adds the time since the last change to the account of a router.
func (s *stage) settle(r *served) time.Duration {
	lasted := s.now.Sub(r.since)
	switch {
	case len(r.masters) == 0:
		r.Without += lasted
	case len(r.masters) > 1 && lasted > handover:
		r.Double += lasted
	}
	r.since = s.now
	return lasted
}

func (s *stage) result(end time.Duration) Result {
	s.ask()
	for _, i := range s.open {
		s.spans[i].To = end
	}
	out := Result{Lines: s.lines, Spans: s.spans, For: end}
	for _, r := range s.routers {
		s.settle(r)
		r.Masters = r.masters
		out.Accounts = append(out.Accounts, r.Account)
	}
	for _, sv := range s.services {
		s.settleService(sv)
		sv.Servers, sv.Well = sv.found.servers, sv.found.bad() == Fine
		sv.Notable = sv.Notable || !sv.Well || sv.router == nil || sv.Unanswered != sv.router.Without
		out.Services = append(out.Services, sv.Service)
	}
	return out
}

// text is a duration in seconds.
func text(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }

// setup is what the protocol is told of a configuration.
func setup(c *config.Config) vrrp.Setup {
	instances := slices.Clone(c.Instances)
	for i := range instances {
		keys := slices.Clone(instances[i].HMAC.Keys)
		for k := range keys {
			// What is in files is not read: keys with one number are taken for the same.
			if keys[k].Text == "" {
				keys[k].Text = fmt.Sprintf("key %d of a file, whatever is in it", keys[k].ID)
			}
		}
		instances[i].HMAC.Keys = keys
	}
	return vrrp.Setup{Instances: instances, Groups: c.Groups, StartupDelay: c.Global.VRRPStartupDelay}
}
