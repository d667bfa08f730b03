package language

import (
	"holdfast/config"
	"holdfast/config/syntax"
)

// sslDraft is the SSL block while it is being read.
type sslDraft struct {
	draft
	config.SSL
	verify *bool
}

// sslRows are the keywords of SSL.
func sslRows() []Keyword {
	// Every one of them warns when it is said again.
	file := func(p func(*config.SSL) *string) Keyword { return replacing("FILE", p) }
	rows := []Keyword{
		row("password",
			replacing("STRING", func(s *config.SSL) *string { return &s.Password }),
			"none", "password of the key", secret(redacted), soft),
		row("ca", file(func(s *config.SSL) *string { return &s.CA }), "none",
			"file of the authorities that vouch for servers", soft),
		row("certificate",
			file(func(s *config.SSL) *string { return &s.Certificate }),
			"none", "file of the client certificate", soft),
		row("key", file(func(s *config.SSL) *string { return &s.Key }), "none", "file of its key", soft),
		row("verify_server",
			tristate(func(d *sslDraft) **bool { return &d.verify }),
			"true with ca", "a server whose certificate is not good is down", ours),
	}
	return rows
}

// replacing is text for a setting that is reported when it is given again; the last one
// counts.
func replacing(args string, p func(*config.SSL) *string) Keyword {
	k := text(args, func(d *sslDraft) *string { return p(&d.SSL) })
	guarded(func(s *stmt, target any) bool {
		if t, ok := target.(*sslDraft); ok && *p(&t.SSL) != "" {
			s.warnf(s.pos(), "duplicate-setting", "SSL %s already specified - replacing; keep one", s.kw.Name)
		}
		return true
	})(&k)
	return k
}

// sslRow is the SSL block; the last one counts.
func sslRow() Keyword {
	return row("SSL", block("", func(s *stmt, b *binder) *sslDraft {
		if b.services().ssl != nil {
			s.warnf(s.pos(), "duplicate-setting", "SSL context already specified - replacing; keep one SSL block")
		}
		// Replaced as a whole: of the first block nothing is left, also not what the second says
		// nothing about.
		b.services().ssl = &sslDraft{SSL: config.SSL{Pos: s.pos()}}
		return b.services().ssl
	}, closeSSL), "", "client certificate and authorities for SSL_GET and GRPC_CHECK",
		shows(func(b *binder) []writing {
			// Without a setting the block is not written: an empty one says nothing.
			if !b.cfg.SSL.Given() {
				return nil
			}
			d := &sslDraft{SSL: b.cfg.SSL}
			if d.Unverified {
				d.verify = new(bool)
			}
			return []writing{{inner: d}}
		}))
}

func closeSSL(s *stmt, d *sslDraft) {
	d.Unverified = d.verify != nil && !*d.verify
	s.cfg.SSL = d.SSL
}

// completeSSL looks into the files of the SSL block, when there is a checker that needs them: so does 2.2.7, which
// ends when it cannot read one (semantics 10.24).
func (b *binder) completeSSL() {
	d := b.services().ssl
	if d == nil || !b.cfg.UsesSSL() {
		return
	}
	if b.env.SSLFiles != nil {
		if keyword, problem := b.env.SSLFiles(d.SSL); problem != "" {
			// A configuration test of 2.2.7 does not look: it may run where the files are not.
			b.say(syntax.Error, syntax.ClassNone, d.at(key(keyword), d.Pos), "ssl-file", "%s", problem)
		}
	}
	// Of a GRPC_CHECK there is nothing to say: keepalived has none.
	differs := b.cfg.HasChecker(func(k *config.Checker) bool { return k.Kind == config.CheckSSL })
	if d.CA != "" && d.verify == nil && differs {
		b.mutedf(d.at("ca", d.Pos), "ca-verifies", "SSL ca: a server whose certificate %s does not vouch for is down, "+
			"which it is not with keepalived; write '@holdfast verify_server false' to keep it, true if that is meant", d.CA)
	}
}
