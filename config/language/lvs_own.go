package language

import (
	"time"

	"holdfast/config"
)

// maxSlowStart is the longest slow_start, a day, in microseconds.
const maxSlowStart = 24 * 3600 * 1_000_000

// ownServiceRows are the words of virtual_server that keepalived does not know.
func ownServiceRows() []Keyword {
	return []Keyword{
		row("slow_start",
			secondsPtr(func(d *serviceDraft) **time.Duration { return &d.slowStart }, 0, maxSlowStart),
			"0", "the weight of a server that comes back grows over this time; 0 = at once", ours),
		row("announce",
			announce(),
			"off; bare = dev lo", "show the addresses to a routing daemon of this host, or by bgp, while the service can serve",
			ours),
		row("announce_prefix",
			announcePrefixes(),
			"its addresses", "what is shown in their place", ours),
		row("announce_hold",
			secondsPtr(func(d *serviceDraft) **time.Duration { return &d.hold }, 0, maxAnnounceHold),
			"5", "it has to be able to serve for this long before what was withdrawn is shown again", ours),
	}
}

// ownServerRows are those of real_server.
func ownServerRows() []Keyword {
	return []Keyword{
		row("slow_start",
			secondsPtr(func(d *realDraft) **time.Duration { return &d.slowStart }, 0, maxSlowStart),
			"of virtual_server", "its weight grows over this time when it comes back; 0 = at once", ours),
		row("backup",
			switchOn(func(d *realDraft) *bool { return &d.Backup }),
			"off", "checked like the others, and used while their quorum is lost", ours),
	}
}

// completeOwn settles the words that keepalived does not know.
func (b *binder) completeOwn(d *serviceDraft, r *realDraft) {
	r.SlowStart = firstOf(0, r.slowStart, d.slowStart)
	if r.Backup && !bool(r.Own) {
		b.mutedf(r.at("backup", r.Pos), "backup-for-keepalived",
			"real server %s: keepalived, which drops the line, uses this server like the others; "+
				"begin each line of its block with %s", r.Name(d.Protocol), "@"+Ours)
	}
	if r.SlowStart == 0 {
		return
	}
	why := slowStartIdle(d.Scheduler, r.RealServer)
	if why == "" {
		return
	}
	r.SlowStart = 0
	// Of what all servers have from their service it is said once.
	at, what := r.at("slow_start", d.at("slow_start", d.Pos)), "real server "+r.Name(d.Protocol)
	if r.slowStart == nil {
		if d.slowStartSaid {
			return
		}
		d.slowStartSaid = true
	}
	b.mutedf(at, "slow-start-without-effect", "%s: slow_start has no effect: %s", what, why)
}

// slowStartIdle says why a weight that grows would change nothing, or too much; "" if it does what is meant.
func slowStartIdle(scheduler string, r config.RealServer) string {
	switch scheduler {
	case "rr", "lc", "dh":
		return scheduler + " gives no server less because of its weight; use wrr or wlc"
	case "mh", "sh":
		return "each step would move clients of " + scheduler + " between servers; use wrr or wlc"
	}
	if r.Weight == 1 && len(r.Checkers) > 0 {
		return "a weight of 1 cannot grow; give all servers weight 10 or more"
	}
	return ""
}

// ownWebRows are those of HTTP_GET and SSL_GET. What is in the files is read with the configuration, not here.
func ownWebRows() []Keyword {
	return []Keyword{
		row("basic_auth_file", headerFile(true, func(h *config.HTTPCheck) *string { return &h.AuthFile }),
			"none", "a file with user:password for each request, which only its owner can read", ours),
		row("headers_file", headerFile(false, func(h *config.HTTPCheck) *string { return &h.HeadersFile }),
			"none", "a file with headers for each request, Name: value on a line, which only its owner can read", ours),
	}
}

// headerFile is the name of a file with something secret.
func headerFile(password bool, p func(*config.HTTPCheck) *string) Keyword {
	k := custom("PATH", 1, func(s *stmt, d *checkerDraft) bool {
		*p(d.HTTP) = s.word(0)
		if s.env.HeaderFile != nil {
			if problem := s.env.HeaderFile(s.word(0), password); problem != "" {
				// It is kept: the request without it is another one.
				s.errorf(s.at(0), "header-file", "%s: %s", s.title(), problem)
			}
		}
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(*p(d.HTTP)) })
	return k
}
