package agreement

import (
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// groupOf is the sync group that a member is in, nil if it is in none.
func groupOf(m member) *config.SyncGroup {
	groups := m.host.Config.Groups
	for i := range groups {
		if slices.Contains(groups[i].Members, m.in.Name) {
			return &groups[i]
		}
	}
	return nil
}

// companions are the routers that move together with a member, in the order of routers: those that only
// this host has do not count.
func (c *comparer) companions(m member) []string {
	g := groupOf(m)
	if g == nil {
		return nil
	}
	var names []string
	for _, r := range c.routers {
		o, ok := r.on(m.host)
		if ok && len(r.members) == len(c.hosts) && slices.Contains(g.Members, o.in.Name) {
			names = append(names, r.members[0].in.Name)
		}
	}
	if len(names) < 2 {
		return nil
	}
	return names
}

// groups says which routers move together on one host and not on another. Of a group it is said once.
func (c *comparer) groups() {
	told := map[string]bool{}
	for _, r := range c.routers {
		if len(r.members) < len(c.hosts) {
			continue
		}
		for m, u := range unlike(r.members, func(m member) string { return strings.Join(c.companions(m), ", ") }) {
			here, there := c.companions(m), c.companions(u)
			key := m.host.File + "\n" + strings.Join(here, "\n") + "\n\n" + strings.Join(there, "\n")
			if told[key] || m.host.Damaged || u.host.Damaged {
				continue
			}
			told[key] = true
			c.say(syntax.Warning, "pair-group-differs", groupSpot(m), groupSpot(u), "with "+together(there),
				"(%s) moves with %s here and with %s in %s: a failure may leave one router on each director", m.in.Name,
				together(without(here, []string{r.members[0].in.Name})), together(without(there, []string{r.members[0].in.Name})),
				u.host.File)
		}
	}
}

// groupSpot is where the group of a member is, or the member.
func groupSpot(m member) spot {
	if g := groupOf(m); g != nil {
		return m.host.of(g.Pos, "group")
	}
	return m.at()
}

func together(names []string) string {
	if len(names) == 0 {
		return "no other"
	}
	return some(names)
}
