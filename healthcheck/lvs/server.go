package lvs

import (
	"holdfast/config"
)

// server is one real server of a virtual server.
type server struct {
	service *virtual
	cfg     *config.RealServer // in the Setup
	name    string
	checks  []*check
	up      bool
	// unproven is set for one that was not up yet when a checker with alpha could not be made: it stays down.
	unproven bool
	// told is set once DOWN was reported for a server that started down (semantics 8.26).
	told bool
	// fell is set once a check has found it down: what comes back then starts slowly.
	fell bool
	// resumed is set for a server that a predecessor had taken out of the table.
	resumed bool
}

// failed reports whether any checker says no, or one that is missing would.
func (s *server) failed() bool {
	if s.unproven {
		return true
	}
	for _, c := range s.checks {
		if !c.up {
			return true
		}
	}
	return false
}

// sum is the configured weight with the contributions of the checkers, not clamped.
func (s *server) sum() int64 {
	w := int64(s.cfg.Weight)
	for _, c := range s.checks {
		w += c.contribution()
	}
	return w
}

// effective is the weight that is written and counted (semantics 8.6).
func (s *server) effective() int32 {
	if w, is := s.overrule(); is {
		return w
	}
	return clampWeight(s.sum())
}

// inhibited reports whether the server stays in the table with weight 0 while it is
// down.
func (s *server) inhibited() bool { return !s.up && s.stays(s.service.uses()) }

// serving reports whether the server is up and has an entry in the table. While others
// serve, only one with inhibit_on_failure has, with weight 0.
func (s *server) serving() bool {
	return s.up && (s.used() || s.cfg.InhibitOnFailure)
}

// follow brings the server to the state its checkers say and reports whether it changed
// (semantics 8.7, 8.12).
func (s *server) follow(a *pending) bool {
	up := !s.failed()
	if up == s.up {
		return false
	}
	v := s.service
	s.up = up
	uses := v.uses()
	inhibit := s.stays(uses)
	s.sayFollowed(a, up, inhibit)
	if s.stopRamp(a.ramps); up {
		s.grow(a)
	} else {
		s.fell = true
	}
	if s.in(uses) || inhibit {
		a.table(v)
	}
	s.told = !up
	s.notify(a, up, "")
	s.change(a, upDown(!up))
	v.evaluate(a)
	return true
}

// sayFollowed says in keepalived's words what becomes of the server in the table: one with
// inhibit_on_failure stays in it with weight 0.
func (s *server) sayFollowed(a *pending, up, inhibit bool) {
	v := s.service
	switch {
	case s.cfg.Backup:
		a.log(Info, v.name, "Backup service "+s.name+" of VS "+v.name+" is "+state(up))
	case up && inhibit:
		a.log(Info, v.name, "Enabling service "+s.name+" of VS "+v.name)
	case up:
		a.log(Info, v.name, "Adding service "+s.name+" to VS "+v.name)
	case inhibit:
		a.log(Info, v.name, "Disabling service "+s.name+" of VS "+v.name)
	default:
		a.log(Info, v.name, "Removing service "+s.name+" from VS "+v.name)
	}
}

// weightChanged carries a weight further that was before (semantics 8.14).
func (s *server) weightChanged(a *pending, before int32) {
	after := s.effective()
	if before == after {
		return
	}
	v := s.service
	a.log(Info, v.name, "Changing weight from "+itoa(before)+" to "+itoa(after)+" for "+
		pick(s.up, "active", "inactive")+" service "+s.name+" of VS "+v.name)
	if s.up && s.used() {
		a.table(v)
	}
	v.evaluate(a)
}

// notify tells about the server: script and FIFO, and a mail if body is given.
func (s *server) notify(a *pending, up bool, body string) {
	v, scripts := s.service, s.cfg.Scripts()
	n := Notify{
		Object: "RS " + s.name + " " + v.name,
		Up:     up,
		Script: scripts.Down,
		What:   "notify_down script",
	}
	n.Line = n.Object + " " + state(up)
	if up {
		n.Script, n.What = scripts.Up, "notify_up script"
	}
	if body != "" && s.cfg.SMTPAlert {
		n.Subject, n.Body = s.subject(up), body
	}
	a.Notify = append(a.Notify, n)
}

// mail sends a mail only.
func (s *server) mail(a *pending, body string) {
	if s.cfg.SMTPAlert {
		a.Notify = append(a.Notify, Notify{Subject: s.subject(s.up), Body: body})
	}
}

func (s *server) subject(up bool) string {
	return "Realserver " + s.name + " of virtual server " + s.service.name + " - " + state(up)
}
