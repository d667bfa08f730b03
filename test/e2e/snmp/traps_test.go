//go:build e2e

package snmp

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"holdfast/test/lab"
)

// told are the notifications that came since a mark, without what is a time, in an order of their own: nobody says which
// of two instances changes first.
func (s *station) told(mark int) []string {
	var all []string
	uptime := regexp.MustCompile(`^\.1\.3\.6\.1\.2\.1\.1\.3\.0 = [^\t]*\t`)
	for _, l := range strings.Split(s.traps.LogSince(mark), "\n") {
		if strings.Contains(l, ".1.3.6.1.6.3.1.1.4.1.0 = ") && !strings.Contains(l, ".1.3.6.1.6.3.1.1.5.") {
			all = append(all, uptime.ReplaceAllString(strings.TrimSpace(l), ""))
		}
	}
	slices.Sort(all)
	return all
}

// A step is something that happens to both, and how many notifications tell of it.
type step struct {
	name string
	many int
	do   func(*station)
}

// tells has things happen, and waits behind each until both have told the same of it.
func (p pair) tells(steps []step) {
	for _, step := range steps {
		marks := [2]int{p.theirs.traps.LogSize(), p.ours.traps.LogSize()}
		p.each(step.do)
		p.ours.must(lab.Eventually(soon, "the same notifications after "+step.name, func() (bool, string) {
			theirs, ours := p.theirs.told(marks[0]), p.ours.told(marks[1])
			if len(theirs) != step.many {
				return false, fmt.Sprintf("%d of keepalived:\n%s", len(theirs), strings.Join(theirs, "\n"))
			}
			diff := compare(theirs, ours)
			return diff == "", diff
		}))
	}
}

// without is a text without what is between two of its parts.
func without(text, from, to string) string {
	before, _, _ := strings.Cut(text, from)
	_, after, _ := strings.Cut(text, to)
	return before + to + after
}

// What happens to virtual routers is told as 2.2.7 tells it: of instances, of groups, and of new masters by the MIBs of
// both RFCs.
func TestWhatHappensIsTold(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		link := func(s *station, state string) {
			_, err := s.d.Host.Run("ip", "link", "set", "in1", state)
			s.must(err)
		}
		p.tells([]step{
			{"a start", 18, func(s *station) { s.start(scene(t, "traps")) }},
			{"an interface goes", 4, func(s *station) { link(s, "down") }},
			{"it comes back", 13, func(s *station) { link(s, "up") }},
			{"a better master", 4, func(s *station) { s.startPeer(scene(t, "peer")) }},
			{"it resigns", 8, func(s *station) { s.must(s.peer.Proc.Signal(syscall.SIGTERM)) }},
			{"a reload takes a router away", 1, func(s *station) {
				s.reload(without(scene(t, "traps"), "vrrp_instance VI_3", "vrrp_instance VI_4"))
			}},
			{"a reload brings it back", 4, func(s *station) { s.reload(scene(t, "traps")) }},
			{"a stop", 6, func(s *station) { s.stop() }},
		})
	})
}
