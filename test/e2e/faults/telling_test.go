//go:build e2e

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A told is what notify scripts have written: one line when they begin, and one when they end.
type told struct {
	began, ended []string
	// crossed are those that began while another one ran.
	crossed int
}

func (s *single) told(file string) (t told) {
	text, _ := os.ReadFile(filepath.Join(s.dir, file))
	running := 0
	for line := range strings.Lines(string(text)) {
		sign, state, _ := strings.Cut(strings.TrimSpace(line), " ")
		if sign == "}" {
			t.ended = append(t.ended, state)
			running--
			continue
		}
		t.began = append(t.began, state)
		if running > 0 {
			t.crossed++
		}
		running++
	}
	return t
}

// telling has two instances: the scripts of V take as long as they happen to (0 to 0.7 s), those of H hang.
func (s *single) telling() {
	s.t.Helper()
	slow := s.program("slow", "echo \"{ $3\" >> "+s.dir+"/slow.out\nsleep 0.$(($$ % 8))\necho \"} $3\" >> "+s.dir+"/slow.out\n")
	hung := s.program("hung", "echo \"{ $3\" >> "+s.dir+"/hung.out\nexec sleep 1000\n")
	s.start("script_user root\nvrrp_notify_fifo "+s.dir+"/fifo", "vrrp_track_file f {\nfile "+s.dir+"/f\n}\n"+
		"vrrp_instance H {\ninterface eth0\nvirtual_router_id 9\npriority 255\nadvert_int 1\ntrack_file {\nf\n}\n"+
		"virtual_ipaddress {\n192.0.2.82/24\n}\nnotify \""+hung+"\"\n}", "priority 255\ntrack_file {\nf\n}\nnotify \""+slow+"\"")
	s.logged("(V) Entering MASTER STATE")
}

// flap makes V and H enter FAULT and leave it, n times, with a reload in the middle.
func (s *single) flap(n int, pause time.Duration) {
	s.t.Helper()
	for i := range n {
		if i == n/2 {
			must(s.t, s.Reload())
		}
		for _, value := range []string{"-254\n", "0\n"} {
			must(s.t, os.WriteFile(filepath.Join(s.dir, "f"), []byte(value), 0o644))
			time.Sleep(pause)
		}
	}
}

// Notify scripts of an instance run in order and one at a time, the last of them for the state that the instance is in, also
// when scripts take longer than states and when those of another instance hang.
func TestNotifyScriptsAreInOrder(t *testing.T) {
	s := newSingle(t)
	must(t, os.WriteFile(filepath.Join(s.dir, "f"), []byte("0\n"), 0o644))
	s.telling()
	s.flap(25, 50*time.Millisecond)
	s.until("the last script of V to have ended", func(now told) bool {
		return len(now.ended) == len(now.began) && now.last() == "MASTER"
	})
	got := s.told("slow.out")
	t.Logf("V entered a state %d times, ran %d scripts, %d of them beside another, %d ended out of order",
		strings.Count(s.proc.Log(), "(V) Entering"), len(got.began), got.crossed, got.disorder())
	if got.crossed > 0 || got.disorder() > 0 {
		t.Errorf("scripts of one instance ran side by side:\n%v\n%v", got.began, got.ended)
	}
	if hung := s.told("hung.out"); len(hung.began) > 4 {
		t.Errorf("%d scripts hang", len(hung.began))
	}
	s.stop()
	if got := s.told("slow.out"); got.last() != "STOP" {
		t.Errorf("the last script told %s: %s", got.last(), fmt.Sprint(got))
	}
	if got := s.told("hung.out"); got.last() != "STOP" {
		t.Errorf("H was told %v", got.began)
	}
}

func (t told) last() string {
	if len(t.began) == 0 {
		return ""
	}
	return t.began[len(t.began)-1]
}

// disorder is how many ended at another place than they began.
func (t told) disorder() (n int) {
	for i := range t.ended {
		if t.ended[i] != t.began[i] {
			n++
		}
	}
	return n
}

func (s *single) until(what string, ok func(told) bool) {
	s.t.Helper()
	must(s.t, lab.Eventually(soon, what, func() (bool, string) {
		now := s.told("slow.out")
		return ok(now), fmt.Sprint(now)
	}))
}
