package kernel

import (
	"fmt"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// List is the whole table with everything that is observed of it, in the kernel's own order. Like Read it is not
// one moment's picture.
func (h *Handle) List() ([]ipvs.ListedService, error) {
	list := []ipvs.ListedService{}
	err := h.Walk(func(s *ipvs.ListedService) {
		one := *s
		one.Dests = append(make([]ipvs.ListedDest, 0, len(s.Dests)), s.Dests...)
		list = append(list, one)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// ListService is one service of the list. The error is ESRCH if there is no such service.
func (h *Handle) ListService(id ipvs.ServiceID) (ipvs.ListedService, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, dests, err := h.readService(id)
	if err != nil {
		return ipvs.ListedService{}, err
	}
	return listed(e, dests)
}

func listed(e serviceEntry, dests []destEntry) (ipvs.ListedService, error) {
	s := ipvs.ListedService{ID: e.id, Settings: e.settings, Dests: make([]ipvs.ListedDest, len(dests))}
	var err error
	if s.Counters, err = unpackCounters(e.stats); err != nil {
		return s, fmt.Errorf("reading statistics of service %s: %v", e.id, err)
	}
	for i, d := range dests {
		stats, err := d.observed()
		if err != nil {
			return s, fmt.Errorf("reading statistics of %s: %v", e.id.DestName(d.id), err)
		}
		s.Dests[i] = ipvs.ListedDest{ID: d.id, Settings: d.settings, Stats: stats}
	}
	return s, nil
}

// observed is what the entry tells besides its settings.
func (d destEntry) observed() (ipvs.DestStats, error) {
	c, err := unpackCounters(d.stats)
	return ipvs.DestStats{Counters: c, Active: d.active, Inactive: d.inactive, Persistent: d.persistent}, err
}

// Zero sets the counters of all services and their destinations to 0.
func (h *Handle) Zero() error { return h.zero("setting the IPVS counters to 0", nil) }

// ZeroService does that for one service and its destinations. The error is ESRCH if there is no such service.
func (h *Handle) ZeroService(id ipvs.ServiceID) error {
	return h.zero("setting the counters of service "+id.String()+" to 0", packSelection(id))
}

func (h *Handle) zero(what string, selection []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := h.execute(cmdZero, netlink.Request|netlink.Acknowledge, selection); err != nil {
		return failed(what, err)
	}
	return nil
}

// Info is the version of the kernel's IPVS and the size of its table of connections.
func (h *Handle) Info() (ipvs.Info, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	msgs, err := h.execute(cmdGetInfo, netlink.Request, nil)
	if err != nil {
		return ipvs.Info{}, failed("reading the version of IPVS", err)
	}
	if len(msgs) != 1 {
		return ipvs.Info{}, fmt.Errorf("reading the version of IPVS: %d answers", len(msgs))
	}
	return unpackInfo(msgs[0].Data)
}

func unpackInfo(attrs []byte) (i ipvs.Info, err error) {
	w := walk{rest: attrs}
	for w.next() {
		switch w.kind {
		case infoVersion:
			v := w.uint32()
			i.Version = [3]uint8{uint8(v >> 16), uint8(v >> 8), uint8(v)}
		case infoTable:
			i.TableSize = w.uint32()
		}
	}
	return i, w.err
}
