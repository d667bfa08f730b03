package fleet

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"holdfast/ipvs"
	"holdfast/ipvs/maglev"
)

// A Setup is what a fleet begins as.
type Setup struct {
	Directors, Servers int
	Flows              int // that are open at the beginning
	Spread             Spread
	// Buckets is how many there are in the router's group; it matters for Resilient and Patient.
	Buckets int
	// Maglev has directors choose by mh with mh-port and mh-fallback, otherwise by wlc.
	Maglev bool
	// Sloppy is net.ipv4.vs.sloppy_tcp.
	Sloppy bool
	// Slots of the table of mh; 0 is maglev.Slots.
	Slots int
	Seed  uint64
}

// A flow is a connection of a client.
type flow struct {
	client   netip.AddrPort
	hash     uint32 // the router's
	director int
	server   ipvs.DestID
	open     bool
}

// A Fleet is directors, servers and the flows of clients.
type Fleet struct {
	setup     Setup
	rnd       *rand.Rand
	router    *router
	directors []*director // those that are gone keep their number
	flows     []flow
}

// A Count is what an event did to the flows that were open before.
type Count struct {
	Flows  int
	Moved  int // that came to another director
	Own    int // that ended with their server
	Broken int // that ended although their server lives
}

// New makes a fleet of directors that have the same servers, and opens its flows. With mh it fails if there are more
// servers than slots, as the kernel does.
func New(s Setup) (*Fleet, error) {
	if s.Directors < 1 || s.Servers < 1 {
		return nil, fmt.Errorf("a fleet of %d directors and %d servers", s.Directors, s.Servers)
	}
	if s.Slots == 0 {
		s.Slots = maglev.Slots
	}
	if s.Maglev && s.Servers > s.Slots {
		return nil, fmt.Errorf("%d servers do not fit into a table of %d slots: the kernel answers EINVAL", s.Servers,
			s.Slots)
	}
	if s.Buckets == 0 {
		s.Buckets = 64 * s.Directors
	}
	f := &Fleet{setup: s, rnd: rand.New(rand.NewPCG(s.Seed, 0)), router: newRouter(s.Spread, s.Directors, s.Buckets)}
	first := newDirector(s, Servers(s.Servers))
	for i := range s.Directors {
		d := first
		if i > 0 {
			d = first.copied()
		}
		f.directors = append(f.directors, d)
	}
	f.Open(s.Flows)
	return f, nil
}

// Servers are the first n servers of a fleet, in the canonical order in which holdfast adds them.
func Servers(n int) []maglev.Server {
	all := make([]maglev.Server, n)
	for i := range all {
		all[i] = maglev.Server{ID: Server(i), Weight: 1}
	}
	return all
}

// Server is the server with a number.
func Server(i int) ipvs.DestID {
	return ipvs.DestID{Addr: netip.AddrFrom4([4]byte{10, byte(1 + i>>16), byte(i >> 8), byte(i)}), Port: 80}
}

// Open has clients open new flows.
func (f *Fleet) Open(n int) {
	for range n {
		a := f.rnd.Uint32()
		from := netip.AddrFrom4([4]byte{100, byte(a >> 16), byte(a >> 8), byte(a)})
		fl := flow{client: netip.AddrPortFrom(from, uint16(1024+f.rnd.IntN(64512))), hash: f.rnd.Uint32(), open: true}
		fl.director = f.router.pick(fl.hash)
		d := f.directors[fl.director]
		if server, ok := d.schedule(fl.client); ok {
			fl.server = server
			d.learn(len(f.flows), server)
			f.flows = append(f.flows, fl)
		}
	}
}

// settle has a packet of each open flow come by: to the director that the router picks now.
func (f *Fleet) settle() Count {
	var c Count
	for i := range f.flows {
		fl := &f.flows[i]
		if !fl.open {
			continue
		}
		c.Flows++
		to := f.router.pick(fl.hash)
		if to == fl.director {
			continue
		}
		c.Moved++
		fl.director = to
		if !f.directors[to].accepts(i, *fl, f.setup.Sloppy) {
			c.Broken++
			f.end(i)
		}
	}
	return c
}

// end closes a flow; directors forget it.
func (f *Fleet) end(i int) {
	f.flows[i].open = false
	for _, d := range f.directors {
		d.forget(i)
	}
}

// FailDirector has one die, with all that it knows. One has to be left.
func (f *Fleet) FailDirector(d int) Count {
	f.router.remove(d)
	for i := range f.directors[d].known {
		f.directors[d].forget(i)
	}
	return f.settle()
}

// JoinDirector has one begin that failed, or with the next number a new one: with the servers of the director like,
// as one that reads the same file, and without a flow.
func (f *Fleet) JoinDirector(d, like int) Count {
	fresh := f.directors[like].copied()
	if d == len(f.directors) {
		f.directors = append(f.directors, fresh)
	} else {
		f.directors[d] = fresh
	}
	used := make([]bool, len(f.router.buckets))
	if len(used) > 0 {
		for _, fl := range f.flows {
			if fl.open {
				used[f.router.bucket(fl.hash)] = true
			}
		}
	}
	f.router.add(d, func(bucket int) bool { return used[bucket] })
	return f.settle()
}

// FailServer has a server die, and all directors find out: its weight becomes 0, or it is deleted.
func (f *Fleet) FailServer(server int, deleted bool) Count {
	id := Server(server)
	own := 0
	for i, fl := range f.flows {
		if fl.open && fl.server == id {
			own++
			f.end(i)
		}
	}
	for _, d := range f.directors {
		if deleted {
			d.remove(id)
		} else {
			d.out(id, true)
		}
	}
	c := f.settle()
	c.Own, c.Flows = own, c.Flows+own
	return c
}

// ReturnServer has it come back, as it went.
func (f *Fleet) ReturnServer(server int, deleted bool) Count {
	for _, d := range f.directors {
		if deleted {
			d.add(Server(server))
		} else {
			d.out(Server(server), false)
		}
	}
	return f.settle()
}

// AddServer has some directors, all if none is named, read a file with one more server.
func (f *Fleet) AddServer(server int, directors ...int) Count {
	for i, d := range f.directors {
		if len(directors) == 0 || slices.Contains(directors, i) {
			d.add(Server(server))
		}
	}
	return f.settle()
}

// Load is the number of open flows by director.
func (f *Fleet) Load() []int {
	load := make([]int, len(f.directors))
	for _, fl := range f.flows {
		if fl.open {
			load[fl.director]++
		}
	}
	return load
}
