package language

import (
	"strings"

	"holdfast/config/syntax"
)

// ownLine begins a line that keepalived drops.
const ownLine = "@" + syntax.OwnID + " "

// sayOwn warns of a keyword of ours where keepalived would read it. It has its effect all the same, and a
// configuration test does not count it: keepalived is the one that does not know the word. Inside of a block of
// ours nothing is said a second time.
func (s *stmt) sayOwn() {
	k := s.kw
	if k.Since != Ours || k.inOurs || s.node.Own {
		return
	}
	lines := "the line with '" + ownLine + k.Name + "'"
	if k.Opens {
		lines = "each line of the block with '" + strings.TrimSpace(ownLine) + "'"
	}
	s.mutedf(s.pos(), "own-keyword", "%s is a keyword of holdfast, which keepalived does not know; begin %s",
		s.title(), lines)
}
