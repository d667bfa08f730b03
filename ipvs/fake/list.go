package fake

import (
	"maps"
	"slices"
	"syscall"

	"holdfast/ipvs"
)

// List is the table with what SetStats has set. The order is one that depends on the identities alone, and is not that
// in which a list is shown.
func (k *Kernel) List() ([]ipvs.ListedService, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reading != nil {
		return nil, k.reading
	}
	var list []ipvs.ListedService
	for id := range k.table {
		list = append(list, k.listed(id))
	}
	slices.SortFunc(list, func(a, b ipvs.ListedService) int {
		return slices.Compare([]string{b.ID.String(), b.ID.Addr.String()}, []string{a.ID.String(), a.ID.Addr.String()})
	})
	return list, nil
}

// ListService is one service of it; ESRCH if there is none.
func (k *Kernel) ListService(id ipvs.ServiceID) (ipvs.ListedService, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	id = id.Canonical()
	if _, ok := k.table[id]; !ok {
		return ipvs.ListedService{}, syscall.ESRCH
	}
	return k.listed(id), k.reading
}

func (k *Kernel) listed(id ipvs.ServiceID) ipvs.ListedService {
	s, stats := k.table[id], k.stats[id]
	l := ipvs.ListedService{ID: id, Settings: s.Settings, Counters: stats.Counters}
	for d, settings := range s.Dests {
		l.Dests = append(l.Dests, ipvs.ListedDest{ID: d, Settings: settings, Stats: stats.Dests[d]})
	}
	slices.SortFunc(l.Dests, func(a, b ipvs.ListedDest) int { return compareDests(b.ID, a.ID) })
	return l
}

func compareDests(a, b ipvs.DestID) int {
	if c := a.Addr.Compare(b.Addr); c != 0 {
		return c
	}
	return int(a.Port) - int(b.Port)
}

// Zero forgets the counters, not what is there now.
func (k *Kernel) Zero() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id := range k.stats {
		k.zero(id)
	}
	return nil
}

// ZeroService does so for one service; ESRCH if there is none.
func (k *Kernel) ZeroService(id ipvs.ServiceID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	id = id.Canonical()
	if _, ok := k.table[id]; !ok {
		return syscall.ESRCH
	}
	k.zero(id)
	return nil
}

func (k *Kernel) zero(id ipvs.ServiceID) {
	s := ipvs.ServiceStats{Dests: maps.Clone(k.stats[id].Dests)}
	for d, stats := range s.Dests {
		stats.Counters = ipvs.Counters{}
		s.Dests[d] = stats
	}
	k.stats[id] = s
}

// Info is that of a kernel of Debian 12.
func (k *Kernel) Info() (ipvs.Info, error) {
	return ipvs.Info{Version: [3]uint8{1, 2, 1}, TableSize: 4096}, nil
}
