package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/internal/runas"
)

// resolveAll resolves every script that the configuration names, so that one that is
// unfit is reported when it is loaded and not when it is needed.
func (n *Notifier) resolveAll(c *config.Config) {
	if n.opt.Role.Notify.Programs == nil {
		return
	}
	for cmd, what := range n.opt.Role.Notify.Programs(c) {
		n.program(cmd, what)
	}
}

// program resolves a command once for each configuration; nil if it is unfit.
func (n *Notifier) program(c config.Command, what string) *runas.Program {
	if !c.IsSet() {
		return nil
	}
	key := strings.Join(append([]string{c.User, c.Group}, c.Argv...), "\x00")
	// A nil value is known, too: see below.
	p, known := n.programs[key]
	if known {
		return p
	}
	if got, err := n.opt.Runner.Resolve(c, what); err == nil {
		p = &got
	}
	// Also one that is unfit: it has been reported, and is again only after a reload.
	n.programs[key] = p
	return p
}

// patience is how long a notify script holds up the next one of its object; at a stop it is stopPatience, so that
// the last one has most of closeTime.
const (
	scriptPatience = 10 * time.Second
	stopPatience   = 300 * time.Millisecond
)

// A script is one run of a notify script that was asked for.
type script struct {
	program *runas.Program
	what    string // its use, in log lines
	about   string // whom it tells of: `INSTANCE "VI_1"`
	state   State  // what it tells
	extra   []string
	// silent ones come in numbers: nobody wants a line for each that was superseded.
	silent bool
}

// kinds of an object's scripts: those of one kind run one after the other.
const (
	ofState = " state" // notify_master and the like, notify_up and notify_down
	ofAny   = " any"   // notify
	ofLower = " lower" // notify_master_rx_lower_pri
)

// run asks for a notify script; nobody waits for it, and its status is nobody's business (cli 8.8). A state
// without a script supersedes nothing: the last that has one is the last that runs.
func (n *Notifier) run(c config.Command, kind string, s script) {
	if s.program = n.program(c, s.what); s.program == nil {
		return
	}
	// Removed and added again, in one reload: what the script for the removal does is to be done once in any case.
	started, superseded := n.order.put(time.Now(), s.about+kind, s, s.state == Deleted)
	for _, old := range superseded {
		if !old.silent {
			n.opt.Log.Info(fmt.Sprintf("%s %s for %s %s is not run: it is %s by now and the script before is still running",
				old.what, old.program.Path, old.about, old.state, s.state))
		}
	}
	n.begin(started)
}

// begin starts scripts and has the order told of their ends.
func (n *Notifier) begin(all []start[script]) {
	for len(all) > 0 {
		s := all[0]
		all = all[1:]
		if s.after > 0 {
			n.opt.Log.Warn(fmt.Sprintf("%s %s for %s %s is started beside the one before, which still runs after %v",
				s.job.what, s.job.program.Path, s.job.about, s.job.state, s.after.Round(time.Millisecond)))
		}
		proc, err := n.opt.Runner.Start(*s.job.program, s.job.extra...)
		if err != nil {
			n.tally.scriptsFailed.Add(1)
			n.opt.Log.Warn(fmt.Sprintf("%s %s cannot be run: %v", s.job.what, s.job.program.Path, err))
			all = append(all, n.order.ended(time.Now(), s.line, s.run)...)
			continue
		}
		n.running++
		n.tally.scripts.Add(1)
		n.tally.running.Add(1)
		go func() {
			// Without a limit (cli 8.8); somebody has to wait, or it stays as a zombie.
			proc.Wait(context.Background(), 0)
			n.tally.running.Add(-1)
			n.queue.put(func() {
				n.running--
				n.begin(n.order.ended(time.Now(), s.line, s.run))
			})
		}()
	}
	n.awaitScripts()
}

// awaitScripts sees to it that the order is asked when a script has waited for long enough, and that close
// goes on when there is none.
func (n *Notifier) awaitScripts() {
	if n.running == 0 && n.idle != nil {
		close(n.idle)
		n.idle = nil
	}
	n.alarm.Stop()
	if at, ok := n.order.next(); ok {
		n.alarm = time.AfterFunc(time.Until(at), func() {
			n.queue.put(func() { n.begin(n.order.expire(time.Now())) })
		})
	}
}
