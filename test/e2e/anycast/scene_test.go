//go:build e2e

package anycast

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/test/anycast"
	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

// soon bounds every wait.
const soon = 2 * time.Minute

// streams of the client, where it is about many.
const streams = 1000

// nightly reports whether what takes long is played too: comparisons with what people have had so far.
func nightly() bool { return os.Getenv("ANYCAST_COMPARE") != "" }

// servers are in the files of directors; there is one more.
const servers = 6

// TestBIRD plays everything behind a router with BIRD.
func TestBIRD(t *testing.T) {
	inGuest(t, func() {
		bfd := []scenario{{"a director dies, and BFD tells", fewer, detected}}
		play(t, anycast.Options{Directors: 4, Servers: servers + 1}, slices.Concat(directors(), bfd, reals(), quorums(), paths()))
	})
}

// TestFRR has directors die, come and go behind a router with FRR.
func TestFRR(t *testing.T) {
	inGuest(t, func() { play(t, anycast.Options{Directors: 4, Servers: servers + 1, FRR: true}, directors()[:1]) })
}

// inGuest runs the test once more, in a user-mode kernel, and there calls play. It prints the rows of the table.
func inGuest(t *testing.T, play func()) {
	if lab.InGuest() {
		play()
		return
	}
	t.Parallel()
	tell := func(line string) {
		if strings.Contains(line, "--- PASS") || strings.HasPrefix(line, rowMark) {
			fmt.Print(line)
		}
	}
	lab.Judge(t, func(t *lab.Trial) { lab.Guest{Tell: tell, Env: []string{"UMLRUN_TIMEOUT=20m"}}.Test(t) })
}

// A scene is one attempt at a scenario.
type scene struct {
	*lab.Trial
	*anycast.World
	number int // of streams
	rows   []string
}

// A scenario is what happens.
type scenario struct {
	name    string
	streams int
	play    func(*scene)
}

// play goes through scenarios in one network, each with nothing left of the one before.
func play(t *testing.T, o anycast.Options, all []scenario) {
	w, err := anycast.New(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, one := range all {
		t.Run(one.name, func(t *testing.T) {
			var done []string
			lab.Judge(t, func(t *lab.Trial) {
				s := &scene{Trial: t, World: w, number: one.streams}
				t.Cleanup(func() { s.must(w.End()) })
				one.play(s)
				done = s.rows
			})
			for _, row := range done {
				fmt.Println(row)
			}
		})
	}
}

// rowMark begins a row of the table: what happens, to whom, and what came of it.
const rowMark = "figure: "

func (s *scene) row(what, whom, format string, args ...any) {
	s.rows = append(s.rows, rowMark+"| "+what+" | "+whom+" | "+fmt.Sprintf(format, args...)+" |")
}

// must ends the attempt with what can be seen at its directors.
func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		for _, d := range s.Directors {
			if d.Proc == nil {
				continue
			}
			table, _ := d.Run("ipvsadm", "-Ln", "--stats", "--exact")
			log := d.Logs()
			s.Logf("%s\n%s%s", d.Name, table, log[max(0, len(log)-3000):])
		}
		s.Fatal(err)
	}
}

// within is a time in another one, as it is written in the table.
func within(d, unit time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(unit)) }

// plan is that of directors that agree.
func plan() anycast.Plan {
	return anycast.Plan{Program: lab.Program(), Options: []string{"-C"}, Service: anycast.Agreed + "\n  " + anycast.Announced}
}

// begin has directors run a plan, and waits until the router sends packets to all of them.
func (s *scene) begin(p anycast.Plan, directors ...int) {
	s.Helper()
	s.must(s.Prepare(p, servers))
	s.join(directors...)
	if !p.Silent {
		s.routed(directors...)
	}
}

// join starts directors and waits until they have their tables.
func (s *scene) join(directors ...int) {
	s.Helper()
	s.must(s.Start(directors...))
	for _, i := range directors {
		s.Witness(s.Directors[i].Proc.Log)
	}
	s.tables("all servers", func(table string) bool { return strings.Count(table, " -w 1\n") == servers }, directors...)
}

// tables waits until what the tables of directors satisfy is.
func (s *scene) tables(what string, is func(table string) bool, directors ...int) {
	s.Helper()
	for _, i := range directors {
		d := s.Directors[i]
		s.must(lab.Eventually(soon, what+" in the table of "+d.Name, func() (bool, string) {
			out, err := d.IPVSSave()
			s.must(err)
			return is(out), out
		}))
	}
}

func (s *scene) routed(directors ...int) time.Time {
	s.Helper()
	at, err := s.Routed(directors...)
	s.must(err)
	return at
}

// open opens the streams of a scene.
func (s *scene) open() anycast.Streams {
	s.Helper()
	ss, err := s.Open(s.number)
	s.must(err)
	return ss
}

// by are the streams that a director has.
func (s *scene) by(director int, ss anycast.Streams) anycast.Streams {
	s.Helper()
	by, err := s.By(director, ss)
	s.must(err)
	return by
}

// live fails unless all of the streams go on.
func (s *scene) live(what string, ss anycast.Streams) {
	s.Helper()
	if t := ss.Ask(soon); t.Answered != len(ss) {
		for _, st := range ss {
			if st.Err != nil {
				s.Logf("port %d with %s: %v", st.Port, st.Server, st.Err)
				break
			}
		}
		s.must(fmt.Errorf("%s: of %d streams %+v", what, len(ss), t))
	}
}
