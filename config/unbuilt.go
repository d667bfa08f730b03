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
		case k == nil || k.Args == "" || word == "to" || word == "type":
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

// missingIn tells whether a block lacks all of the keywords.
func (s *stmt) missingIn(keywords ...string) bool {
	if s.node.Block == nil {
		return true
	}
	for _, n := range s.node.Block.Nodes {
		if contains(keywords, n.Keyword()) && len(n.Words) > 1 {
			return false
		}
	}
	return true
}

func checkTrackProcess(s *stmt, _ any) {
	if s.missingIn("process") {
		s.errorf(s.pos(), "track process '%s' process name not specified; write process NAME", s.word(0))
	}
}

func checkTrackFile(s *stmt, _ any) {
	if s.missingIn("file") {
		s.errorf(s.pos(), "No file set for %s %s - ignoring; write file PATH", s.kw.Name, s.word(0))
	}
}

func checkBFD(s *stmt, _ any) {
	if s.missingIn("neighbor_ip", "neighbour_ip") {
		s.errorf(s.pos(), "BFD instance %s has no neighbor address set, disabling instance; write neighbor_ip IP", s.word(0))
	}
}

func checkServiceGroup(s *stmt, _ any) {
	if s.node.Block == nil || len(s.node.Block.Nodes) == 0 {
		s.errorf(s.pos(), "virtual server group %s has no entries - removing; write addresses or remove it", s.word(0))
	}
}

// checkSSL reports a second SSL block.
func checkSSL(s *stmt, _ any) {
	if s.sslSeen {
		s.warnf(s.pos(), "SSL context already specified - replacing; keep one SSL block")
	}
	s.sslSeen = true
}
