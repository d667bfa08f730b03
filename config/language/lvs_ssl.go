package language

import "holdfast/config"

// sslRows are the keywords of SSL.
func sslRows() []Keyword {
	// Every one of them warns when it is said again.
	file := func(p func(*config.SSL) *string) Keyword { return replacing("FILE", p) }
	rows := []Keyword{
		row("password",
			replacing("STRING", func(s *config.SSL) *string { return &s.Password }),
			"none", "password of the key", secret(redacted), soft, notYet),
		row("ca", file(func(s *config.SSL) *string { return &s.CA }), "none", "file of authorities", soft, notYet),
		row("certificate",
			file(func(s *config.SSL) *string { return &s.Certificate }),
			"none", "file of the client certificate", soft, notYet),
		row("key", file(func(s *config.SSL) *string { return &s.Key }), "none", "file of its key", soft, notYet),
	}
	return rows
}

// replacing is text for a setting that is reported when it is given again; the last one
// counts.
func replacing(args string, p func(*config.SSL) *string) Keyword {
	k := text(args, p)
	guarded(func(s *stmt, target any) bool {
		if t, ok := target.(*config.SSL); ok && *p(t) != "" {
			s.warnf(s.pos(), "duplicate-setting", "SSL %s already specified - replacing; keep one", s.kw.Name)
		}
		return true
	})(&k)
	return k
}

// sslRow is the SSL block; the last one counts.
func sslRow() Keyword {
	return row("SSL", block("", func(s *stmt, b *binder) *config.SSL {
		if b.services().ssl {
			s.warnf(s.pos(), "duplicate-setting", "SSL context already specified - replacing; keep one SSL block")
		}
		b.services().ssl = true
		// Replaced as a whole: of the first block nothing is left, also not what the second says
		// nothing about.
		b.cfg.SSL = config.SSL{}
		return &b.cfg.SSL
	}, nil), "", "client certificate and authorities for SSL_GET", notYet,
		shows(func(b *binder) []writing {
			// Without a setting the block is not written: an empty one says nothing.
			if b.cfg.SSL == (config.SSL{}) {
				return nil
			}
			return []writing{{inner: &b.cfg.SSL}}
		}))
}
