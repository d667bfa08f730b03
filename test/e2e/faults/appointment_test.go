//go:build e2e && uml

package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A clock that is put forward over the time of a reload has it take place at once; one that is put back over it, and comes to
// it again, does not a second time. It runs with the other tests that set the clock.
func TestAClockThatIsSetKeepsAppointments(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h := s.host("d1", ours+"/24")
		when := filepath.Join(h.Dir, "when")
		// At once: with the clock being set, the file may be read at any time.
		write := func(text string) {
			s.must(os.WriteFile(when+".new", []byte(text), 0o644))
			s.must(os.Rename(when+".new", when))
		}
		const daily, dated, kept = "15:04:05Z", "2006-01-02 15:04:05Z", "It is time for the reload scheduled for "
		at := time.Now().UTC().Add(time.Hour)
		write(at.Format(daily))
		d := s.start(h, "global_defs {\n reload_time_file "+when+"\n reload_repeat\n}\n"+
			router("V", "eth0", 51, 200, 1, shared+"/32"))
		s.logged(d, 0, "Scheduling reload for ")
		s.logged(d, 0, "(V) Entering MASTER STATE")
		step(t, 2*time.Hour)
		s.logged(d, 0, kept)
		s.logged(d, 0, "Reload complete")
		step(t, -90*time.Minute) // to half an hour before it
		step(t, time.Hour)
		// Whatever came of these two comes before what is done of this.
		mark := d.Proc.LogSize()
		write(time.Now().UTC().Add(2 * time.Hour).Format(dated))
		s.logged(d, mark, "Reload time updated from ")
		step(t, 3*time.Hour)
		s.logged(d, mark, "Reload complete")
		if n := strings.Count(d.Proc.Log(), kept); n != 2 {
			t.Errorf("%d reloads at a time, want 2", n)
		}
		if _, err := os.Stat(when); err == nil {
			t.Error("the file with a date is there")
		}
	})
}
