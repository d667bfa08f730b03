package super

import (
	"fmt"
	"strings"

	"holdfast/config"
	"holdfast/config/difference"
	"holdfast/config/finding"
	"holdfast/config/language"
)

// refusal says why a configuration that was read must not replace the running one, "" if it
// may; with allowEmpty one that has nothing to run may. Nothing comes of asking.
func (s *Supervisor) refusal(l candidate, allowEmpty bool) string {
	if d, found := language.NewError(s.current.errors, l.diags); found {
		return finding.Line(d)
	}
	if why := s.o.Place.moved(l.config.Global.Place); why != "" {
		return why
	}
	// The sockets are in their groups, and everybody was told of it or nobody (semantics 7.6).
	if l.config.Global.DisableLocalIGMP != s.current.config.Global.DisableLocalIGMP {
		return "Cannot change disable_local_igmp at a reload - please restart keepalived"
	}
	if !allowEmpty {
		return s.nothingLeft(l)
	}
	return ""
}

// fixed is what of a configuration counts from a restart on only and keeps no reload from taking place, "" if nothing
// is.
func (s *Supervisor) fixed(c *config.Config) string {
	if c.Global.Place.UsePIDDir == s.o.Place.UsePIDDir {
		return ""
	}
	return "use_pid_dir was changed: the pid files stay where they are until a restart"
}

// nothingLeft is the refusal of a configuration without anything to run in place of one that
// has something, "" if it is none. A file that a full disk or a failed template has emptied has
// no mistakes, and keepalived gives everything up for it; who means that stops the service.
func (s *Supervisor) nothingLeft(l candidate) string {
	running, next := s.o.Roles.Running(s.current.config), s.o.Roles.Running(l.config)
	if !s.o.Roles.Idle(next) || s.o.Roles.Idle(running) {
		return ""
	}
	var none, off []string
	for _, r := range s.o.Roles {
		if r.Off {
			off = append(off, r.Work.Plural)
		} else {
			none = append(none, "no "+r.Work.Keyword)
		}
	}
	what := strings.Join(none, " and ") + " that can be run"
	if len(off) > 0 {
		what += ", and options keep this daemon from running " + strings.Join(off, " and ")
	}
	return fmt.Sprintf("%s: nothing to run: %s; this would remove %s - "+
		"stop the daemon for that, or use holdfast reload --allow-empty", l.main, what,
		strings.Join(difference.Briefly(running, next).Gone, ", and "))
}

// compare begins to look, beside the reload, at what a new configuration changes.
func (s *Supervisor) compare(next *config.Config) <-chan difference.Brief {
	running := s.o.Roles.Running(s.current.config)
	next = s.o.Roles.Running(next)
	// Room for the answer: of a reload that is refused nobody takes it.
	out := make(chan difference.Brief, 1)
	go func() { out <- difference.Briefly(running, next) }()
	return out
}

// sayChanges logs that a reload is complete, and what it changed.
func (s *Supervisor) sayChanges(b difference.Brief) {
	for _, g := range b.Gone {
		s.o.Log.Warn("The reload removed " + g)
	}
	s.o.Log.Info("Reload complete: " + b.Changes)
}
