package difference

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"holdfast/config"
)

// A Brief is what a reload changes, for the log.
type Brief struct {
	// Changes counts and names the objects that come, go and change, in one line: "vrrp_instance
	// VI_1 removed, 2 of 40 virtual servers changed ([192.0.2.1]:tcp:80, [192.0.2.2]:tcp:80)". It
	// is "nothing changes" when nothing does.
	Changes string
	// Gone has an entry for each class - virtual routers, services - that loses everything it had:
	// "all vrrp instances: VI_1, VI_2"; and one for each virtual router that is left with no address:
	// "all addresses of vrrp instance VI_1: 192.0.2.1/24".
	Gone []string
}

// How much of the names of objects is written: a line of the log is read by people.
const (
	namesShown = 3
	goneShown  = 10
	nameShown  = 64 // characters of one
)

// Briefly compares two configurations object by object, as Compare in package config does, but
// tells only which objects differ: it costs little more than looking at both once.
func Briefly(old, new *config.Config) Brief {
	var b briefer
	// global_defs and what has no list of its own are compared as a whole: their names would say too much for a line.
	if !config.Equal(old.Global, new.Global) {
		b.parts = append(b.parts, "global_defs changed")
	}
	compare(&b, "vrrp_script", "vrrp scripts", false, old.Scripts, new.Scripts,
		func(s *config.Script) (string, string) { return s.Name, s.Name })
	compare(&b, "vrrp_sync_group", "sync groups", false, old.Groups, new.Groups,
		func(g *config.SyncGroup) (string, string) { return g.Name, g.Name })
	// The same router is the one with the same identity, whatever its name (semantics 7.1).
	compare(&b, "vrrp_instance", "vrrp instances", true, old.Instances, new.Instances,
		func(in *config.Instance) (string, string) { return in.Router().String(), in.Name })
	b.addresses(old.Instances, new.Instances)
	compare(&b, "virtual_server_group", "virtual server groups", false, old.ServerGroups, new.ServerGroups,
		func(g *config.ServerGroup) (string, string) { return g.Name, g.Name })
	// A firewall mark has a family that its name does not tell.
	compare(&b, "virtual_server", "virtual servers", true, old.VirtualServers, new.VirtualServers,
		func(v *config.VirtualServer) (string, string) { return fmt.Sprint(v.Name(), v.IPv6), v.Name() })
	if !config.Equal(rest(old), rest(new)) {
		b.parts = append(b.parts, "other settings changed")
	}
	if moved := moves(old.VirtualServers, new.VirtualServers); moved != "" {
		b.parts = append(b.parts, moved)
	}
	if len(b.parts) == 0 {
		b.parts = []string{"nothing changes"}
	}
	return Brief{Changes: strings.Join(b.parts, ", "), Gone: b.gone}
}

// rest is a configuration without what is compared object by object.
func rest(c *config.Config) config.Config {
	r := *c
	// A field that is added to a configuration is compared without a change here.
	r.Global, r.Scripts, r.Groups, r.Instances = config.Global{}, nil, nil, nil
	r.ServerGroups, r.VirtualServers = nil, nil
	return r
}

type briefer struct{ parts, gone []string }

// compare adds what became of the objects of one class. identify gives what makes an object the
// same in both configurations, and its name. A class that matters is told of when it is empty.
func compare[T any](b *briefer, class, plural string, matters bool, old, new []T,
	identify func(*T) (key, name string)) {
	before, seen := map[string]int{}, map[string]int{}
	for i := range old {
		key, _ := identify(&old[i])
		// Two objects with one key are two: the second is compared with the second.
		before[numbered(seen, key)] = i
	}
	var added, removed, changed []string
	kept := make([]bool, len(old))
	// The new configuration is numbered from the beginning, as the old one was.
	clear(seen)
	for i := range new {
		key, name := identify(&new[i])
		j, known := before[numbered(seen, key)]
		if !known {
			added = append(added, name)
			continue
		}
		kept[j] = true
		// The same router under another name (semantics 7.1).
		if _, former := identify(&old[j]); former != name {
			changed = append(changed, former+" -> "+name)
		} else if !config.Equal(old[j], new[i]) {
			changed = append(changed, name)
		}
	}
	for i := range old {
		if !kept[i] {
			_, name := identify(&old[i])
			removed = append(removed, name)
		}
	}
	for _, k := range []struct {
		names []string
		total int
		what  string
	}{{removed, len(old), "removed"}, {added, len(new), "added"}, {changed, len(new), "changed"}} {
		switch n := len(k.names); {
		case n == 1:
			b.parts = append(b.parts, class+" "+shortened(k.names[0])+" "+k.what)
		case n > 1:
			b.parts = append(b.parts,
				fmt.Sprintf("%d of %d %s %s (%s)", n, k.total, plural, k.what, list(k.names, namesShown)))
		}
	}
	// Scripts and groups go with what used them, and serve nobody by themselves.
	if matters && len(old) > 0 && len(new) == 0 {
		b.gone = append(b.gone, "all "+plural+": "+list(removed, goneShown))
	}
}

// addresses tells of virtual routers that are there in both configurations and lose every address.
func (b *briefer) addresses(old, new []config.Instance) {
	// Whoever lost its last address is still there, sends adverts of nothing, and is easily overlooked.
	empty := map[string]bool{}
	for i := range new {
		if len(new[i].VIPs)+len(new[i].ExcludedVIPs) == 0 {
			empty[new[i].Router().String()] = true
		}
	}
	for i := range old {
		in := &old[i]
		if !empty[in.Router().String()] {
			continue
		}
		var names []string
		for a := range in.Addresses() {
			names = append(names, a.Prefix.String())
		}
		if len(names) > 0 {
			b.gone = append(b.gone, "all addresses of vrrp instance "+shortened(in.Name)+": "+list(names, goneShown))
		}
	}
}

// list is names, no more than shown.
func list(names []string, shown int) string {
	var b strings.Builder
	for i, name := range names[:min(len(names), shown)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(shortened(name))
	}
	if more := len(names) - shown; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// shortened is a name that does not fill a line by itself.
func shortened(name string) string {
	if utf8.RuneCountInString(name) <= nameShown {
		return name
	}
	// By characters: half of one would be no text.
	return string([]rune(name)[:nameShown]) + "..."
}

// numbered is a key that stays different from those before it.
func numbered(seen map[string]int, key string) string {
	seen[key]++
	if n := seen[key]; n > 1 {
		return key + " #" + strconv.Itoa(n)
	}
	return key
}
