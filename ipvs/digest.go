package ipvs

import (
	"fmt"
	"hash/fnv"
	"io"
)

// Digest is the same, of two tables, for services that send new clients to the same destinations, and else most likely
// another: 48 bits, which a metric can have. With the scheduler mh it goes by what slots are made of, the order in
// which destinations were added and the last weights that were not 0, so that one that fails changes nothing. It is
// false where a service is not there, or where it is not known what the kernel goes by.
func Digest(t Table, ids ...ServiceID) (uint64, bool) {
	sum := fnv.New64a()
	for _, id := range ids {
		s, there := t[id.Canonical()]
		if !there || !s.digest(id, sum) {
			return 0, false
		}
	}
	return sum.Sum64() >> 16, len(ids) > 0
}

// digest writes what a service is to a hash, none of which fails.
func (s Service) digest(id ServiceID, sum io.Writer) bool {
	settings := s.Settings
	fmt.Fprintf(sum, "%s %x", settings.Scheduler, settings.Flags&owned)
	if settings.Flags&Persistent != 0 {
		fmt.Fprintf(sum, " %d %d %v %s", settings.Seconds(), settings.Prefix(id), settings.OddMask, settings.Engine)
	}
	dests, weight := sortedDests(nil, s.Dests), func(d DestID) (int32, bool) { return s.Dests[d].Weight, true }
	if settings.Scheduler == Maglev {
		if s.History == nil {
			return false
		}
		dests, weight = s.Added(), s.Last
	}
	for _, d := range dests {
		w, known := weight(d)
		if !known {
			return false
		}
		if w > 0 { // else no client comes
			d = d.Canonical()
			fmt.Fprintf(sum, "; %v %d %d", d.Addr, d.Port, w)
		}
	}
	fmt.Fprintln(sum)
	return true
}
