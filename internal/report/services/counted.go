package services

import (
	"slices"

	"holdfast/internal/metric"
	"holdfast/ipvs"
)

// Counted is what the kernel counts of its services and their servers, as far as metrics tell it: of ten thousand
// servers less than a megabyte. nil when the kernel was not asked.
type Counted map[ipvs.ServiceID]*countedService

type countedService struct {
	traffic
	servers []countedServer // in the order in which they were added
	next    int             // where the one is looked for first that is asked for
	places  map[ipvs.DestID]int
}

type countedServer struct {
	traffic
	id               ipvs.DestID
	active, inactive uint32
}

// traffic is connections, packets in and out, and bytes in and out.
type traffic [5]uint64

func trafficOf(c *ipvs.Counters) traffic {
	return traffic{c.Connections, c.PacketsIn, c.PacketsOut, c.BytesIn, c.BytesOut}
}

func (t *traffic) add(other *traffic) {
	for n, v := range other {
		t[n] += v
	}
}

// numbers are none of something that is not in the kernel's table.
func (t *traffic) numbers(known bool) (list [5]float64) {
	for n, v := range t {
		list[n] = metric.Known(known, float64(v))
	}
	return list
}

// Add adds a service as the kernel lists it: with the server that was added last first.
func (c Counted) Add(v *ipvs.ListedService) {
	s := &countedService{traffic: trafficOf(&v.Counters), servers: make([]countedServer, 0, len(v.Dests))}
	for _, d := range slices.Backward(v.Dests) {
		s.servers = append(s.servers, countedServer{trafficOf(&d.Stats.Counters), d.ID, d.Stats.Active, d.Stats.Inactive})
	}
	c[v.ID] = s
}

// nearby is how many servers are looked at before they are looked up.
const nearby = 4

// server finds a server, nil if the kernel has none. As a rule the kernel has them in the order in which they are
// asked for.
func (s *countedService) server(id ipvs.DestID) *countedServer {
	for n := s.next; n < min(s.next+nearby, len(s.servers)); n++ {
		if s.servers[n].id == id {
			s.next = n + 1
			return &s.servers[n]
		}
	}
	if s.places == nil {
		s.places = make(map[ipvs.DestID]int, len(s.servers))
		for n := range s.servers {
			s.places[s.servers[n].id] = n
		}
	}
	n, there := s.places[id]
	if !there {
		return nil
	}
	s.next = n + 1
	return &s.servers[n]
}
