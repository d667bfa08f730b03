package kernel

import (
	"fmt"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// Read is the whole table: one dump of the services and one of each service's
// destinations. It is not one moment's picture if somebody else writes meanwhile.
func (h *Handle) Read() (ipvs.Table, error) {
	t := ipvs.Table{}
	err := h.each(func(e serviceEntry, dests []destEntry) error {
		t[e.id] = serviceOf(e, dests)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// each gives take all services, one after the other.
func (h *Handle) each(take func(serviceEntry, []destEntry) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	msgs, err := h.execute(cmdGetService, netlink.Request|netlink.Dump, nil)
	if err != nil {
		return failed("reading the IPVS services", err)
	}
	for _, m := range msgs {
		e, err := unpackService(m.Data)
		if err != nil {
			return fmt.Errorf("reading an IPVS service: %v", err)
		}
		// The kernel has no dump of all destinations.
		// A service that somebody has deleted since has none.
		dests, err := h.readDests(e.id)
		if err != nil {
			return err
		}
		if err := take(e, dests); err != nil {
			return err
		}
	}
	return nil
}

// ReadService is one service with its destinations. The error is ESRCH if there is
// no such service.
func (h *Handle) ReadService(id ipvs.ServiceID) (ipvs.Service, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, dests, err := h.readService(id)
	if err != nil {
		return ipvs.Service{}, err
	}
	return serviceOf(e, dests), nil
}

func (h *Handle) readService(id ipvs.ServiceID) (serviceEntry, []destEntry, error) {
	// No dump: the kernel gives the one service, or an error.
	msgs, err := h.execute(cmdGetService, netlink.Request, packSelection(id))
	if err != nil {
		return serviceEntry{}, nil, failed("reading service "+id.String(), err)
	}
	if len(msgs) != 1 {
		return serviceEntry{}, nil, fmt.Errorf("reading service %s: %d answers", id, len(msgs))
	}
	e, err := unpackService(msgs[0].Data)
	if err != nil {
		return serviceEntry{}, nil, fmt.Errorf("reading service %s: %v", id, err)
	}
	dests, err := h.readDests(id)
	return e, dests, err
}

// readDests dumps the destinations of a service; of one that is not there, none.
func (h *Handle) readDests(id ipvs.ServiceID) ([]destEntry, error) {
	msgs, err := h.execute(cmdGetDest, netlink.Request|netlink.Dump, packSelection(id))
	if err != nil {
		return nil, failed("reading the destinations of service "+id.String(), err)
	}
	dests := make([]destEntry, len(msgs))
	for i, m := range msgs {
		if dests[i], err = unpackDest(m.Data, id.Family); err != nil {
			return nil, fmt.Errorf("reading a destination of service %s: %v", id, err)
		}
	}
	return dests, nil
}

// serviceOf is one with the destinations of a dump, which has the one that was added last first.
func serviceOf(e serviceEntry, dests []destEntry) ipvs.Service {
	s := ipvs.Service{Settings: e.settings, Dests: destSettings(dests)}
	if e.settings.Scheduler == ipvs.Maglev {
		s.History = &ipvs.History{Order: make([]ipvs.DestID, len(dests))}
		for i, d := range dests {
			s.History.Order[len(dests)-1-i] = d.id
		}
	}
	return s
}

func destSettings(dests []destEntry) map[ipvs.DestID]ipvs.DestSettings {
	out := make(map[ipvs.DestID]ipvs.DestSettings, len(dests))
	for _, d := range dests {
		out[d.id] = d.settings
	}
	return out
}
