package reload

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// This file makes up configurations of virtual servers. They are for a host from which the real servers 10.60.0.1 to
// 10.60.0.12, or 2001:db8:60::1 to ::c, can be reached, of which those of [Dead] refuse connections. All virtual
// servers draw on the same real servers, so that there are checks that are alike.

// ServiceSlots is how many places for virtual servers there are.
const ServiceSlots = 10

const (
	udpSlot, sctpSlot = 3, 4
	markSlot          = 5
	sixSlot           = 6
	// What a group serves: addresses and a mark, and addresses for two virtual servers.
	groupSlot, pairSlot, pairedSlot = 7, 8, 9
)

// realServers is how many there are in a family, and alive how many of them take connections, the first ones.
const (
	realServers = 12
	alive       = 8
)

// Dead reports whether nobody listens at the address of a real server.
func Dead(a netip.Addr) bool {
	b := a.As16()
	return b[15] > alive
}

// Services is a configuration of virtual servers by its parts. What it is made of is not changed, but replaced.
type Services struct {
	globals []line
	groups  map[int][]string // the entries, by the slot of the first that serves them
	list    [ServiceSlots]*service
	order   []int // in which the slots stand
}

// A service is a virtual_server.
type service struct {
	slot    int
	fixed   []line // what it is in the kernel
	free    []line
	servers []*server
}

// A server is a real_server.
type server struct {
	number   int
	port     int
	free     []line
	checkers []checker
}

type checker struct {
	kind string
	free []line
}

func isSix(slot int) bool { return slot == sixSlot }

// head is what stands behind virtual_server.
func (v *service) head() string {
	switch v.slot {
	case markSlot:
		return "fwmark 5"
	case sixSlot:
		return "2001:db8:40::6 80"
	case groupSlot, pairSlot, pairedSlot:
		return fmt.Sprint("group G", groupOf(v.slot))
	}
	return fmt.Sprintf("10.40.0.%d 80", v.slot+1)
}

// groupOf is the number of the group that a slot serves.
func groupOf(slot int) int {
	if slot == pairedSlot {
		return pairSlot
	}
	return slot
}

func (r *server) head(six bool) string {
	if six {
		return fmt.Sprintf("2001:db8:60::%x %d", r.number, r.port)
	}
	return fmt.Sprintf("10.60.0.%d %d", r.number, r.port)
}

// String is the text of the configuration.
func (f *Services) String() string {
	var b strings.Builder
	write(&b, 0, "global_defs", f.globals, nil)
	b.WriteString("track_file number {\n    file \"/run/number\"\n    weight 1\n    init_file 3 overwrite\n}\n")
	for _, slot := range []int{groupSlot, pairSlot} {
		fmt.Fprintf(&b, "virtual_server_group G%d {\n    %s\n}\n", slot, strings.Join(f.groups[slot], "\n    "))
	}
	for _, slot := range f.order {
		v := f.list[slot]
		if v == nil {
			continue
		}
		write(&b, 0, "virtual_server "+v.head(), slices.Concat(v.fixed, v.free), func() {
			for i, r := range v.servers {
				b.WriteString(r.text(isSix(slot), i > 0))
			}
		})
	}
	return b.String()
}

// text is the block of a server; one that is in reserve is not for keepalived, and needs others beside it.
func (r *server) text(six, mayReserve bool) string {
	var b strings.Builder
	reserve := slices.IndexFunc(r.free, func(l line) bool { return l.word == "backup" })
	free := r.free
	if reserve >= 0 && !mayReserve {
		free = slices.Delete(slices.Clone(free), reserve, reserve+1)
	}
	write(&b, 1, "real_server "+r.head(six), free, func() {
		for _, k := range r.checkers {
			var own strings.Builder
			write(&own, 2, k.kind, k.free, nil)
			b.WriteString(onOwnLines(own.String(), k.kind == "GRPC_CHECK"))
		}
	})
	return onOwnLines(b.String(), reserve >= 0 && mayReserve)
}

// onOwnLines is a text that keepalived drops, if it is to be dropped.
func onOwnLines(text string, dropped bool) string {
	if !dropped {
		return text
	}
	var b strings.Builder
	for l := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(l), ownLine) {
			l = ownLine + l
		}
		b.WriteString(l)
	}
	return b.String()
}

// ownLine begins a line that keepalived drops.
const ownLine = "@holdfast "

// write writes a block so deep in others; more writes what stands behind its lines.
func write(b *strings.Builder, depth int, head string, lines []line, more func()) {
	indent := strings.Repeat("    ", depth)
	fmt.Fprintf(b, "%s%s {\n", indent, head)
	for _, l := range lines {
		fmt.Fprintf(b, "%s    %s\n", indent, strings.ReplaceAll(l.text, "\n", "\n"+indent+"    "))
	}
	if more != nil {
		more()
	}
	b.WriteString(indent + "}\n")
}

// NewServices makes a configuration of virtual servers.
func NewServices(rng *rand.Rand) *Services {
	m := maker{rng}
	f := &Services{globals: m.some(serviceGlobals, 0, 3), groups: map[int][]string{}}
	f.groups[groupSlot], f.groups[pairSlot] = m.groupEntries(groupSlot), m.groupEntries(pairSlot)
	for slot := range ServiceSlots {
		f.order = append(f.order, slot)
		if m.chance(3, 4) {
			f.list[slot] = m.service(slot)
		}
	}
	return f
}

// Change makes another configuration of f and says what is different.
func (f *Services) Change(rng *rand.Rand) (next *Services, what string) {
	m := maker{rng}
	next = &Services{slices.Clone(f.globals), map[int][]string{}, f.list, slices.Clone(f.order)}
	for slot, entries := range f.groups {
		next.groups[slot] = entries
	}
	var all []string
	for range 1 + rng.IntN(3) {
		all = append(all, m.changeServices(next))
	}
	return next, strings.Join(all, ", ")
}

func (m maker) changeServices(f *Services) string {
	slot := m.IntN(ServiceSlots)
	v := f.list[slot]
	switch what := m.IntN(14); {
	case what == 0:
		f.globals = m.some(serviceGlobals, 0, 3)
		return "globals"
	case what == 1:
		m.Shuffle(len(f.order), func(i, j int) { f.order[i], f.order[j] = f.order[j], f.order[i] })
		return "the order"
	case what == 2:
		slot = []int{groupSlot, pairSlot}[m.IntN(2)]
		f.groups[slot] = m.groupEntries(slot)
		return fmt.Sprintf("the entries of G%d", slot)
	case what == 3:
		return "nothing"
	case v == nil:
		f.list[slot] = m.service(slot)
		return fmt.Sprintf("S%d comes", slot)
	case what == 4:
		f.list[slot] = nil
		return fmt.Sprintf("S%d goes", slot)
	case what == 5:
		f.list[slot] = m.service(slot)
		return fmt.Sprintf("S%d is another one", slot)
	default:
		another := *v
		another.free, another.servers = slices.Clone(v.free), slices.Clone(v.servers)
		f.list[slot] = &another
		if what < 8 {
			return fmt.Sprintf("S%d: %s", slot, m.another(serviceStatements, &another.free, slot))
		}
		return fmt.Sprintf("S%d: %s", slot, m.changeServers(&another))
	}
}

// changeServers changes the real servers of a virtual server, or one of them.
func (m maker) changeServers(v *service) string {
	i := m.IntN(len(v.servers))
	r := *v.servers[i]
	switch m.IntN(6) {
	case 0:
		more := m.server(v.slot, v.servers)
		v.servers = slices.Insert(v.servers, i, more)
		return fmt.Sprintf("R%d comes", more.number)
	case 1:
		if len(v.servers) == 1 {
			return "nothing"
		}
		v.servers = slices.Delete(v.servers, i, i+1)
		return fmt.Sprintf("R%d goes", r.number)
	case 2:
		m.Shuffle(len(v.servers), func(i, j int) { v.servers[i], v.servers[j] = v.servers[j], v.servers[i] })
		return "the order of servers"
	case 3:
		v.servers[i], r.checkers = &r, m.checkers(v.slot)
		return fmt.Sprintf("R%d has other checks", r.number)
	case 4:
		if len(r.checkers) == 0 {
			return "nothing"
		}
		v.servers[i], r.checkers = &r, slices.Clone(r.checkers)
		k := &r.checkers[m.IntN(len(r.checkers))]
		k.free = slices.Clone(k.free)
		return fmt.Sprintf("R%d, %s: %s", r.number, k.kind, m.another(checkerStatements[k.kind], &k.free, v.slot))
	}
	v.servers[i], r.free = &r, slices.Clone(r.free)
	return fmt.Sprintf("R%d: %s", r.number, m.another(serverStatements, &r.free, v.slot))
}

// another replaces one statement of a block, or takes it away, or adds one.
func (m maker) another(list []option, lines *[]line, slot int) string {
	o := list[m.IntN(len(list))]
	i := slices.IndexFunc(*lines, func(l line) bool { return l.word == o.word })
	if i >= 0 {
		*lines = slices.Delete(*lines, i, i+1)
	}
	if o.may(slot) && (needed(o.word) || m.chance(2, 3)) {
		*lines = append(*lines, line{o.word, o.make(m, slot, "")})
		return o.word
	}
	if i < 0 {
		return "nothing"
	}
	return "without " + o.word
}

// Config is what the configuration says, and what is found wrong with it but for advice.
func (f *Services) Config() (*config.Config, []syntax.Diagnostic) {
	return understood(f.String(), tried.MatchString)
}

// tried is a port that is not that of an entry of a group, or of a mark, too few servers, and a weight that cannot
// grow.
var tried = regexp.MustCompile(
	"ports don't match|has port specified|exceeds total weight|hysteresis|protocol specified for fwmark|" +
		"slow_start has no effect")
