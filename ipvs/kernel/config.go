package kernel

import (
	"fmt"
	"time"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// Flush deletes every service in the table, whoever made it.
func (h *Handle) Flush() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := h.execute(cmdFlush, netlink.Request|netlink.Acknowledge, nil); err != nil {
		return failed("flushing the IPVS table", err)
	}
	return nil
}

// Timeouts are the idle times of connections.
func (h *Handle) Timeouts() (ipvs.Timeouts, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	msgs, err := h.execute(cmdGetConfig, netlink.Request, nil)
	if err != nil {
		return ipvs.Timeouts{}, failed("reading the IPVS timeouts", err)
	}
	if len(msgs) != 1 {
		return ipvs.Timeouts{}, fmt.Errorf("reading the IPVS timeouts: %d answers", len(msgs))
	}
	t, err := unpackTimeouts(msgs[0].Data)
	if err != nil {
		return ipvs.Timeouts{}, fmt.Errorf("reading the IPVS timeouts: %v", err)
	}
	return t, nil
}

// unpackTimeouts reads them; the kernel has them in whole seconds, and what it does not name stays 0.
func unpackTimeouts(attrs []byte) (t ipvs.Timeouts, err error) {
	w := walk{rest: attrs}
	for w.next() {
		switch w.kind {
		case attrTimeoutTCP:
			t.TCP = time.Duration(w.uint32()) * time.Second
		case attrTimeoutTCPFin:
			t.TCPFin = time.Duration(w.uint32()) * time.Second
		case attrTimeoutUDP:
			t.UDP = time.Duration(w.uint32()) * time.Second
		}
	}
	return t, w.err
}

// SetTimeouts sets those that are not 0, in whole seconds (semantics 8.21). The error is EINVAL if one is too long.
func (h *Handle) SetTimeouts(t ipvs.Timeouts) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	// The kernel counts in seconds: parts of one are cut off.
	attrs := append32(nil, attrTimeoutTCP, uint32(t.TCP/time.Second))
	attrs = append32(attrs, attrTimeoutTCPFin, uint32(t.TCPFin/time.Second))
	attrs = append32(attrs, attrTimeoutUDP, uint32(t.UDP/time.Second))
	if _, err := h.execute(cmdSetConfig, netlink.Request|netlink.Acknowledge, attrs); err != nil {
		return failed("setting the IPVS timeouts", err)
	}
	return nil
}
