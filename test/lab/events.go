package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
)

// An AddrEvent is an address that came to or went from a host.
type AddrEvent struct {
	At    time.Time // when the message was read
	Host  string
	Index int // of the interface
	Addr  netip.Prefix
	Added bool
}

// String prints the event as the timeline shows it.
func (e AddrEvent) String() string {
	verb := "left"
	if e.Added {
		verb = "came to"
	}
	return fmt.Sprintf("%s %v %s %s", e.At.Format("15:04:05.000"), e.Addr, verb, e.Host)
}

// Events records the addresses of all hosts of a LAN from the moment each host
// was added.
type Events struct {
	mu   sync.Mutex
	list []AddrEvent
	errs []error
}

func newEvents() *Events { return &Events{} }

// watch subscribes to the host's addresses; the subscription ends with the host.
func (e *Events) watch(h *Host) error {
	ch := make(chan netlink.AddrUpdate, 256)
	err := netlink.AddrSubscribeWithOptions(ch, nil, netlink.AddrSubscribeOptions{
		Namespace:         &h.ns,
		ReceiveBufferSize: 1 << 20,
		ErrorCallback: func(err error) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.errs = append(e.errs, fmt.Errorf("watching addresses of %s: %v", h.Name, err))
		},
	})
	if err != nil {
		return fmt.Errorf("watching addresses of %s: %v", h.Name, err)
	}
	go func() {
		for u := range ch {
			p, ok := prefix(&u.LinkAddress)
			if !ok {
				continue
			}
			e.mu.Lock()
			e.list = append(e.list, AddrEvent{At: time.Now(), Host: h.Name, Index: u.LinkIndex, Addr: p, Added: u.NewAddr})
			e.mu.Unlock()
		}
	}()
	return nil
}

// Of lists the events of one address on one host since a moment.
func (e *Events) Of(h *Host, addr netip.Addr, since time.Time) []AddrEvent {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []AddrEvent
	for _, ev := range e.list {
		if ev.Host == h.Name && ev.Addr.Addr() == addr && !ev.At.Before(since) {
			out = append(out, ev)
		}
	}
	return out
}

// Wait waits until addr has come to (or left, with added false) the host since a
// moment, and tells when.
func (e *Events) Wait(h *Host, addr netip.Addr, added bool, since time.Time, limit time.Duration) (time.Time, error) {
	verb := "leave"
	if added {
		verb = "come to"
	}
	var at time.Time
	err := Eventually(limit, fmt.Sprintf("%v to %s %s", addr, verb, h.Name), func() (bool, string) {
		evs := e.Of(h, addr, since)
		i := slices.IndexFunc(evs, func(ev AddrEvent) bool { return ev.Added == added })
		if i < 0 {
			return false, fmt.Sprint(evs)
		}
		at = evs[i].At
		return true, ""
	})
	return at, err
}
