package vrrp

import (
	"slices"

	"holdfast/config"
)

// things are what a master has on its host besides addresses: the engine sets them, the protocol only says so.
type things struct {
	name string // as the log calls them
	any  bool
	same func(*config.Instance) bool // as in another configuration of the instance
}

// thingsOf lists the kinds of things in the order in which they are set.
func thingsOf(i *config.Instance) []things {
	return []things{
		{"Virtual Routes", len(i.Routes) > 0, func(o *config.Instance) bool { return config.Equal(i.Routes, o.Routes) }},
		{"Virtual Rules", len(i.Rules) > 0, func(o *config.Instance) bool { return config.Equal(i.Rules, o.Rules) }},
	}
}

// sayThings logs what is done with the things of m.
func (c *Core) sayThings(m *machine, list []things, verb string) {
	for _, t := range list {
		if t.any {
			c.detail(m, "%s %s", verb, t.name)
		}
	}
}

func (c *Core) saySettingThings(m *machine) { c.sayThings(m, thingsOf(m.cfg), "setting") }

// sayRemovingThings goes backwards: what was set last is removed first.
func (c *Core) sayRemovingThings(m *machine) {
	list := thingsOf(m.cfg)
	slices.Reverse(list)
	c.sayThings(m, list, "removing")
}

// sameThings reports whether two configurations of an instance have the same.
func sameThings(a, b *config.Instance) bool {
	return !slices.ContainsFunc(thingsOf(a), func(t things) bool { return !t.same(b) })
}
