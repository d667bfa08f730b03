package language

import (
	"holdfast/config"
	"time"
)

// defaultHelo is what keepalived says in HELO.
const defaultHelo = "smtpchecker.keepalived.org"

// smtpCheck is SMTP_CHECK (semantics 10.9), whose host blocks are checkers of their own.
func smtpCheck() checkKind {
	// A host has the keywords of a plain connection; what is said in HELO is of the block around
	// it.
	return checkKind{
		rows:  smtpCheckRows,
		inner: map[string]func() []Keyword{"host": connectRows}, hosts: true,
		retry: 1, pause: time.Second,
		begin: func(c *config.Checker) { c.SMTP = &config.SMTPCheck{Helo: defaultHelo} },
	}
}

// openSMTPHost opens a host block of SMTP_CHECK: a checker of its own.
func openSMTPHost(s *stmt, d *checkerDraft) *checkerDraft {
	h := s.checker(d.real, d.of)
	// begin is not asked for it: what only SMTP has comes from the block around it (inherit).
	h.smtp, h.Kind, h.Pos, h.Own = d, d.Kind, s.pos(), d.Own || config.OwnLines(s.node.Own)
	return h
}

// closeSMTPHost gives the host what the SMTP_CHECK around it says when that ends.
func closeSMTPHost(s *stmt, h *checkerDraft) {
	if h.reachable(s) {
		h.smtp.hosts = append(h.smtp.hosts, h)
	}
}

// inherit takes what a host says nothing about from the SMTP_CHECK around it. Of the connection that is
// connect_timeout only: the rest is about a check of the real server itself.
func (d *checkerDraft) inherit(from *checkerDraft) {
	// The name for HELO is of the block; hosts have none.
	d.SMTP = from.SMTP
	if d.alpha == nil {
		d.alpha = from.alpha
	}
	if d.logAll == nil {
		d.logAll = from.logAll
	}
	d.own = d.own.or(from.own)
}

// smtpCheckRows are the keywords of SMTP_CHECK.
func smtpCheckRows() []Keyword {
	return append(connectRows(),
		row("helo_name",
			text("STRING", func(d *checkerDraft) *string { return &d.SMTP.Helo }),
			defaultHelo, "what to say in HELO", soft),
		// Deprecated in keepalived (semantics 10.22).
		row("host",
			block("", openSMTPHost, closeSMTPHost),
			"", "another target; write the settings in SMTP_CHECK instead"),
	)
}
