package language

import "holdfast/config/syntax"

// requireEntryInterface takes the name of an interface that must exist.
func interfaceWord[T any](user string, p func(*T) *string) Keyword {
	k := custom("IF", 1, func(s *stmt, t *T) bool {
		*p(t) = s.word(0)
		return s.requireInterface(s.at(0), s.word(0), user)
	})
	k.bind.show = showing(func(t *T) []writing { return wordIf(*p(t)) })
	return k
}

// requireInterface reports an interface that does not exist: keepalived does not
// run then, unless interfaces may come later (grammar 8.7).
func (b *binder) requireInterface(pos syntax.Pos, name, user string) (ok bool) {
	// Nobody to ask means that a file is checked for another host.
	if b.env.Interface == nil || b.env.Interface(name) {
		return true
	}
	if b.global().DynamicInterfaces {
		b.notef(pos, "interface-missing", "interface %s for %s doesn't exist yet", name, user)
		return true
	}
	// Scripts are looked at later, and those of VRRP do not count then (checkScriptSecurity).
	b.global().interfaceMissing = true
	// The name may be a reference that nothing defines, or a name mistyped.
	meant := ""
	if reference := undefined(name); reference != "" {
		meant = "; " + reference + notDefined
	} else if b.env.Interfaces != nil {
		meant = DidYouMean(name, b.env.Interfaces())
	}
	b.fatalf(pos, "interface-missing",
		"interface %s for %s doesn't exist; correct the name, create it, or set dynamic_interfaces in global_defs%s",
		name, user, meant)
	return false
}

// unknownInterface reports an interface that is not there, where keepalived goes on
// without it.
func (s *stmt) unknownInterface(user string) bool {
	// The class is that of what keeps from running, and yet keepalived runs without the interface (grammar 9.4).
	if s.env.Interface == nil || s.env.Interface(s.word(0)) || s.global().DynamicInterfaces {
		return false
	}
	s.say(syntax.Warning, syntax.ClassCannotRun, s.at(0), "interface-missing",
		"unknown interface %s specified for %s; correct the name", s.word(0), user)
	return true
}
