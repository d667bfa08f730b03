//go:build e2e

package api

import (
	"bufio"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/internal/state"
	"holdfast/test/lab"
)

// follower reads what events --follow writes on a host, a line each.
func (p *pair) follower(d *lab.Director) <-chan state.Event {
	program, err := filepath.Abs(lab.Program())
	p.must(err)
	cmd := d.Command(program, "events", "--follow", "-o", "json", "-p", filepath.Join(d.Dir, "parent.pid"))
	out, err := cmd.StdoutPipe()
	p.must(err)
	p.must(cmd.Start())
	p.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	events := make(chan state.Event, 1000)
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e state.Event
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				events <- e
			}
		}
	}()
	return events
}

// awaited waits for an event.
func (p *pair) awaited(events <-chan state.Event, what string, fits func(state.Event) bool) state.Event {
	var seen []string
	for late := time.After(soon); ; {
		select {
		case e, ok := <-events:
			if !ok {
				p.Fatalf("%s: the follower has ended; it has shown\n%s", what, strings.Join(seen, "\n"))
			}
			if seen = append(seen, e.Text); fits(e) {
				return e
			}
		case <-late:
			p.Fatalf("%s: never; it has shown\n%s", what, strings.Join(seen, "\n"))
		}
	}
}

// Whoever follows a backup sees why it takes over when the master is killed, and why it gives way when that is back; and
// a daemon that is started again is followed from its first event on.
func TestEventsTellWhyABackupTakesOver(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		master, backup := p.d[0], p.d[1]
		p.says(master, 0, "MASTER", "status")
		p.says(backup, 0, "192.168.1.151 is master with priority 100", "status")
		events := p.follower(backup)
		moved := func(to, code string) func(state.Event) bool {
			return func(e state.Event) bool {
				return e.About == state.AboutInstance && e.Name == "VI_1" && e.To == to && e.Code == code
			}
		}
		p.must(master.Proc.KillTree())
		e := p.awaited(events, "the master is silent", moved("MASTER", "master_silent"))
		if !strings.Contains(e.Reason, "192.168.1.151") || e.From != "BACKUP" || e.Role != "vrrp" {
			p.Errorf("%+v", e)
		}
		p.says(backup, 0, "it was BACKUP before: master 192.168.1.151 silent", "why", "VI_1")
		p.must(master.Start())
		e = p.awaited(events, "a higher priority", moved("BACKUP", "higher_priority"))
		if !strings.Contains(e.Text, "192.168.1.151 with higher priority 100, ours 50") {
			p.Errorf("%+v", e)
		}

		p.must(backup.Proc.KillTree())
		p.must(backup.Start())
		first := p.awaited(events, "the next daemon", func(e state.Event) bool { return e.Serial == 1 })
		if first.About != state.AboutDaemon || first.To != "started" {
			p.Errorf("%+v", first)
		}
		p.awaited(events, "its start", moved("BACKUP", "start"))
	})
}
