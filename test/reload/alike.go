package reload

import (
	"slices"

	"holdfast/config"
)

// Untouched are the routers that two configurations have alike, with their groups and all members of those: a
// reload from one to the other does not concern them.
func Untouched(old, next *config.Config) map[config.Router]bool {
	p := pair{byRouter(old), groupsOf(old), groupsOf(next)}
	all := map[config.Router]bool{}
	for i := range next.Instances {
		in := &next.Instances[i]
		g := p.groups[in.Name]
		all[in.Router()] = p.same(in) && (g == nil || !slices.ContainsFunc(next.Instances, func(o config.Instance) bool {
			return slices.Contains(g.Members, o.Name) && !p.same(&o)
		}))
	}
	return all
}

// pair is what has to be known of two configurations to compare their routers.
type pair struct {
	before       map[config.Router]*config.Instance
	groupsBefore map[string]*config.SyncGroup
	groups       map[string]*config.SyncGroup
}

// same reports whether a router and its group are what they were.
func (p pair) same(in *config.Instance) bool {
	was := p.before[in.Router()]
	if was == nil || !config.Equal(*was, *in) {
		return false
	}
	g, h := p.groups[in.Name], p.groupsBefore[was.Name]
	if g == nil || h == nil {
		return g == h
	}
	return config.Equal(*g, *h)
}

func byRouter(c *config.Config) map[config.Router]*config.Instance {
	all := map[config.Router]*config.Instance{}
	for i := range c.Instances {
		all[c.Instances[i].Router()] = &c.Instances[i]
	}
	return all
}

func groupsOf(c *config.Config) map[string]*config.SyncGroup {
	all := map[string]*config.SyncGroup{}
	for i := range c.Groups {
		for _, name := range c.Groups[i].Members {
			all[name] = &c.Groups[i]
		}
	}
	return all
}
