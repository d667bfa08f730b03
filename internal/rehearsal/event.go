package rehearsal

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
)

// An Event is something that happens to a director, or to a real server.
type Event struct {
	At       time.Duration
	What     string // a word of words
	Director string // d1, d2 and so on, or realServer
	Object   string // the interface, tracked object, file or server, where the word has one
	// Config is that of the file of a reload.
	Config *config.Config
	Line   int // of the script
}

// Reload is the word of an event that needs a configuration.
const Reload = "reload"

// realServer stands where a director stands in what happens to a real server.
const realServer = "real_server"

// A word of a script says what happens.
type word struct {
	name, object string
	help         string
	whom         string // "" is a director
}

func (w word) String() string {
	return strings.TrimSpace(w.name + " " + cmp.Or(w.whom, "d1") + " " + w.object)
}

func words() []word {
	return []word{
		{name: "kill", help: "it is off from one moment to the next"},
		{name: "start", help: "it is turned on"},
		{name: "stop", help: "its daemon is stopped, which gives its addresses up"},
		{name: "cut", help: "nothing comes through its cables any more, which it does not notice"},
		{name: "heal", help: "its cables are whole again"},
		{name: "unplug", object: "INTERFACE", help: "an interface has no carrier"},
		{name: "plug", object: "INTERFACE", help: "the interface has one again"},
		{name: "fail", object: "OBJECT", help: "a script, process, file or BFD session that it follows fails"},
		{name: "mend", object: "OBJECT", help: "it is well again"},
		{name: Reload, object: "FILE", help: "it takes another file over"},
		{name: "fail", whom: realServer, object: "ADDRESS [PORT]", help: "a real server is off, or what listens on its port"},
		{name: "mend", whom: realServer, object: "ADDRESS [PORT]", help: "it is on again"},
	}
}

// Help says what can be in a script.
func Help() string {
	var b strings.Builder
	for _, w := range words() {
		fmt.Fprintf(&b, "  %-32s %s\n", w, w.help)
	}
	return b.String()
}

// Parse reads a script: on each line a time since the beginning, in seconds, and what happens then: "20 kill d1".
// Behind # is a comment.
func Parse(script string) ([]Event, error) {
	var all []Event
	for i, line := range strings.Split(script, "\n") {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		e, err := parse(f)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		e.Line = i + 1
		all = append(all, e)
	}
	return all, nil
}

func parse(f []string) (Event, error) {
	seconds, err := strconv.ParseFloat(strings.TrimSuffix(f[0], "s"), 64)
	if err != nil || seconds < 0 || seconds > 1e6 {
		return Event{}, fmt.Errorf("%q is no time: write seconds since the beginning, as 20 or 2.5", f[0])
	}
	if len(f) < 3 {
		return Event{}, fmt.Errorf("a time, what happens and to whom: 20 kill d1")
	}
	e := Event{At: time.Duration(seconds * float64(time.Second)), What: f[1], Director: f[2], Object: strings.Join(f[3:],
		" ")}
	for _, w := range words() {
		if w.name != e.What || (w.whom == realServer) != (e.Director == realServer) {
			continue
		}
		if (w.object == "") != (e.Object == "") {
			return Event{}, fmt.Errorf("%s: write %s", e.What, w)
		}
		return e, nil
	}
	return Event{}, fmt.Errorf("%q is nothing that can happen; what can is:\n%s", e.What, strings.TrimSuffix(Help(), "\n"))
}

// happen makes an event come true.
func (s *stage) happen(e Event) error {
	s.unasked = append(s.unasked, s.services...)
	if e.Director == realServer {
		return s.strike(e)
	}
	var h *host
	for _, o := range s.hosts {
		if o.name == e.Director {
			h = o
		}
	}
	if h == nil {
		return fmt.Errorf("line %d: there is no director %s", e.Line, e.Director)
	}
	running := h.core != nil
	switch {
	case e.What == "start" && running:
		return fmt.Errorf("line %d: %s runs already", e.Line, h.name)
	case !running && (e.What == "kill" || e.What == "stop" || e.What == Reload):
		return fmt.Errorf("line %d: %s does not run", e.Line, h.name)
	}
	switch e.What {
	case "kill":
		s.tell(h, "", "is killed")
		s.off(h)
	case "start":
		s.tell(h, "", "starts")
		s.start(h)
	case "stop":
		s.tell(h, "", "is stopped")
		s.do(h, h.core.Stop(s.now))
		s.off(h)
	case "cut", "heal":
		s.tell(h, "", map[string]string{"cut": "is cut off", "heal": "is connected again"}[e.What])
		h.cut = e.What == "cut"
	case Reload:
		s.tell(h, "", "takes "+e.Object+" over")
		return s.reload(h, e)
	default:
		return s.change(h, e)
	}
	s.look()
	return nil
}

// change is about an interface or a tracked object.
func (s *stage) change(h *host, e Event) error {
	bad := e.What == "unplug" || e.What == "fail"
	if e.What == "unplug" || e.What == "plug" {
		if _, ok := h.links[e.Object]; !ok {
			return fmt.Errorf("line %d: %s has no interface %s", e.Line, h.name, e.Object)
		}
		s.tell(h, "", e.Object+map[bool]string{true: " loses its carrier", false: " has a carrier again"}[bad])
		h.links[e.Object] = !bad
		if h.core != nil {
			s.do(h, h.core.Link(s.now, h.link(e.Object)))
		}
		s.look()
		return nil
	}
	found := false
	for t := range h.tracks() {
		if t.Name != e.Object || t.Kind == config.TrackedInterface {
			continue
		}
		if !found {
			s.tell(h, "", t.Kind.String()+" "+t.Name+map[bool]string{true: " fails", false: " is well again"}[bad])
		}
		found = true
		h.failed[t.Name] = bad
		s.report(h, t)
	}
	for _, f := range lvs.SetupOf(h.cfg).Followed() {
		if f.Name != e.Object {
			continue
		}
		if !found {
			s.tell(h, "", f.Kind.String()+" "+f.Name+map[bool]string{true: " fails", false: " is well again"}[bad])
		}
		found = true
		h.failed[f.Name] = bad
		if h.checked != nil {
			s.carryOut(h, h.checked.core.Tell(s.now, f, h.value(f)))
		}
	}
	if !found {
		return fmt.Errorf("line %d: %s tracks no %s", e.Line, h.name, e.Object)
	}
	return nil
}

// strike turns a real server, or a port of it, off or on.
func (s *stage) strike(e Event) error {
	host, port, _ := strings.Cut(e.Object, " ")
	addr, err := netip.ParseAddr(host)
	n := uint64(0)
	if err == nil && port != "" {
		n, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("line %d: %s is no real server: write an address, or an address and a port", e.Line, e.Object)
	}
	v := victim{addr, uint16(n)}
	if !s.knows(v) {
		return fmt.Errorf("line %d: no director has a real server %s", e.Line, e.Object)
	}
	s.victims[v] = e.What == "fail"
	s.tell(nil, "", "real server "+e.Object+map[bool]string{true: " is off", false: " is on again"}[s.victims[v]])
	return nil
}

// knows reports whether a director sends clients to a server.
func (s *stage) knows(v victim) bool {
	for _, h := range s.hosts {
		for i := range h.cfg.VirtualServers {
			vs := &h.cfg.VirtualServers[i]
			for _, rs := range append(vs.RealServers, sorry(vs)...) {
				if rs.Addr == v.addr && (v.port == 0 || rs.Port == v.port) {
					return true
				}
			}
		}
	}
	return false
}

func sorry(v *config.VirtualServer) []config.RealServer {
	if v.Sorry == nil {
		return nil
	}
	return []config.RealServer{*v.Sorry}
}

// reload has a host take another configuration over.
func (s *stage) reload(h *host, e Event) error {
	h.cfg = e.Config
	h.connect()
	for _, dev := range h.devs {
		if _, ok := h.nets[dev]; !ok {
			return fmt.Errorf("line %d: %s names interface %s, which %s did not have before", e.Line, e.Object, dev, h.name)
		}
	}
	s.follow(h)
	for _, r := range s.routers {
		if r.on[h] == nil {
			s.becomes(r.name, h.name, "", Fine)
		}
	}
	s.finds()
	s.configure(h)
	s.notice(h)
	s.look()
	return nil
}

// follow finds the virtual routers of a host in its new configuration: as a reload does (semantics 7.1), or else by
// name.
func (s *stage) follow(h *host) {
	for _, r := range s.routers {
		old := r.on[h]
		delete(r.on, h)
		for i := range h.cfg.Instances {
			in := &h.cfg.Instances[i]
			if old != nil && (in.Router() == old.Router() || r.on[h] == nil && in.Name == old.Name) {
				r.on[h] = in
				h.routers[in.Name] = r
			}
		}
	}
}

func number(n uint8) string { return strconv.Itoa(int(n)) }
