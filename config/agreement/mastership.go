package agreement

import (
	"fmt"

	"holdfast/config"
	"holdfast/config/syntax"
)

// owner is the priority of who owns the addresses (RFC 9568 section 5.2.4).
const owner = 255

// A weight is what a tracked object can do to a priority.
type weight struct {
	config.Track
	well, ill int // points
}

// weights are those of what a member tracks, itself or with its sync group. What moves nothing is left out: an owner's,
// those without a number, whose failure ends the instance, and files, which may hold any number.
func weights(m member) []weight {
	if m.in.Priority == owner {
		return nil
	}
	var all []weight
	add := func(tracks config.Tracks, grouped bool) {
		for _, t := range tracks {
			if t.Weight == 0 || t.Kind == config.TrackedFile || grouped && t.Kind == config.TrackedScript || standsOn(m.in, t) {
				continue
			}
			points := t.Weight
			if t.Reverse {
				points = -points
			}
			w := weight{Track: t, well: max(points, 0), ill: min(points, 0)}
			all = append(all, w)
		}
	}
	g := groupOf(m)
	add(m.in.Tracks, g != nil && !g.TrackingWeight)
	if g != nil {
		add(g.Tracks, false)
	}
	return all
}

// standsOn reports whether a tracked interface is one that the instance cannot do without anyway.
func standsOn(in *config.Instance, t config.Track) bool {
	if t.Kind != config.TrackedInterface {
		return false
	}
	for v := range in.Addresses() {
		if v.Dev == t.Name {
			return true
		}
	}
	return t.Name == in.Interface
}

// priority is that of a member with everything well but some of what it tracks.
func priority(m member, ill ...weight) int {
	if m.in.Priority == owner {
		return owner
	}
	sum := int(m.in.Priority)
	for _, w := range weights(m) {
		sum += w.well
	}
	for _, w := range ill {
		sum += w.ill - w.well
	}
	return min(max(sum, 1), owner-1)
}

// priorityText is a priority, with what makes it.
func priorityText(m member) string {
	if p := priority(m); p != int(m.in.Priority) {
		return fmt.Sprintf("%d (priority %d and weights)", p, m.in.Priority)
	}
	return fmt.Sprint(m.in.Priority)
}

// priorities says where the order of the members is not what is meant.
func (c *comparer) priorities(r *router) {
	first := map[int]member{}
	for _, m := range r.members {
		o, ok := first[priority(m)]
		if !ok {
			first[priority(m)] = m
			continue
		}
		c.equal(o, m)
	}
	c.states(r)
	c.preemption(r)
}

func saysMaster(m member) bool { return m.in.StateGiven && m.in.WantMaster }
func saysBackup(m member) bool { return m.in.StateGiven && !m.in.WantMaster }

// equal is about two members with one priority.
func (c *comparer) equal(o, m member) {
	there := fmt.Sprintf("priority %d", o.in.Priority)
	if m.in.Priority == owner && o.in.Priority == owner {
		c.say(syntax.Error, "pair-priority-equal", m.at("priority", "state"), o.at("priority", "state"), there,
			"(%s) priority 255 here and in %s: each says that it owns the addresses and becomes master at once, until one "+
				"of them "+
				"sees the conflict and gives way; give 255 to one at most", m.in.Name, o.host.File)
		return
	}
	severity, more := syntax.Note, "whoever is master stays master, and of two that begin together the one with the "+
		"higher "+
		"address wins"
	if saysMaster(m) || saysMaster(o) {
		severity, more = syntax.Warning, "state MASTER decides nothing; "+more
	}
	c.say(severity, "pair-priority-equal", m.at("priority"), o.at("priority"), there,
		"(%s) priority %s here and in %s: %s",
		m.in.Name, priorityText(m), o.host.File, more)
}

// states says where the file calls another one master than the one that will be.
func (c *comparer) states(r *router) {
	best := r.members[0]
	for _, m := range r.members {
		if priority(m) > priority(best) {
			best = m
		}
	}
	told := false
	for _, m := range r.members {
		if !saysMaster(m) || m.host == best.host || priority(m) == priority(best) {
			continue
		}
		switch {
		case saysBackup(best):
			c.say(syntax.Warning, "pair-state-against-priority", m.at("state"), best.at("priority", "state"),
				"priority "+priorityText(best), "(%s) state MASTER here, but %s has the higher priority, %s against %s, and "+
					"becomes master",
				m.in.Name, best.host.File, priorityText(best), priorityText(m))
		case saysMaster(best) && !told && best.in.Priority != owner:
			told = true
			c.say(syntax.Note, "pair-state-master-twice", m.at("state"), best.at("state"), "state MASTER",
				"(%s) state MASTER here and in %s: harmless, both begin as backup, and %s has the higher priority", m.in.Name,
				best.host.File, best.host.File)
		}
	}
}

// preemption says where nopreempt and preempt_delay are on the side on which they do nothing: they count on the
// one that would take the addresses back.
func (c *comparer) preemption(r *router) {
	best := r.members[0]
	for _, m := range r.members {
		if priority(m) > priority(best) {
			best = m
		}
	}
	if best.in.NoPreempt || best.in.PreemptDelay > 0 {
		return
	}
	for _, m := range r.members {
		if priority(m) == priority(best) {
			continue
		}
		word := ""
		switch {
		case m.in.NoPreempt:
			word = "nopreempt"
		case m.in.PreemptDelay > 0:
			word = "preempt_delay"
		default:
			continue
		}
		c.say(syntax.Note, "pair-preemption-differs", m.at(word), best.at(), "without "+word,
			"(%s) %s here and not in %s, which has the higher priority: it counts on the director that comes back to take the "+
				"addresses", m.in.Name, word, best.host.File)
	}
}

// failures says which failures move nothing: with what a master tracks failed, it still is the best.
func (c *comparer) failures(r *router) {
	for _, m := range r.members {
		all := weights(m)
		if len(all) == 0 {
			continue
		}
		best, able := rivals(r, m)
		if best.host == nil || priority(best) > priority(m) {
			continue // it is not master anyway
		}
		for _, w := range all {
			switch {
			case w.ill == w.well:
			case priority(m, w) >= priority(best):
				c.stays(m, best, w, all)
			case able.host == nil || priority(m, w) >= priority(able):
				c.say(syntax.Warning, "pair-failure-moves-nothing", spot{m.host, w.Pos}, best.at("nopreempt"), "nopreempt",
					"(%s) when %s %s fails here, priority %d falls below that of %s, %d, which does not take over because of "+
						"nopreempt",
					m.in.Name, w.Kind, w.Name, priority(m, w), best.host.File, priority(best))
			}
		}
	}
}

// rivals are the best of the other members, and the best of those that take over from a master of lower priority.
func rivals(r *router, m member) (best, able member) {
	for _, o := range r.members {
		if o.host == m.host {
			continue
		}
		if best.host == nil || priority(o) > priority(best) {
			best = o
		}
		if !o.in.NoPreempt && (able.host == nil || priority(o) > priority(able)) {
			able = o
		}
	}
	return best, able
}

// stays tells of a failure after which a master stays master.
func (c *comparer) stays(m, best member, w weight, all []weight) {
	severity, more := syntax.Warning, fmt.Sprintf("; write a weight of more than %d", priority(m)-priority(best))
	if len(all) > 1 && priority(m, all...) < priority(best) {
		severity, more = syntax.Note, ", only together with other failures"
	}
	c.say(severity, "pair-failure-moves-nothing", spot{m.host, w.Pos}, best.at("priority"),
		"priority "+priorityText(best), "(%s) a failure of %s %s moves nothing: %d is left here, and %s has %d%s", m.in.Name,
		w.Kind,
		w.Name, priority(m, w), best.host.File, priority(best), more)
}
