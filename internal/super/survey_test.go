package super

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/chronicle"
	"holdfast/internal/state"
)

// fakeQuestions answers each connection to the socket "state" with what State gives, and with Reload when that is asked.
func fakeQuestions(s *Supervisor, dir string) {
	l, err := net.Listen("unix", filepath.Join(dir, "state"))
	if err != nil {
		return // the name of the directory is too long: tests of this have short ones
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			line, _ := bufio.NewReader(c).ReadString('\n')
			if strings.HasPrefix(line, "reload") {
				refused, err := s.Reload(context.Background(), false)
				_ = json.NewEncoder(c).Encode([]any{refused, err})
				return
			}
			if strings.HasPrefix(line, "events") {
				events, missed := s.Events(0, chronicle.MaxEvents)
				_ = json.NewEncoder(c).Encode(state.Events{First: missed + 1, Events: events})
				return
			}
			if file, is := strings.CutPrefix(line, "plan"); is {
				p, err := s.Plan(context.Background(), strings.TrimSpace(file), false)
				p.Running, p.Next = nil, nil
				_ = json.NewEncoder(c).Encode([]any{p, err})
				return
			}
			a := s.State(context.Background())
			a.Running = nil
			_ = json.NewEncoder(c).Encode(a)
		}()
	}
}

// answered is an Answer as it came over the socket, without what is not encoded.
type answered struct{ state.Answer }

func (d *daemon) ask(what string, into any) {
	d.t.Helper()
	var c net.Conn
	eventually(d.t, "the daemon listens", func() (ok bool) {
		var err error
		c, err = net.Dial("unix", filepath.Join(d.dir, "state"))
		return err == nil
	})
	defer c.Close()
	if _, err := c.Write([]byte(what + "\n")); err != nil {
		d.t.Fatal(err)
	}
	if err := json.NewDecoder(c).Decode(into); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) state() (a answered) {
	d.t.Helper()
	d.ask("state", &a.Answer)
	return a
}

// asked is a daemon in a directory whose name is short enough for sockets.
func asked(t *testing.T, conf string, env ...string) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &daemon{t: t, dir: dir, done: make(chan struct{})}
	d.more = sync.NewCond(&d.mu)
	d.write(conf)
	d.start(env...)
	d.expect("Startup complete")
	return d
}

func TestRolesAreAskedOnceForAll(t *testing.T) {
	t.Parallel()
	d := asked(t, "vrrp\nchecker\n")
	before := d.count("is asked")
	began := time.Now()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if a := d.state(); a.Problem == "" && (len(a.Sources) != 2 || a.Sources[0].PID != d.pid("vrrp.pid")) {
				t.Errorf("%+v", a)
			}
		})
	}
	all.Wait()
	// Once, or as often as what was said became too old while they asked.
	most := 2 * (1 + int(time.Since(began)/stateKept))
	if n := d.count("is asked") - before; n < 2 || n > most {
		t.Errorf("roles were asked %d times, want at most %d", n, most)
	}
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

func TestWhoDoesNotAnswerIsShownAsLastKnown(t *testing.T) {
	t.Parallel()
	d := asked(t, "vrrp\nchecker\n")
	var first answered
	// On a machine that stands still a process may need longer than it is given.
	eventually(t, "both answer", func() bool {
		first = d.state()
		s := first.Sources
		return len(s) == 2 && s[0].Problem == "" && s[1].Problem == ""
	})
	if err := syscall.Kill(d.pid("vrrp.pid"), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was said last, and that it hangs", func() bool {
		s := d.state().Sources
		return strings.Contains(s[0].Problem, "does not answer") && s[0].At.Equal(first.Sources[0].At) &&
			s[1].Problem == "" && s[1].At.After(first.Sources[1].At)
	})
	if err := syscall.Kill(d.pid("vrrp.pid"), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it answers again", func() bool { return d.state().Sources[0].Problem == "" })
	// What a process knew ends with it.
	if err := syscall.Kill(d.pid("vrrp.pid"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	d.expect("died: Respawning")
	time.Sleep(stateKept)
	if s := d.state().Sources[0]; s.PID == first.Sources[0].PID || s.Problem == "" && s.At.Equal(first.Sources[0].At) {
		t.Errorf("still told of a process that has died: %+v", s)
	}
	eventually(t, "the next process is known", func() bool { return d.state().Sources[0].Problem == "" })
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

func TestWhatARoleCannotSay(t *testing.T) {
	t.Parallel()
	d := asked(t, "vrrp\nvrrp mute\nchecker\nchecker stuck-state\n")
	eventually(t, "both have their problem", func() bool {
		s := d.state().Sources
		return strings.Contains(s[0].Problem, "says nothing") && strings.Contains(s[1].Problem, "does not answer")
	})
	time.Sleep(stateKept) // so that it is asked anew
	d.state()
	if n := d.count("checker is asked"); n != 1 {
		t.Errorf("one that has not answered was asked %d times", n)
	}
	d.signal(syscall.SIGTERM)
	d.exit(0)
}

func TestReloadsAreTold(t *testing.T) {
	t.Parallel()
	d := asked(t, "vrrp\nnote beware\n")
	a := d.state()
	if a.Config.LastReload != nil || a.Config.Generation != 1 || !a.Daemon.Complete ||
		len(a.Findings) != 1 || a.Findings[0].Text != "beware" || a.Findings[0].Line != 2 {
		t.Errorf("%+v", a)
	}
	d.write("vrrp\nerror broken\n")
	var told []any
	d.ask("reload", &told)
	if text, _ := told[0].(string); !strings.Contains(text, "broken") || told[1] != nil {
		t.Errorf("%q", told)
	}
	eventually(t, "the refusal is known", func() bool {
		r := d.state().Config.LastReload
		return r != nil && !r.OK && strings.Contains(r.Reason, "broken")
	})
	d.write("vrrp\nvrrp\n")
	d.ask("reload", &told)
	if told[0] != "" || told[1] != nil {
		t.Errorf("%q", told)
	}
	eventually(t, "the new configuration is known", func() bool {
		a := d.state()
		return a.Config.LastReload.OK && a.Config.Generation > 1 && len(a.Findings) == 0
	})
	d.signal(syscall.SIGTERM)
	d.exit(0)
}
