package language

import (
	"slices"
	"strings"

	"holdfast/config/syntax"
)

// sayInForce adds to the last of the findings since one of a statement whose value was
// refused, which value holds in its place.
func (s *stmt) sayInForce(since int, target any) {
	// Nothing was said, or it stands in a block that is skipped, where no value holds.
	if len(s.diags) == since || target == nil {
		return
	}
	// A setter returns with what costs the value, so that was said last.
	d := &s.diags[len(s.diags)-1]
	if d.ID == "unknown-user" { // then nothing is run, as is said
		return
	}
	d.Text += "; " + s.inForce(target, d.ID == "duplicate-setting")
}

// sayLeftOut adds what becomes of the rest to the findings since one about a number, or
// by other rules, that was refused where others in the same line may count.
func (s *stmt) sayLeftOut(since int, rest string, rules ...string) {
	// Those before outcomes have been completed for a word in this line.
	for i := max(since, s.outcomes); i < len(s.diags); i++ {
		d := &s.diags[i]
		// These findings of the kit are about one word, and do not know what stands around it.
		number := d.ID == "number-out-of-range" || d.ID == "invalid-number"
		if d.Severity == syntax.Error && (number || slices.Contains(rules, d.ID)) {
			d.Text += "; it is left out, " + rest
		}
	}
	s.outcomes = len(s.diags) // a line around this word has nothing to add to them
}

// inForce says what holds once a value was refused, and sees to it where that is not the
// value before. again tells that there was one before.
func (s *stmt) inForce(target any, again bool) string {
	// A priority that is out of range is 100 afterwards, whatever stood before it (grammar 8.6).
	if s.kw.bind.reset != nil {
		s.kw.bind.reset(target)
		if value := s.kw.shown(target); value != "" {
			return value + " is used"
		}
	}
	// A value that was given before stays, and is shown as it would be written.
	if d, ok := target.(interface{ has(key) bool }); again || ok && d.has(s.name()) {
		if value := s.lang.shown(s.kw, target); value != "" {
			return value + " stays"
		}
	}
	return s.byDefault()
}

// byDefault says what holds without a keyword.
func (s *stmt) byDefault() string {
	// The Default of a row is text for people, of which the part before a semicolon is the value.
	def, _, _ := strings.Cut(s.kw.Default, "; ")
	switch def {
	// There is no value to name.
	case "", "none", "required", "not set", "any", "found out":
		return "it is left out"
	}
	source, other := strings.CutPrefix(def, "= ")
	if k := s.source(source, other); k != nil {
		if value := s.lang.shown(k, s.general); value != "" {
			return value + ", that of " + k.Name + " in " + k.Block + ", is used"
		}
	}
	source, of := strings.CutPrefix(source, "of ")
	inherited := false
	if outer, rest, ok := strings.Cut(source, ", else "); ok && strings.Contains(outer, ", ") {
		source, inherited = strings.ReplaceAll(outer, ", ", " or ")+", else "+rest, true
	}
	switch {
	// `= vrrp_garp_master_delay` names another keyword beside it, and `of real_server` the block
	// around.
	case other || of || inherited:
		return "that of " + source + " is used"
	case strings.ContainsAny(def, " ,"):
		return "the default is used: " + def
	}
	return def + " is used"
}

// source is the keyword of the general block that a default is taken from, nil if it is not. What that
// block is called alone stands for a keyword of nearly the same name in it.
func (s *stmt) source(name string, other bool) *Keyword {
	general := s.lang.general
	// Within that block a default is a value of its own, unless it is that of a keyword beside
	// it.
	if s.kw.Block == general.block && !other {
		return nil
	}
	names := []string{name}
	if strings.HasPrefix(name, general.block) {
		names = []string{general.prefix + s.kw.Name, s.kw.Name}
	}
	for _, name := range names {
		if k := s.lang.find(general.block, name); k != nil {
			return k
		}
	}
	return nil
}

// shown is how the value of a keyword is written, "" if there is none.
func (k *Keyword) shown(target any) string {
	// A password is not repeated in a log.
	if k.bind.show == nil || k.secret != "" {
		return ""
	}
	// One line is enough to say what holds.
	for _, w := range k.bind.show(target) {
		return strings.Join(w.args, " ")
	}
	return ""
}

// shown is that of the keyword itself or of the one it is another name of.
func (l *Language) shown(k *Keyword, target any) string {
	if text := k.shown(target); text != "" || k.AliasOf == "" {
		return text
	}
	if of := l.find(k.Block, k.AliasOf); of != nil {
		return of.shown(target)
	}
	return ""
}
