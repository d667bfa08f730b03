package fleet

import (
	"net/netip"
	"slices"

	"holdfast/ipvs"
	"holdfast/ipvs/maglev"
)

// A director has a table of servers, and the flows that it has heard of.
type director struct {
	setup   Setup
	service maglev.Service
	table   *maglev.Table
	at      map[ipvs.DestID]int // place in service.Servers
	load    []int               // flows known, by place
	known   map[int]ipvs.DestID // by flow
}

func newDirector(s Setup, servers []maglev.Server) *director {
	d := &director{setup: s, known: map[int]ipvs.DestID{},
		service: maglev.Service{Family: ipvs.IPv4, Fallback: true, Port: true, Servers: servers}}
	d.build()
	return d
}

// copied is one with the same servers that knows no flow.
func (d *director) copied() *director {
	fresh := *d
	fresh.service.Servers = slices.Clone(d.service.Servers)
	fresh.known, fresh.load = map[int]ipvs.DestID{}, make([]int, len(d.load))
	return &fresh
}

// build makes the table of the servers that there are.
func (d *director) build() {
	d.at = map[ipvs.DestID]int{}
	for i, s := range d.service.Servers {
		d.at[s.ID] = i
	}
	d.load = make([]int, len(d.service.Servers))
	for _, server := range d.known {
		if i, ok := d.at[server]; ok {
			d.load[i]++
		}
	}
	if d.setup.Maglev {
		// A table has its service by value, and the servers of that are not changed any more.
		s := d.service
		s.Servers = slices.Clone(s.Servers)
		d.table = maglev.New(s, d.setup.Slots)
	}
}

// schedule is the server for a flow that is new here; false if there is none.
func (d *director) schedule(client netip.AddrPort) (ipvs.DestID, bool) {
	if d.setup.Maglev {
		i, ok := d.table.Pick(client)
		if !ok {
			return ipvs.DestID{}, false
		}
		return d.service.Servers[i].ID, true
	}
	least := -1
	// The kernel's list begins with the one that was added last.
	for i := len(d.service.Servers) - 1; i >= 0; i-- {
		if !d.service.Servers[i].Out && (least < 0 || d.load[i] < d.load[least]) {
			least = i
		}
	}
	if least < 0 {
		return ipvs.DestID{}, false
	}
	return d.service.Servers[least].ID, true
}

// accepts reports whether a flow that comes here goes on with its server.
func (d *director) accepts(i int, f flow, sloppy bool) bool {
	if server, ok := d.known[i]; ok {
		return server == f.server
	}
	if !sloppy {
		return false
	}
	server, ok := d.schedule(f.client)
	if ok {
		d.learn(i, server)
	}
	return ok && server == f.server
}

func (d *director) learn(i int, server ipvs.DestID) {
	d.known[i] = server
	d.load[d.at[server]]++
}

func (d *director) forget(i int) {
	if server, ok := d.known[i]; ok {
		delete(d.known, i)
		if at, ok := d.at[server]; ok {
			d.load[at]--
		}
	}
}

// out sets whether a server's weight is 0.
func (d *director) out(id ipvs.DestID, is bool) {
	d.service.Servers[d.at[id]].Out = is
	d.build()
}

func (d *director) remove(id ipvs.DestID) {
	d.service.Servers = slices.Delete(d.service.Servers, d.at[id], d.at[id]+1)
	d.build()
}

// add puts a server in front of the kernel's list.
func (d *director) add(id ipvs.DestID) {
	d.service.Servers = append(d.service.Servers, maglev.Server{ID: id, Weight: 1})
	d.build()
}
