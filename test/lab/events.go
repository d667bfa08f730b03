package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
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

// watch subscribes to the host's addresses; the subscription ends with close.
func (e *Events) watch(h *Host) error {
	groups := uint32(1<<(unix.RTNLGRP_IPV4_IFADDR-1) | 1<<(unix.RTNLGRP_IPV6_IFADDR-1))
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{Groups: groups, NetNS: int(h.ns)})
	if err != nil {
		return fmt.Errorf("watching addresses of %s: %v", h.Name, err)
	}
	if err := conn.SetReadBuffer(4 << 20); err != nil {
		return errors.Join(fmt.Errorf("watching addresses of %s: %v", h.Name, err), conn.Close())
	}
	h.watch = conn
	go func() {
		for {
			msgs, err := conn.Receive()
			switch {
			case errors.Is(err, unix.ENOBUFS): // some were lost; go on with the rest
				e.lost(h, err)
				continue
			case err != nil: // closed
				return
			}
			for _, m := range msgs {
				if ev, ok := parseAddr(m); ok {
					ev.At, ev.Host = time.Now(), h.Name
					e.add(ev)
				}
			}
		}
	}()
	return nil
}

func (e *Events) add(ev AddrEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, ev)
}

func (e *Events) lost(h *Host, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.errs = append(e.errs,
		fmt.Errorf("%s watching addresses of %s: %v", time.Now().Format("15:04:05.000"), h.Name, err))
}

// parseAddr decodes RTM_NEWADDR and RTM_DELADDR.
func parseAddr(m netlink.Message) (AddrEvent, bool) {
	if (m.Header.Type != unix.RTM_NEWADDR && m.Header.Type != unix.RTM_DELADDR) || len(m.Data) < unix.SizeofIfAddrmsg {
		return AddrEvent{}, false
	}
	ev := AddrEvent{
		Index: int(binary.NativeEndian.Uint32(m.Data[4:])),
		Added: m.Header.Type == unix.RTM_NEWADDR,
	}
	ad, err := netlink.NewAttributeDecoder(m.Data[unix.SizeofIfAddrmsg:])
	if err != nil {
		return AddrEvent{}, false
	}
	var addr, local netip.Addr
	for ad.Next() {
		switch ad.Type() {
		case unix.IFA_ADDRESS:
			addr, _ = netip.AddrFromSlice(ad.Bytes())
		case unix.IFA_LOCAL:
			local, _ = netip.AddrFromSlice(ad.Bytes())
		}
	}
	if local.IsValid() {
		addr = local
	}
	ev.Addr = netip.PrefixFrom(addr, int(m.Data[1]))
	return ev, addr.IsValid() && ad.Err() == nil
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

// Errors tells when events were lost.
func (e *Events) Errors() []error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.errs)
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
			return false, fmt.Sprint(evs, errors.Join(e.Errors()...))
		}
		at = evs[i].At
		return true, ""
	})
	return at, err
}
