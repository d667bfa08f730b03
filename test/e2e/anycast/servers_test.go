//go:build e2e

package anycast

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"holdfast/test/anycast"
	"holdfast/test/lab"
)

// fewer streams are enough where it is not about many.
const fewer = 300

// reals are the scenarios of servers that die, come back and are added under streams by three directors.
func reals() []scenario {
	all := []scenario{
		{"a server dies and comes back", fewer, serverDies}, {"a server is added", fewer, func(s *scene) { serverAdded(s, false) }},
	}
	if nightly() {
		all = append(all,
			scenario{"a server is deleted and added", streams, serverDeleted},
			scenario{"a server is added while a director dies", streams, func(s *scene) { serverAdded(s, true) }},
		)
	}
	return all
}

func hasAll(table string) bool { return strings.Count(table, " -w 1\n") == servers }

// dies has a server die under streams, and gives those of the others when all directors know.
func (s *scene) dies(ss anycast.Streams, known func(table string) bool, directors ...int) (own, others anycast.Streams) {
	s.Helper()
	own, others = ss.With("s2")
	if len(own) == 0 || len(others) == 0 {
		s.must(fmt.Errorf("streams are with %v", ss.Spread()))
	}
	s.Servers[1].Shut()
	s.tables("the dead server", known, directors...)
	return own, others
}

// serverDies has one die and come back, and then a director.
func serverDies(s *scene) {
	s.begin(plan(), 0, 1, 2)
	ss := s.open()
	before := s.fingerprint(0, 1, 2)
	own, others := s.dies(ss, func(table string) bool { return strings.Count(table, " -w 0\n") == 1 }, 0, 1, 2)
	s.live("a server is dead", others)
	if t := own.Ask(soon); t.Ended != len(own) {
		s.must(fmt.Errorf("streams with the dead server: %+v of %d", t, len(own)))
	}
	down := s.fingerprint(0, 1, 2)
	s.must(s.Serve(1))
	s.tables("the server that is back", hasAll, 0, 1, 2)
	s.live("the server is back", others)
	if after := s.fingerprint(0, 1, 2); before != down || down != after {
		s.must(fmt.Errorf("tables of mh: %s, %s while it was down, %s", before, down, after))
	}
	k := s.kill(others)
	if k.tally.Answered != len(others) {
		s.must(fmt.Errorf("when a director died after that: %+v", k))
	}
	s.row("a server dies and comes back, then a director is killed", "holdfast, mh, weight 0",
		"the server's %d streams end, 0 of %d others, also of the director's %d; tables equal on all, before and after", len(own), len(others), k.had)
}

// fingerprint is that of the tables of mh of directors, which have to be the same, and so the order of their servers.
func (s *scene) fingerprint(directors ...int) string {
	s.Helper()
	all := map[string]bool{}
	orders := map[string]bool{}
	last := ""
	for _, i := range directors {
		d := s.Directors[i]
		file := filepath.Join(d.Dir, "keepalived_check.data")
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			s.must(err)
		}
		s.must(d.Proc.Signal(syscall.SIGUSR1))
		s.must(lab.Eventually(soon, "the table of mh in "+file, func() (bool, string) {
			b, err := os.ReadFile(file)
			if err != nil {
				return false, err.Error()
			}
			m := tableOfMH.FindSubmatch(b)
			if m == nil {
				return false, string(b)
			}
			last = string(m[1])
			return true, ""
		}))
		all[last] = true
		order, err := d.IPVSSave()
		s.must(err)
		orders[order] = true
	}
	if len(all) != 1 || len(orders) != 1 {
		s.must(fmt.Errorf("directors have the tables %v\n%v", all, orders))
	}
	return last
}

var tableOfMH = regexp.MustCompile(`Table of mh = (\S+)`)

// serverDeleted is keepalived, whose scripts announce, and which deletes a server that failed.
func serverDeleted(s *scene) {
	s.begin(keepalived("lb_algo mh\n  mh-port\n  mh-fallback"), 0, 1, 2)
	for _, d := range s.Directors {
		s.must(d.Sysctl("net/ipv4/vs/sloppy_tcp", "1"))
	}
	ss := s.open()
	own, others := s.dies(ss, func(table string) bool { return strings.Count(table, " -w 1\n") == servers-1 }, 0, 1, 2)
	s.must(s.Serve(1))
	s.tables("the server that is back", hasAll, 0, 1, 2)
	if t := own.Ask(soon); t.Ended != len(own) {
		s.must(fmt.Errorf("streams with the dead server: %+v of %d", t, len(own)))
	}
	k := s.kill(others)
	s.row("a server dies and comes back, then a director is killed", "keepalived 2.2.7, mh, `sloppy_tcp` by hand: deleted and added",
		"the server's %d streams end, and of the director's %d %d more", len(own), k.had, k.tally.Ended)
}

// serverAdded has three directors read a file with one more server, one after the other.
func serverAdded(s *scene, death bool) {
	p := plan()
	s.begin(p, 0, 1, 2)
	ss := s.open()
	more := s.Text(p, servers+1)
	share := s.moves(more)
	const apart = 5 * time.Second
	for i, d := range s.Directors[:3] {
		if i > 0 {
			began := time.Now()
			s.live("between the reloads", ss)
			if death && i == 1 {
				s.must(d.Configure(more))
				k := s.kill(ss)
				s.row("a director is killed while one of three has one more server", "holdfast, mh", "%d of its %d streams live on", k.had-k.tally.Ended, k.had)
				return
			}
			time.Sleep(apart - time.Since(began)) // which is what is played
		}
		s.must(d.Configure(more))
		s.must(d.Reload())
		s.tables("one more server", func(table string) bool { return strings.Count(table, " -w 1\n") == servers+1 }, i)
	}
	s.live("all have one more server", ss)
	s.fingerprint(0, 1, 2)
	if most := 100.0/(servers+1) + 2; share > most {
		s.must(fmt.Errorf("%.1f %% of new flows move, want %.1f %% at most", share, most))
	}
	s.row("a server is added, reloads 5 s apart", "holdfast, mh", "0 of %d streams end; %.1f %% of new flows move (1 of %d: %.1f %%)",
		len(ss), share, servers+1, 100.0/(servers+1))
}

// moves is how many new flows another file moves, in percent.
func (s *scene) moves(text string) float64 {
	s.Helper()
	d := s.Directors[0]
	file, err := d.WriteFile("next.conf", text)
	s.must(err)
	out, err := d.Command(lab.Program(), "diff", d.Config, file).CombinedOutput()
	m := percentMove.FindSubmatch(out)
	if m == nil {
		s.must(fmt.Errorf("holdfast diff: %v\n%s", err, out))
	}
	share, err := strconv.ParseFloat(string(m[1]), 64)
	s.must(err)
	return share
}

var percentMove = regexp.MustCompile(`([0-9.]+) % of new flows move`)
