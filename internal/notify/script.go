package notify

import (
	"context"
	"fmt"
	"strings"

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

// start runs a notify script and does not wait for it; its status is nobody's business
// (cli 8.8).
func (n *Notifier) start(c config.Command, what string, extra ...string) {
	p := n.program(c, what)
	if p == nil {
		return
	}
	proc, err := n.opt.Runner.Start(*p, extra...)
	if err != nil {
		n.opt.Log.Warn(fmt.Sprintf("%s %s cannot be run: %v", what, p.Path, err))
		return
	}
	n.running.Add(1)
	go func() {
		defer n.running.Done()
		// Without a limit (cli 8.8); somebody has to wait, or it stays as a zombie.
		proc.Wait(context.Background(), 0)
	}()
}
