package rehearsal

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
)

// An Event is something that happens to a director.
type Event struct {
	At       time.Duration
	What     string // a word of words
	Director string // d1, d2 and so on
	Object   string // the interface, tracked object or file, where the word has one
	// Config is that of the file of a reload.
	Config *config.Config
	Line   int // of the script
}

// Reload is the word of an event that needs a configuration.
const Reload = "reload"

// A word of a script says what happens.
type word struct {
	name, object string
	help         string
}

func words() []word {
	return []word{
		{"kill", "", "it is off from one moment to the next"},
		{"start", "", "it is turned on"},
		{"stop", "", "its daemon is stopped, which gives its addresses up"},
		{"cut", "", "nothing comes through its cables any more, which it does not notice"},
		{"heal", "", "its cables are whole again"},
		{"unplug", "INTERFACE", "an interface has no carrier"},
		{"plug", "INTERFACE", "the interface has one again"},
		{"fail", "OBJECT", "a tracked script, process, file or BFD session fails"},
		{"mend", "OBJECT", "it is well again"},
		{Reload, "FILE", "it takes another file over"},
	}
}

// Help says what can be in a script.
func Help() string {
	var b strings.Builder
	for _, w := range words() {
		fmt.Fprintf(&b, "  %-22s %s\n", strings.TrimSpace(w.name+" d1 "+w.object), w.help)
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
		if w.name != e.What {
			continue
		}
		if (w.object == "") != (e.Object == "") {
			return Event{}, fmt.Errorf("%s: write %s", e.What, strings.TrimSpace(w.name+" d1 "+w.object))
		}
		return e, nil
	}
	return Event{}, fmt.Errorf("%q is nothing that can happen; what can is:\n%s", e.What, strings.TrimSuffix(Help(), "\n"))
}

// happen makes an event come true.
func (s *stage) happen(e Event) error {
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
	if !found {
		return fmt.Errorf("line %d: %s tracks no %s", e.Line, h.name, e.Object)
	}
	return nil
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
			s.becomes(r.name, h.name, "")
		}
	}
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
