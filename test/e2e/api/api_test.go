//go:build e2e

// Package api asks running directors what they do, in network namespaces of this machine's kernel: as people do with
// holdfast status, as probes do, and as those do who mean no good.
package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/api"
	"holdfast/internal/state"
	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

const (
	// soon bounds every wait.
	soon = 30 * time.Second
	// interval is between two adverts.
	interval = 200 * time.Millisecond
)

// pair is two directors with one virtual router.
type pair struct {
	*lab.Trial
	lan *lab.LAN
	d   [2]*lab.Director
	vip netip.Addr
}

func newPair(t *lab.Trial, options ...string) *pair {
	p := &pair{Trial: t, vip: netip.MustParseAddr("192.168.1.150")}
	var err error
	p.lan, err = lab.NewLAN(t.TempDir())
	p.must(err)
	t.Cleanup(func() { p.must(p.lan.Close()) })
	for i := range p.d {
		h, err := p.lan.AddHost(fmt.Sprintf("d%d", i+1), netip.MustParsePrefix(fmt.Sprintf("192.168.1.%d/24", 151+i)))
		p.must(err)
		p.d[i] = lab.NewDirector(h, lab.Program())
		p.d[i].Options = options
		p.must(p.d[i].Configure(fmt.Sprintf("vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    version 3\n"+
			"    priority %d\n    advert_int %g\n    virtual_ipaddress {\n        %v/24\n    }\n}\n",
			100-50*i, interval.Seconds(), p.vip)))
		p.must(p.d[i].Start())
		t.Witness(p.d[i].Logs)
	}
	return p
}

func (p *pair) must(err error) {
	if err != nil {
		p.Fatal(err)
	}
}

// ask runs a command on the host of a director, and gives its exit status and what it wrote.
func (p *pair) ask(d *lab.Director, words ...string) (int, string) {
	program, err := filepath.Abs(lab.Program())
	p.must(err)
	cmd := d.Command(program, append(words, "-p", filepath.Join(d.Dir, "parent.pid"))...)
	out, _ := cmd.CombinedOutput() // the status says it
	return cmd.ProcessState.ExitCode(), string(out)
}

// says waits until a command ends with a status and writes a text.
func (p *pair) says(d *lab.Director, status int, text string, words ...string) {
	p.must(lab.Eventually(soon, fmt.Sprintf("%q of holdfast %s on %s", text, strings.Join(words, " "), d.Name),
		func() (bool, string) {
			got, out := p.ask(d, words...)
			return got == status && strings.Contains(out, text), fmt.Sprintf("status %d\n%s", got, out)
		}))
}

func socketOf(d *lab.Director) string { return filepath.Join(d.Dir, "holdfast_parent.sock") }

// state is what a director says of itself.
func (p *pair) state(d *lab.Director) (a state.All) {
	code, out := p.ask(d, "status", "-o", "json")
	if code != 0 {
		p.Fatalf("status %d\n%s", code, out)
	}
	p.must(json.Unmarshal([]byte(out), &a))
	return a
}

// A pair tells who is master, whether it is ready and why; and when a director is killed with everything that belongs
// to it, nobody says MASTER any more, but what it has left.
func TestAPairIsAsked(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		master, backup := p.d[0], p.d[1]
		p.says(master, 0, "MASTER", "status")
		p.says(backup, 0, "192.168.1.151 is master with priority 100", "status")
		p.says(master, 0, "ready", "ready")
		p.says(backup, 0, "ready", "ready")
		p.says(backup, 0, "without an advert for", "why", "VI_1")
		p.says(backup, 1, "the daemon has no instance", "why", "VI_9")
		p.says(master, 0, "", "warnings")
		a := p.state(master)
		if i := a.Instances[0]; i.Counters.BecameMaster != 1 || !i.Addresses[0].Present || i.Addresses[0].Address != "192.168.1.150/24" {
			p.Errorf("%+v", i)
		}

		// A backup that has the address, and a reload that is refused.
		p.must(backup.AddAddr("eth0", netip.PrefixFrom(p.vip, 24)))
		p.says(backup, 1, "not ready: VI_1: 192.168.1.150/24 is on eth0", "ready")
		p.must(backup.DelAddr("eth0", netip.PrefixFrom(p.vip, 24)))
		p.says(backup, 0, "ready", "ready")
		p.must(master.Edit("priority", "priorty"))
		p.must(master.Reload())
		p.says(master, 1, "priorty", "warnings")
		p.says(master, 0, "the last reload was refused", "status")

		p.must(master.Proc.KillTree())
		if _, err := os.Stat(socketOf(master)); err != nil {
			p.Error("the socket of a killed daemon is gone, so that nothing is tried here:", err)
		}
		for _, form := range []string{"text", "wide", "json"} {
			if code, out := p.ask(master, "status", "-o", form); code != 3 || strings.Contains(out, "MASTER") ||
				!strings.Contains(out, "address 192.168.1.150/24 on eth0") {
				p.Errorf("status %d\n%s", code, out)
			}
		}
		p.says(backup, 0, "MASTER", "status")
		p.must(master.Edit("priorty", "priority"))
		p.must(master.Start())
		p.says(master, 0, "MASTER", "status")
		p.says(backup, 0, "BACKUP", "status")
		p.must(master.Proc.Signal(syscall.SIGTERM))
		_, _, err := master.Proc.Wait(time.Now(), soon)
		p.must(err)
		if _, err := os.Lstat(socketOf(master)); err == nil {
			p.Error("a daemon that was stopped leaves its socket")
		}
		if code, out := p.ask(master, "status"); code != 3 || strings.Contains(out, "left behind") {
			p.Errorf("status %d\n%s", code, out)
		}
	})
}

// Whoever has changed something and asks then is told what is since then, whoever asks besides: nobody has to wait.
func TestAStateIsOfAfterTheChange(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		p.says(p.d[1], 0, "BACKUP", "status")
		end := crowd(socketOf(p.d[1]), 8) // so that there is always a question under way
		defer end()
		c := api.Client{Path: socketOf(p.d[1])}
		for n := range 60 {
			verb, want := "maintenance", "MAINTENANCE"
			if n%2 == 1 {
				verb, want = "resume", "BACKUP"
			}
			var told api.Changed
			code, err := c.Do(http.MethodPost, "/v1/overrides", api.Order{Verb: verb, Name: "VI_1"}, &told)
			if err != nil || code != http.StatusOK {
				t.Fatalf("%s: status %d, %v, %+v", verb, code, err, told)
			}
			var all state.All
			_, err = c.Get("/v1/instances", &all)
			p.must(err)
			if got := all.Instances[0].State; got != want {
				t.Fatalf("after %s, the %d. change: %s", verb, n+1, got)
			}
		}
	})
}

// Two thousand connections that say nothing, half a thing, do not read, or ask without end: adverts come in time,
// nobody takes over, the memory of the supervisor is bounded, and whoever asks properly is answered.
func TestAStormOfQuestionsDelaysNoAdvert(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		master, backup := p.d[0], p.d[1]
		p.says(master, 0, "MASTER", "status")
		p.says(backup, 0, "192.168.1.151 is master", "status")
		before := p.state(backup).Instances[0].Since
		capture, err := p.lan.Capture()
		p.must(err)
		defer capture.Close()
		began := time.Now()
		end := crowd(socketOf(master), 2000)
		time.Sleep(5 * time.Second) // for which adverts are watched
		p.says(master, 0, "MASTER", "status")
		kib := p.memory(master)
		end()
		p.says(master, 0, "MASTER", "status")
		p.onTime(capture, began)
		if i := p.state(backup).Instances[0]; i.State != "BACKUP" || !i.Since.Equal(before) {
			p.Errorf("the backup changed: %+v", i)
		}
		t.Logf("the supervisor has %d KiB", kib)
		if kib > 64<<10 {
			p.Errorf("the supervisor has %d KiB", kib)
		}
	})
}

// memory is what the supervisor of a director holds, in KiB.
func (p *pair) memory(d *lab.Director) int {
	pid, err := d.RolePid("parent")
	p.must(err)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	p.must(err)
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	p.must(err)
	return n
}

// crowd opens so many connections, of each kind as many, again and again until the function it gives is called.
func crowd(path string, n int) (end func()) {
	over := make(chan struct{})
	var all sync.WaitGroup
	const whole = "GET /v1/state HTTP/1.1\r\nHost: x\r\n\r\n"
	for i := range n {
		all.Go(func() {
			for {
				select {
				case <-over:
					return
				case <-time.After(10 * time.Millisecond):
				}
				c, err := net.Dial("unix", path)
				if err != nil {
					continue // the queue is full
				}
				stop := make(chan struct{})
				go func() {
					select {
					case <-over:
					case <-stop:
					}
					_ = c.Close()
				}()
				// It ends when the other side sends us away.
				switch i % 4 {
				case 0:
					_, _ = io.Copy(io.Discard, c)
				case 1:
					_, _ = io.WriteString(c, whole[:20])
					_, _ = io.Copy(io.Discard, c)
				case 2:
					_, _ = io.WriteString(c, strings.Repeat(whole, 100)) // and the answers are not read
					time.Sleep(time.Second)
				case 3:
					_, _ = io.WriteString(c, whole)
					_, _ = io.CopyN(io.Discard, c, 1000)
				}
				close(stop)
			}
		})
	}
	return func() {
		close(over)
		all.Wait()
	}
}
