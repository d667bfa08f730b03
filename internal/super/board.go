package super

import (
	"slices"

	"holdfast/internal/news"
)

// takeNews puts on the board what a role tells, and passes it on.
func (s *Supervisor) takeNews(c *child, items []news.Item) {
	if s.slotOf(c) == nil {
		return // another process may tell of the same things by now
	}
	for _, it := range items {
		// By whose socket it came, whatever the item says of itself.
		it.Teller = string(c.role.Name)
		if it, isNew := s.board.Tell(it); isNew {
			s.pass(it)
		}
	}
}

// pass tells the roles that follow it what is new. Nobody is waited for.
func (s *Supervisor) pass(items ...news.Item) {
	for _, sl := range s.slots {
		if sl.child == nil {
			continue // its next process begins with what is on the board
		}
		for _, it := range items {
			if sl.child.follows(it) {
				sl.child.out.tell(it)
			}
		}
	}
}

// follows reports whether an item is for the role, which needs no news of what it tells itself.
func (c *child) follows(it news.Item) bool {
	return slices.Contains(c.role.Follows, it.Topic) && it.Teller != string(c.role.Name)
}

// brief tells a new process what is on the board, before it gets a configuration.
func (s *Supervisor) brief(c *child) {
	c.out.begin(slices.DeleteFunc(s.board.On(c.role.Follows), func(it news.Item) bool { return !c.follows(it) }))
}

// unheard notes that no process tells the news of a role for now; comes says that one will.
func (s *Supervisor) unheard(sl *slot, comes bool) {
	if comes {
		// Those who follow go on as they were until the next process knows (semantics 11.9).
		s.pass(s.board.Died(string(sl.role.Name))...)
	} else {
		s.pass(s.board.Left(string(sl.role.Name))...)
	}
}
