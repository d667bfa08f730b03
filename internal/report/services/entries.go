package services

import (
	"slices"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

// Connections are those that the kernel has now, by service; nil when it was not asked.
type Connections map[ipvs.ServiceID]Load

// Load is what the kernel has of a service: packets of clients since it is in the table, connections, and those by
// destination.
type Load struct {
	Packets, Active int64
	With            map[ipvs.DestID]Connected // none when only the sum is of use
}

// Connected is how many connections there are with a server.
type Connected struct{ Active, Inactive int64 }

// Add adds those of a service as the kernel lists it.
func (c Connections) Add(v *ipvs.ListedService) {
	of := Load{Packets: int64(v.Counters.PacketsIn), With: make(map[ipvs.DestID]Connected, len(v.Dests))}
	for n := range v.Dests {
		d := &v.Dests[n]
		of.Active += int64(d.Stats.Active)
		of.With[d.ID] = Connected{int64(d.Stats.Active), int64(d.Stats.Inactive)}
	}
	c[v.ID] = of
}

// AddSum adds their sum alone.
func (c Connections) AddSum(v *ipvs.ListedService) {
	of := Load{Packets: int64(v.Counters.PacketsIn)}
	for n := range v.Dests {
		of.Active += int64(v.Dests[n].Stats.Active)
	}
	c[v.ID] = of
}

// connections are those of a virtual server, nil when the kernel was not asked or has none of its members.
func (w *stateWriter) connections(v *lvs.VirtualStatus) *int64 {
	var sum *int64
	for _, m := range v.Members {
		if of, known := w.now[m]; known {
			sum = plus(sum, of.Active)
		}
	}
	return sum
}

// packets are those of clients of a virtual server, nil as connections.
func (w *stateWriter) packets(v *lvs.VirtualStatus) (sum *int64) {
	for _, m := range v.Members {
		if load, known := w.now[m]; known {
			sum = plus(sum, load.Packets)
		}
	}
	return sum
}

// connectionsTo are those of a real server, over all members.
func (w *stateWriter) connectionsTo(v *lvs.VirtualStatus, r *lvs.ServerStatus) (active, inactive *int64) {
	if w.servers == nil {
		return nil, nil
	}
	for _, m := range v.Members {
		if n, known := w.now[m].With[v.Dest(m, r.Config)]; known {
			active, inactive = plus(active, n.Active), plus(inactive, n.Inactive)
		}
	}
	return active, inactive
}

// plus adds to a sum that nothing was added to yet if it is nil.
func plus(sum *int64, n int64) *int64 {
	if sum == nil {
		return &n
	}
	*sum += n
	return sum
}

// entries are where clients find a virtual server: what its group says, and the mark that stands for the group
// where nftables marks packets.
func (w *stateWriter) entries(v *lvs.VirtualStatus) []state.Entry {
	c := &v.Config
	switch {
	case c.Group == "" && c.FWMark != 0:
		return []state.Entry{{Mark: c.FWMark}}
	case c.Group == "":
		return []state.Entry{{First: c.Addr, Last: c.Addr, Port: c.Port}}
	}
	list := []state.Entry{}
	at := slices.IndexFunc(w.of.Groups, func(g config.ServerGroup) bool { return g.Name == c.Group })
	if at < 0 {
		return list
	}
	for _, e := range c.EntriesOf(&w.of.Groups[at]) {
		out := state.Entry{First: e.First, Last: e.Last, Port: e.Port}
		if e.ByMark() {
			out = state.Entry{Mark: e.FWMark}
		}
		list = append(list, out)
	}
	g := lvs.MarkedGroup{Group: c.Group, Protocol: c.Protocol}
	if mark := w.of.Marks.Of[g]; mark != 0 {
		list = append(list, state.Entry{Mark: mark})
	}
	return list
}
