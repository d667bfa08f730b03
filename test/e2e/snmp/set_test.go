//go:build e2e

package snmp

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"holdfast/test/lab"
)

// writable are the columns that some MIB says may be written, with values of their type.
func writable() map[string][]string {
	const keepalived, v2, v3 = ".1.3.6.1.4.1.9586.100.5.", ".1.3.6.1.2.1.68.1.", ".1.3.6.1.2.1.207.1.1."
	truth, wrong := []string{"i 2"}, []string{"u 77", "s x", "a 10.0.0.1", "o .1.3"}
	return map[string][]string{
		keepalived + "2.3.1.7":  append([]string{"i 77", "i 0", "i 1", "i 254", "i 255", "i 256", "i 99"}, wrong...),
		keepalived + "2.3.1.13": append([]string{"i 1", "i 2", "i 3", "i 0", "i 1"}, wrong...),
		keepalived + "2.3.1.27": truth, keepalived + "2.3.1.28": truth, keepalived + "2.3.1.29": truth, keepalived + "2.3.1.33": truth,
		v2 + "2": truth, v2 + "3.1.4": truth, v2 + "3.1.5": {"i 77"}, v2 + "3.1.8": {"a 192.168.1.151"},
		v2 + "3.1.9": {"i 1"}, v2 + "3.1.10": {"s x"}, v2 + "3.1.11": {"i 2"}, v2 + "3.1.12": truth, v2 + "3.1.14": {"i 1"},
		v2 + "3.1.15": {"i 6"}, v2 + "4.1.2": {"i 6"},
		v3 + "1.1.4": {"x c0a80197"}, v3 + "1.1.7": {"u 77"}, v3 + "1.1.9": {"i 100"}, v3 + "1.1.10": truth,
		v3 + "1.1.11": truth, v3 + "1.1.13": {"i 6"}, v3 + "2.1.2": {"i 6"},
	}
}

// set is what comes of setting a variable.
func (s *station) set(args ...string) string {
	out, _ := s.ask("snmpset", "private", args...)
	return out
}

// under is the first variable of a column.
func under(walk []string, column string) string {
	for _, l := range walk {
		if name, _, _ := strings.Cut(l, " "); strings.HasPrefix(name, column+".") {
			return name
		}
	}
	return column + ".1"
}

// sets has variables of columns set to values, and sees that the same comes of it.
func (p pair) sets(columns map[string][]string) {
	walk := p.theirs.walk()
	names := make([]string, 0, len(columns))
	for c := range columns {
		names = append(names, c)
	}
	slices.Sort(names)
	try := func(name, value string) {
		kind, text, _ := strings.Cut(value, " ")
		if theirs, ours := p.theirs.set(name, kind, text), p.ours.set(name, kind, text); theirs != ours {
			p.ours.Errorf("%s = %s:\n%s\nwant\n%s", name, value, ours, theirs)
		}
	}
	for _, column := range names {
		for _, value := range columns[column] {
			try(under(walk, column), value)
		}
		try(column+".99", columns[column][0])
	}
}

// Whatever may be written by a MIB may be here as with 2.2.7, and what may not is refused with the same words.
func TestSets(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		p.each(func(s *station) { s.start(scene(t, "sets")) })
		p.same(100)
		p.sets(writable())
		p.same(100)
		// A reload ends it.
		p.each(func(s *station) { s.must(s.d.Proc.Signal(syscall.SIGHUP)) })
		p.have(".1.3.6.1.4.1.9586.100.5.2.3.1.7.1 = INTEGER: 100")
		p.same(100)
	})
}

// have waits until both show a value.
func (p pair) have(line string) {
	name, _, _ := strings.Cut(line, " ")
	p.ours.must(lab.Eventually(soon, line, func() (bool, string) {
		theirs, err1 := p.theirs.get(name)
		ours, err2 := p.ours.get(name)
		return err1 == nil && err2 == nil && theirs == line && ours == line, "keepalived: " + theirs + "\nholdfast: " + ours
	}))
}

// What is set takes its effect: a backup with more priority takes over, and a master with less is none any more, when
// another one is there; with nopreempt set it is left alone.
func TestSetsHaveAnEffect(t *testing.T) {
	t.Parallel()
	const priority, preempt, state = ".1.3.6.1.4.1.9586.100.5.2.3.1.7.1", ".1.3.6.1.4.1.9586.100.5.2.3.1.13.1", ".1.3.6.1.4.1.9586.100.5.2.3.1.4.1"
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		p.each(func(s *station) {
			s.startPeer("vrrp_instance P_1 {\n interface eth0\n virtual_router_id 51\n priority 100\n advert_int 1\n" +
				" virtual_ipaddress {\n  192.168.1.51\n }\n}\n")
			s.must(lab.Eventually(soon, "the other master", func() (bool, string) {
				return strings.Contains(s.peer.Logs(), "(P_1) Entering MASTER STATE"), s.peer.Logs()
			}))
			s.start(strings.Replace(scene(t, "sets"), "priority 100", "priority 90", 1))
		})
		p.have(state + " = INTEGER: 1")
		for _, step := range []struct{ name, value, state string }{
			{priority, "200", "2"}, {priority, "50", "1"}, {preempt, "2", "1"}, {priority, "210", "1"}, {preempt, "1", "2"},
		} {
			p.each(func(s *station) {
				if out := s.set(step.name, "i", step.value); out != step.name+" = INTEGER: "+step.value {
					s.Fatal(out)
				}
			})
			p.have(state + " = INTEGER: " + step.state)
		}
	})
}
