package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// Walk gives take each service of the table with everything that is observed of it, in the kernel's own order. What
// take gets is overwritten by the next one: of ten thousand destinations those of one service are there at a time, and
// nothing is left for the collector. Like Read it is not one moment's picture.
func (h *Handle) Walk(take func(*ipvs.ListedService)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	msgs, err := h.execute(cmdGetService, netlink.Request|netlink.Dump, nil)
	if err != nil {
		return failed("reading the IPVS services", err)
	}
	var s ipvs.ListedService
	for _, m := range msgs {
		e, err := unpackService(m.Data)
		if err != nil {
			return fmt.Errorf("reading an IPVS service: %v", err)
		}
		s.ID, s.Settings, s.Dests = e.id, e.settings, s.Dests[:0]
		if s.Counters, err = unpackCounters(e.stats); err != nil {
			return fmt.Errorf("reading statistics of service %s: %v", e.id, err)
		}
		err = h.dump(cmdGetDest, packSelection(e.id), func(attrs []byte) error {
			d, err := unpackDest(attrs, e.id.Family)
			if err != nil {
				return err
			}
			stats, err := d.observed()
			s.Dests = append(s.Dests, ipvs.ListedDest{ID: d.id, Settings: d.settings, Stats: stats})
			return err
		})
		if err != nil {
			return failed("reading the destinations of service "+e.id.String(), err)
		}
		take(&s)
	}
	return nil
}

// dump gives take the attributes of each message of a dump, in a buffer that is used again. After a failure to talk to
// the kernel the next request finds a new socket.
func (h *Handle) dump(cmd uint8, attrs []byte, take func(attrs []byte) error) error {
	err := h.dumpOnce(cmd, attrs, take)
	var said refusedDump
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &said):
		return h.afresh(err)
	case said.by == nil || !errors.Is(err, syscall.ENOENT):
		return said.why()
	}
	// The kernel does not know the family by its number.
	if changed, again := h.findAgain(); again != nil {
		return again
	} else if !changed {
		return said.why()
	}
	if err := h.dumpOnce(cmd, attrs, take); errors.As(err, &said) {
		return said.why()
	} else if err != nil {
		return h.afresh(err)
	}
	return nil
}

// A refusedDump is one that the kernel did not make, or that was not understood: the socket is as before it.
type refusedDump struct {
	by   error // the kernel's errno
	what error // what was not understood
}

func (r refusedDump) why() error {
	if r.by != nil {
		return r.by
	}
	return r.what
}

// Error is the text of the reason.
func (r refusedDump) Error() string { return r.why().Error() }

// Unwrap gives the reason.
func (r refusedDump) Unwrap() error { return r.why() }

func (h *Handle) dumpOnce(cmd uint8, attrs []byte, take func([]byte) error) error {
	h.out = appendRequest(h.out[:0], h.family, h.sequence, cmd, netlink.Request|netlink.Dump, attrs)
	h.sequence++
	if err := h.raw.send(h.out); err != nil {
		return err
	}
	if err := h.nl.SetReadDeadline(time.Now().Add(dumpPatience)); err != nil {
		return err
	}
	if h.part == nil {
		h.part = make([]byte, largestDump)
	}
	var misread error // all parts are read whatever is in them: the next request is to find its own answer
	for {
		n, err := h.raw.receive(h.part)
		if err != nil {
			return err
		}
		for b := h.part[:n]; len(b) > 0; {
			kind, body, rest, err := messageOf(b)
			if err != nil {
				return err
			}
			switch kind {
			case netlink.Error, netlink.Done:
				if errno := errnoOf(body); errno != 0 {
					return refusedDump{by: errno}
				}
				if misread != nil {
					return refusedDump{what: misread}
				}
				return nil
			}
			if misread == nil {
				misread = takeMessage(body, take)
			}
			b = rest
		}
	}
}

// takeMessage takes a message without its netlink header.
func takeMessage(body []byte, take func([]byte) error) error {
	const header = requestHeader - messageHeader
	if len(body) < header {
		return fmt.Errorf("IPVS message of %d bytes", len(body))
	}
	return take(body[header:])
}

// messageOf takes the first netlink message in b, without its header.
func messageOf(b []byte) (kind netlink.HeaderType, body, rest []byte, err error) {
	if len(b) < messageHeader {
		return 0, nil, nil, fmt.Errorf("netlink message of %d bytes", len(b))
	}
	n := int(binary.NativeEndian.Uint32(b))
	if n < messageHeader || n > len(b) {
		return 0, nil, nil, fmt.Errorf("netlink message of length %d in %d bytes", n, len(b))
	}
	return netlink.HeaderType(binary.NativeEndian.Uint16(b[4:])), b[messageHeader:n], b[min((n+3)&^3, len(b)):], nil
}

// errnoOf is what the end of an answer says.
func errnoOf(body []byte) syscall.Errno {
	if len(body) < 4 {
		return 0
	}
	return syscall.Errno(-int32(binary.NativeEndian.Uint32(body)))
}
