package language

import (
	"holdfast/config"
	"time"
)

// defaultHelo is what keepalived says in HELO.
const defaultHelo = "smtpchecker.keepalived.org"

func smtpCheck() checkKind {
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
	h.smtp, h.Kind, h.Pos = d, d.Kind, s.pos()
	return h
}

// closeSMTPHost gives the host what the SMTP_CHECK around it says when that ends.
func closeSMTPHost(s *stmt, h *checkerDraft) {
	if h.reachable(s) {
		h.smtp.hosts = append(h.smtp.hosts, h)
	}
}

// inherit takes what a host says nothing about from the SMTP_CHECK around it.
func (d *checkerDraft) inherit(from *checkerDraft) {
	// The name for HELO is of the block; hosts have none.
	d.SMTP = from.SMTP
	if d.connectPort == 0 {
		d.connectPort = from.connectPort
	}
	// Addresses of two families cannot be mixed by inheriting one of them: what the host says itself goes first.
	if !d.connectIP.IsValid() && (!d.BindAddr.IsValid() || d.BindAddr.Is4() == from.target().Is4()) {
		d.connectIP = from.connectIP
	}
	if !d.BindAddr.IsValid() && from.BindAddr.IsValid() && from.BindAddr.Is4() == d.target().Is4() {
		d.BindAddr = from.BindAddr
	}
	if d.BindPort == 0 {
		d.BindPort = from.BindPort
	}
	if d.BindIf == "" {
		d.BindIf = from.BindIf
	}
	if !d.has("fwmark") {
		d.FWMark = from.FWMark
	}
	if d.alpha == nil {
		d.alpha = from.alpha
	}
	if d.logAll == nil {
		d.logAll = from.logAll
	}
	d.own = d.own.or(from.own)
}

func smtpCheckRows() []Keyword {
	return append(connectRows(),
		row("helo_name",
			text("STRING", func(d *checkerDraft) *string { return &d.SMTP.Helo }),
			defaultHelo, "what to say in HELO", soft),
		row("host",
			block("", openSMTPHost, closeSMTPHost),
			"", "another target; write the settings in SMTP_CHECK instead"),
	)
}
