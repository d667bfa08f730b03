package config

import (
	"strings"

	"holdfast/config/syntax"
)

// What is looked at in blocks that have no effect yet, so that a configuration
// test finds in them what keepalived finds.

// checkRouteEntry looks at a route.
func checkRouteEntry(s *stmt) {
	s.checkWords("static_routes/"+Entry, "route", isRouteWord)
	if s.has("gw") {
		s.warnf(s.pos(), "'gw' for routes is deprecated - please use 'via'")
	}
	if s.has("or") {
		s.warnf(s.pos(), "'or' for routes is deprecated - please use 'nexthop'")
	}
	if name, at := s.valueOf("dev", "oif"); at > 0 {
		s.requireInterface(s.at(at), name, "route")
	} else if !s.has("no_track") && !s.has("nexthop") && !s.has("or") && !s.has("vrf") {
		s.warnf(s.pos(), "cannot track route %s with no interface specified; write dev IF or no_track", s.word(0))
	}
	if gateway, at := s.valueOf("via", "gw"); at > 0 && gateway != "inet" && gateway != "inet6" {
		if _, ok := parseAddr(gateway); !ok {
			s.errorf(s.at(at), "invalid route via address %s; write a numeric address", gateway)
		}
	}
}

// isRouteWord tells whether a word may stand for itself in a route: a destination or
// the kind of route.
func isRouteWord(word string) bool {
	switch word {
	case "default", "default6", "any", "all",
		"unicast", "local", "broadcast", "anycast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat":
		return true
	}
	host, _, _ := strings.Cut(word, "/")
	_, ok := parseAddr(host)
	return ok
}

// checkRuleEntry looks at a policy rule.
func checkRuleEntry(s *stmt) {
	s.checkWords("static_rules/"+Entry, "rule", func(string) bool { return false })
	if !s.has("preference") && !s.has("order") && !s.has("priority") {
		s.warnf(s.pos(), "rule has no preference specified; write preference N, or keepalived counts down from 16384")
	}
	if name, at := s.valueOf("dev", "iif"); at > 0 {
		s.requireInterface(s.at(at), name, "rule")
	}
}

// checkWords goes over the words of an entry by the rows of its block: one
// without arguments stands alone, the others have a value. It ends at the first
// word it does not know, and at words that begin a grammar of their own.
func (s *stmt) checkWords(block, what string, free func(string) bool) {
	for i := 0; i < len(s.args); i++ {
		word := s.word(i)
		k := s.lang.find(block, word)
		switch {
		case word == "encap" || word == "nexthop" || word == "as":
			return
		case k == nil && !free(word):
			s.errorf(s.at(i), "unknown %s keyword %s - ignoring%s", what, word, s.didYouMean(block, word))
			return
		case k == nil || k.Args == "" || word == "to" && what == "route" || word == "type":
		default:
			i++
			if next := s.word(i); next == "lock" || next == "inet" || next == "inet6" {
				i++
			}
		}
	}
}

func (s *stmt) didYouMean(block, word string) string {
	if near := s.lang.Nearest(block, word); near != "" {
		return "; did you mean '" + near + "'?"
	}
	return ""
}

// checkUpDownDelay looks at an entry of interface_up_down_delays.
func checkUpDownDelay(s *stmt) {
	for i := 1; i < min(len(s.args), 3); i++ {
		s.micros(i, 0, 255_000_000)
	}
	if s.env.Interface != nil && !s.env.Interface(s.word(0)) && !s.global.DynamicInterfaces {
		s.say(syntax.Warning, syntax.ClassCannotRun, s.at(0), "unknown interface %s specified for up/down delay; correct the name", s.word(0))
	}
}

// has tells whether a word stands in an entry.
func (s *stmt) has(word string) bool {
	_, at := s.valueOf(word)
	return at > 0
}

// valueOf gives the word behind one of names in an entry, and where it stands; the
// place is 0 if none of them is there.
func (s *stmt) valueOf(names ...string) (string, int) {
	for i := range s.args {
		if contains(names, s.word(i)) {
			return s.word(i + 1), i + 1
		}
	}
	return "", 0
}

// checkLinkbeat looks at an entry of linkbeat_interfaces.
func checkLinkbeat(s *stmt) {
	if s.env.Interface != nil && !s.env.Interface(s.word(0)) && !s.global.DynamicInterfaces {
		s.say(syntax.Warning, syntax.ClassCannotRun, s.at(0), "unknown interface %s specified for linkbeat interface; correct the name", s.word(0))
	}
}

// checkGARPInterfaces looks at the interfaces of a garp_group.
func checkGARPInterfaces(s *stmt) {
	for i, w := range s.args {
		s.requireInterface(s.at(i), w.Text, "garp_group")
	}
}
