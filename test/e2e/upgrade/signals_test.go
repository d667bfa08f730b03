//go:build e2e

package upgrade

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// any is a moment of an upgrade, as often as not one near that at which the other program is executed.
func (p *pair) any(mark int, done <-chan string) {
	p.Helper()
	if rand.IntN(4) == 0 {
		time.Sleep(time.Duration(rand.IntN(600)) * time.Millisecond) // nothing that is awaited: any moment is as good
		return
	}
	p.must(lab.Eventually(soon, "the upgrade", func() (bool, string) { // or that it is refused
		return len(done) > 0 || strings.Contains(p.d.Proc.LogSince(mark), "Upgrading from version"), ""
	}))
	time.Sleep(time.Duration(rand.IntN(25000)) * time.Microsecond) // as above
}

// Whenever a signal comes in an upgrade, it does no harm, and what HUP asks for is done. A dump that is asked for in the
// moment in which the other program begins has to be asked for again.
func TestSignalsInAnUpgrade(t *testing.T) {
	t.Parallel()
	count := lab.Number(t, "UPGRADES_WITH_SIGNALS", 8)
	lab.Judge(t, func(t *lab.Trial) {
		p := alone(t, instance(""))
		p.logged(0, "(VI) Entering MASTER STATE")
		begin, pid := p.d.Proc.LogSize(), p.d.Proc.Pid
		priority := 150
		for i := range count {
			mark := p.d.Proc.LogSize()
			done := make(chan string, 1)
			go func() {
				status, out := p.upgrade()
				done <- fmt.Sprint(status, " ", out)
			}()
			p.any(mark, done)
			data := filepath.Join(p.d.Dir, "keepalived.data")
			if i%2 == 0 {
				priority ^= 1
				p.must(p.d.Edit(fmt.Sprint("priority ", priority^1), fmt.Sprint("priority ", priority)))
				p.must(p.d.Proc.Signal(unix.SIGHUP))
			} else {
				_ = os.Remove(data) // it may not be there yet
				p.must(p.d.Proc.Signal(unix.SIGUSR1))
			}
			if out := <-done; !strings.HasPrefix(out, "0 ") && !strings.Contains(out, "reload first") &&
				!strings.Contains(out, "try again when that is over") {
				t.Errorf("upgrade: %s", out)
			}
			if i%2 == 1 {
				p.must(lab.Eventually(soon, "the dump", func() (bool, string) {
					p.must(p.d.Proc.Signal(unix.SIGUSR1))
					_, err := os.Stat(data)
					return err == nil, fmt.Sprint(err)
				}))
				continue
			}
			p.must(lab.Eventually(soon, "the priority", func() (bool, string) {
				in := p.state().Instances
				return len(in) == 1 && int(in[0].Priority) == priority, fmt.Sprint(in)
			}))
		}
		if p.d.Proc.Pid != pid || unix.Kill(pid, 0) != nil {
			t.Errorf("the process has ended")
		}
		p.quiet(begin, "STATE", "refused")
	})
}

// One that is told to stop in an upgrade stops, and leaves nothing.
func TestTERMInAnUpgrade(t *testing.T) {
	for i := range 6 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				p := alone(t, instance(""))
				p.logged(0, "(VI) Entering MASTER STATE")
				mark := p.d.Proc.LogSize()
				done := make(chan string, 1)
				go func() { // it may get no answer, and be refused where something else is not over
					_, out := p.upgrade()
					done <- out
				}()
				p.any(mark, done)
				since := time.Now()
				p.must(p.d.Proc.Signal(unix.SIGTERM))
				status, _, err := p.d.Proc.Wait(since, soon)
				if p.must(err); status != 0 && status != 128+int(unix.SIGTERM) { // in the moment of the exec
					t.Errorf("it ended with status %d", status)
				}
				p.must(lab.Eventually(soon, "nothing left", func() (bool, string) {
					out, err := p.d.Run("ip", "-o", "address", "show", "dev", "eth0")
					p.must(err)
					return !strings.Contains(out, "192.168.1.201") && p.processes() == "", out + p.processes()
				}))
			})
		})
	}
}

// processes are those of the daemon that are on the host of the director.
func (p *pair) processes() (all string) {
	out, err := p.d.Run("ip", "netns", "pids", p.d.Namespace())
	p.must(err)
	for _, pid := range strings.Fields(out) {
		name, _ := os.ReadFile("/proc/" + pid + "/comm") // it may have ended
		if n := string(name); strings.HasPrefix(n, "keepalived") || strings.HasPrefix(n, "holdfast") {
			all += n
		}
	}
	return all
}
