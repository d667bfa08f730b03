package language

// surplus reports words that stand behind a complete statement: keepalived does not look at
// them, and who wrote them thinks that it does.
func (s *stmt) surplus() {
	// Commands have words of their own about what stands behind them.
	if s.looked >= len(s.args) || s.kw != nil && s.kw.Script {
		return
	}
	//	virtual_router_id 51 priority 100
	// sets no priority, and keepalived says nothing (grammar 4.6).
	word, at := s.args[s.looked].Text, s.at(s.looked)
	text := sprintf("%s: '%s' stands behind a complete statement - ignored", s.title(), word)
	switch {
	case s.kw == nil:
		text += "; remove it, or begin a line with it"
	case s.lang.find(s.kw.Block, word) != nil:
		text += sprintf("; '%s' begins a statement of its own: put it on a line of its own", word)
		// Its author believes that it is set, and may read next that it is missing.
		s.lose(key(word), at)
	case s.kw.Opens && s.lang.find(s.kw.Path(), word) != nil:
		text += sprintf("; '%s' belongs between the braces", word)
	case s.kw.Args == "":
		text += sprintf("; %s takes no word", s.kw.Name)
	default:
		text += sprintf("; write: %s %s", s.kw.Name, s.kw.Args)
	}
	s.mutedf(at, "extra-parameters", "%s", text)
}
