package config

import (
	"reflect"
	"strings"

	"holdfast/config/syntax"
)

// Equal tells whether two values of this package mean the same: everything but
// the positions in the text is compared. Nil and empty lists are equal.
func Equal[T any](a, b T) bool {
	return sameValue(reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem())
}

func sameValue(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[syntax.Pos]() {
			return true
		}
		if strings.HasPrefix(a.Type().PkgPath(), "net/netip") {
			return a.Interface() == b.Interface()
		}
		for i := range a.NumField() {
			if !sameValue(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !sameValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return sameValue(a.Elem(), b.Elem())
	}
	return a.Equal(b)
}

// A Change lists what a reload does to the objects of one class, by name, in the
// order of the new configuration (removed ones in that of the old).
type Change struct {
	Class                   string // the keyword of the block
	Added, Removed, Changed []string
}

// String is one line for the log: "vrrp_instance: added A; changed B, C".
func (c Change) String() string {
	var parts []string
	for _, p := range []struct {
		verb  string
		names []string
	}{{"added", c.Added}, {"removed", c.Removed}, {"changed", c.Changed}} {
		if len(p.names) > 0 {
			parts = append(parts, p.verb+" "+strings.Join(p.names, ", "))
		}
	}
	return c.Class + ": " + strings.Join(parts, "; ")
}

func (c Change) empty() bool { return len(c.Added)+len(c.Removed)+len(c.Changed) == 0 }

// Changes compares two configurations. Classes without a difference are left
// out, so the plan of an edit that means nothing is empty.
func Changes(old, new *Config) []Change {
	var out []Change
	add := func(c Change) {
		if !c.empty() {
			out = append(out, c)
		}
	}
	if !Equal(old.Global, new.Global) {
		add(Change{Class: "global_defs", Changed: []string{"global_defs"}})
	}
	add(compare("vrrp_script", old.Scripts, new.Scripts, func(s Script) string { return s.Name }, Equal[Script]))
	add(compare("vrrp_sync_group", old.Groups, new.Groups, func(g SyncGroup) string { return g.Name }, Equal[SyncGroup]))
	add(compare("vrrp_instance", old.Instances, new.Instances, func(i Instance) string { return i.Name }, Equal[Instance]))
	if !Equal(old.SSL, new.SSL) {
		add(Change{Class: "SSL", Changed: []string{"SSL"}})
	}
	add(compare("virtual_server_group", old.ServerGroups, new.ServerGroups, func(g ServerGroup) string { return g.Name }, Equal[ServerGroup]))
	add(compare("virtual_server", old.VirtualServers, new.VirtualServers, serviceID, sameService))
	add(compare("real_server", reals(old), reals(new), realID, func(a, b member) bool { return Equal(a.RealServer, b.RealServer) }))
	return out
}

func compare[T any](class string, old, new []T, id func(T) string, same func(a, b T) bool) Change {
	c := Change{Class: class}
	before := map[string]T{}
	for _, o := range old {
		before[id(o)] = o
	}
	after := map[string]bool{}
	for _, n := range new {
		name := id(n)
		after[name] = true
		switch o, ok := before[name]; {
		case !ok:
			c.Added = append(c.Added, name)
		case !same(o, n):
			c.Changed = append(c.Changed, name)
		}
	}
	for _, o := range old {
		if name := id(o); !after[name] {
			c.Removed = append(c.Removed, name)
		}
	}
	return c
}

func serviceID(v VirtualServer) string {
	if v.FWMark != 0 && v.IPv6 {
		return v.Name() + " IPv6"
	}
	return v.Name()
}

// sameService compares services without their real servers.
func sameService(a, b VirtualServer) bool {
	a.RealServers, b.RealServers = nil, nil
	return Equal(a, b)
}

// member is a real server with the service it belongs to.
type member struct {
	RealServer
	service  string
	protocol Protocol
}

func reals(c *Config) []member {
	var out []member
	for _, v := range c.VirtualServers {
		for _, r := range v.RealServers {
			out = append(out, member{r, serviceID(v), v.Protocol})
		}
	}
	return out
}

func realID(m member) string { return m.RealServer.Name(m.protocol) + " of " + m.service }
