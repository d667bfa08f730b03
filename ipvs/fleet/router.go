package fleet

import "slices"

// Spread is how a router chooses one of several next hops for a flow.
type Spread int

const (
	// Modulo takes the hash of the flow modulo the number of next hops, as simple hardware does.
	Modulo Spread = iota
	// Threshold gives each next hop a range of hashes of the same size, as Linux does (RFC 2992).
	Threshold
	// Resilient has many more buckets than next hops. Those of a next hop that goes are given to others, and a new
	// one takes as many as are its share: a resilient next-hop group, with an unbalanced timer in Linux.
	Resilient
	// Patient is Resilient whose buckets move to a new next hop only while no flow uses them: without that timer.
	Patient
)

// String is the name of a way to spread flows in tables.
func (s Spread) String() string {
	return [...]string{"hash mod N", "hash threshold", "resilient", "resilient, idle only"}[s]
}

// A router spreads flows over next hops, which are numbers.
type router struct {
	spread  Spread
	hops    []int // in ascending order
	buckets []int // the next hop of each, of Resilient and Patient
}

// newRouter has next hops 0 to hops-1.
func newRouter(spread Spread, hops, buckets int) *router {
	r := &router{spread: spread}
	for i := range hops {
		r.hops = append(r.hops, i)
	}
	if spread == Resilient || spread == Patient {
		r.buckets = make([]int, buckets)
		for i := range r.buckets {
			r.buckets[i] = i % hops
		}
	}
	return r
}

// pick is the next hop of a flow. There has to be one.
func (r *router) pick(hash uint32) int {
	switch n := uint64(len(r.hops)); r.spread {
	case Modulo:
		return r.hops[uint64(hash)%n]
	case Threshold:
		return r.hops[uint64(hash)*n>>32]
	default:
		return r.buckets[r.bucket(hash)]
	}
}

// bucket is that of a flow.
func (r *router) bucket(hash uint32) int { return int(hash % uint32(len(r.buckets))) }

// remove takes a next hop away. Its buckets go to those that have fewest.
func (r *router) remove(hop int) {
	r.hops = slices.DeleteFunc(r.hops, func(h int) bool { return h == hop })
	if len(r.buckets) == 0 || len(r.hops) == 0 {
		return
	}
	has := r.shares()
	for i, h := range r.buckets {
		if h == hop {
			to := slices.MinFunc(r.hops, func(a, b int) int { return has[a] - has[b] })
			r.buckets[i] = to
			has[to]++
		}
	}
}

// add puts a next hop in. It takes buckets from those that have more than their share until it has its own, of Patient
// only those that are not busy.
func (r *router) add(hop int, busy func(bucket int) bool) {
	at, _ := slices.BinarySearch(r.hops, hop)
	r.hops = slices.Insert(r.hops, at, hop)
	if len(r.buckets) == 0 {
		return
	}
	has := r.shares()
	share := len(r.buckets) / len(r.hops)
	for i, h := range r.buckets {
		gone := !slices.Contains(r.hops, h) // it was the last one, and all have gone since
		if has[hop] >= share && !gone {
			continue
		}
		if gone || has[h] > share && (r.spread == Resilient || !busy(i)) {
			r.buckets[i] = hop
			has[h]--
			has[hop]++
		}
	}
}

// shares is how many buckets each next hop has.
func (r *router) shares() map[int]int {
	has := map[int]int{}
	for _, h := range r.buckets {
		has[h]++
	}
	return has
}
