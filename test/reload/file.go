// Package reload makes up pairs of valid configurations: a random one, and what a reload makes of it. Whether what is
// the same in both notices the reload is asked in virtual time (holdfast/vrrp) and of a running daemon
// (holdfast/test/e2e/reloads).
//
// A configuration is for a host with two interfaces, eth0 and eth1, on which nobody else wants the addresses: every
// virtual router but those of [Backups] becomes master soon. Each address, route and rule is of one router alone, so
// that it is known by its text whose it is.
package reload

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
)

// Slots is how many places for virtual routers there are; the router in slot n has VRID [VRID](n).
const Slots = 12

// Backups is how many of the slots, the last ones, have a master elsewhere.
const Backups = 2

// VRID is the virtual router identifier of a slot.
func VRID(slot int) int { return 10 + slot }

// IsBackup reports whether the router of a slot has a master elsewhere.
func IsBackup(slot int) bool { return slot >= Slots-Backups }

// IsSix reports whether the router of a slot is of IPv6.
func IsSix(slot int) bool { return slot%3 == 2 }

// A File is a configuration by its parts.
type File struct {
	globals []line
	static  []string // blocks
	routers [Slots]*router
	groups  []group
	order   []int // in which the slots stand
}

// A line is a statement of a block, by its keyword.
type line struct{ word, text string }

// A router is a vrrp_instance.
type router struct {
	slot  int
	dev   string
	fixed []line // what it is on the wire
	// free are the other statements, each block as one.
	free []line
}

type group struct {
	name    string
	members []int
	free    []line
}

// String is the text of the configuration.
func (f *File) String() string {
	var b strings.Builder
	write := func(head string, lines []line) {
		fmt.Fprintf(&b, "%s {\n", head)
		for _, l := range lines {
			fmt.Fprintf(&b, "    %s\n", l.text)
		}
		b.WriteString("}\n")
	}
	write("global_defs", f.globals)
	b.WriteString(tracked)
	for _, block := range f.static {
		b.WriteString(block)
	}
	for _, g := range f.groups {
		var names strings.Builder
		for _, m := range g.members {
			fmt.Fprintf(&names, " V%d", m)
		}
		write("vrrp_sync_group "+g.name, append([]line{{"group", "group {" + names.String() + " }"}}, g.free...))
	}
	for _, slot := range f.order {
		if r := f.routers[slot]; r != nil {
			write(fmt.Sprintf("vrrp_instance V%d", slot), slices.Concat(r.fixed, r.free))
		}
	}
	return b.String()
}

// tracked is what routers and groups may track. All of it is well.
const tracked = `vrrp_script well {
    script "/bin/true"
    interval 1
    timeout 1
    weight 1
    rise 1
    fall 1
    init_fail
    user root
}
track_file number {
    file "/run/number"
    weight 1
    init_file 3 overwrite
}
vrrp_track_process first {
    process cat
    param_match initial
    weight 2
    quorum 1
    delay 1
}
bfd_instance session {
    neighbor_ip 10.80.0.9
    source_ip 10.80.0.1
}
`

// New makes a configuration.
func New(rng *rand.Rand) *File {
	m := maker{rng}
	f := &File{globals: m.some(globals, 0, 6), static: m.statics()}
	for slot := range Slots {
		f.order = append(f.order, slot)
		if m.chance(4, 5) {
			f.routers[slot] = m.router(slot)
		}
	}
	for range 2 {
		m.group(f)
	}
	return f
}

// Change makes another configuration of f and says what is different.
func (f *File) Change(rng *rand.Rand) (next *File, what string) {
	m := maker{rng}
	next = &File{slices.Clone(f.globals), slices.Clone(f.static), f.routers, slices.Clone(f.groups), slices.Clone(f.order)}
	var all []string
	for range 1 + rng.IntN(3) {
		all = append(all, m.change(next))
	}
	return next, strings.Join(all, ", ")
}

func (m maker) change(f *File) string {
	slot := m.IntN(Slots)
	r := f.routers[slot]
	switch what := m.IntN(12); {
	case what == 0:
		f.static = m.statics()
		return "static things"
	case what == 1:
		f.globals = m.some(globals, 0, 6)
		return "globals"
	case what == 2:
		m.Shuffle(len(f.order), func(i, j int) { f.order[i], f.order[j] = f.order[j], f.order[i] })
		return "the order"
	case what == 3:
		f.groups = nil
		for range m.IntN(3) {
			m.group(f)
		}
		return "groups"
	case what == 4:
		return "nothing"
	case r == nil:
		f.routers[slot] = m.router(slot)
		return fmt.Sprintf("V%d comes", slot)
	case what == 5 && f.groupOf(slot) < 0:
		f.routers[slot] = nil
		return fmt.Sprintf("V%d goes", slot)
	case what == 6:
		f.routers[slot] = m.router(slot)
		return fmt.Sprintf("V%d is another one", slot)
	default:
		another := *r
		another.free = slices.Clone(r.free)
		return fmt.Sprintf("V%d: %s", slot, m.changeRouter(&another, f))
	}
}

// changeRouter replaces one statement of a router, or takes it away, or adds one.
func (m maker) changeRouter(r *router, f *File) string {
	f.routers[r.slot] = r
	o := statements[m.IntN(len(statements))]
	i := slices.IndexFunc(r.free, func(l line) bool { return l.word == o.word })
	if i >= 0 {
		r.free = slices.Delete(r.free, i, i+1)
	}
	text := ""
	if o.may(r.slot) && (i < 0 || o.word == "virtual_ipaddress" || m.chance(2, 3)) {
		text = o.make(m, r.slot, r.dev)
	}
	switch {
	case text == "" && i < 0:
		return "nothing"
	case text == "":
		return "without " + o.word
	}
	r.free = append(r.free, line{o.word, text})
	return o.word
}

func (f *File) groupOf(slot int) int {
	return slices.IndexFunc(f.groups, func(g group) bool { return slices.Contains(g.members, slot) })
}

// Config is what the configuration says, and what is found wrong with it but for advice.
func (f *File) Config() (*config.Config, []syntax.Diagnostic) {
	// That a group takes no weights is to be tried.
	return understood(f.String(), func(text string) bool { return strings.Contains(text, "sync_group_tracking_weight") })
}

// understood is what a text says, and what is found wrong with it but for advice and what is to be tried.
func understood(text string, tried func(finding string) bool) (*config.Config, []syntax.Diagnostic) {
	const name = "keepalived.conf"
	s := syntax.Load(syntax.MapSource{name: text}, name, syntax.Options{})
	c, all := language.Bind(s, language.Env{})
	return c, slices.DeleteFunc(all, func(d syntax.Diagnostic) bool {
		return d.Severity <= syntax.Note || tried(d.Text)
	})
}
