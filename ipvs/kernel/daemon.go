package kernel

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// Daemons are the synchronisation daemons that run, whoever started them.
func (h *Handle) Daemons() (ipvs.Daemons, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	msgs, err := h.execute(cmdGetDaemon, netlink.Request|netlink.Dump, nil)
	if err != nil {
		return nil, failed("reading the IPVS sync daemons", err)
	}
	all := make(ipvs.Daemons, len(msgs))
	for _, m := range msgs {
		s, d, err := unpackDaemon(m.Data)
		if err != nil {
			return nil, fmt.Errorf("reading an IPVS sync daemon: %v", err)
		}
		all[s] = d
	}
	return all, nil
}

// DoDaemon starts or stops a synchronisation daemon. A refusal is an *ipvs.DaemonError with the kernel's errno: EEXIST
// for a state that has one, ESRCH for one that has none, ENODEV without the interface, EINVAL beside destinations of
// another family than their service. Any other error is of the way to the kernel.
func (h *Handle) DoDaemon(c ipvs.DaemonCommand) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	cmd := uint8(cmdNewDaemon)
	if c.Stop {
		cmd = cmdDelDaemon
	}
	_, err := h.execute(cmd, netlink.Request|netlink.Acknowledge, packDaemon(c))
	var errno syscall.Errno
	switch {
	case err == nil:
		return nil
	case answered(err) && errors.As(err, &errno):
		return &ipvs.DaemonError{Command: c, Err: errno, Errno: int(errno)}
	}
	return failed("changing the IPVS sync daemons", err)
}

// packDaemon is the attributes of a command. What is left to the kernel has none.
func packDaemon(c ipvs.DaemonCommand) []byte {
	b, place := openNested(nil, attrDaemon)
	b = append32(b, daemonState, uint32(c.State))
	if !c.Stop {
		b = appendDaemon(b, c.Daemon)
	}
	closeNested(b, place)
	return b
}

func appendDaemon(b []byte, d ipvs.Daemon) []byte {
	b = appendString(b, daemonInterface, d.Interface)
	b = append32(b, daemonID, uint32(d.ID))
	if d.MaxLen != 0 {
		b = append16(b, daemonMaxLen, d.MaxLen)
	}
	switch {
	case d.Group.Is4():
		b = appendAddr(b, daemonGroup4, d.Group)
	case d.Group.IsValid():
		b = appendAddr(b, daemonGroup6, d.Group)
	}
	if d.Port != 0 {
		b = append16(b, daemonPort, d.Port)
	}
	if d.TTL != 0 {
		b = pad(append(appendHead(b, daemonTTL, 1), d.TTL))
	}
	return b
}

func unpackDaemon(msg []byte) (ipvs.DaemonState, ipvs.Daemon, error) {
	var s ipvs.DaemonState
	var d ipvs.Daemon
	b, err := nested(msg, attrDaemon)
	if err != nil {
		return s, d, err
	}
	w := walk{rest: b}
	for w.next() {
		switch w.kind {
		case daemonState:
			s = ipvs.DaemonState(w.uint32())
		case daemonInterface:
			d.Interface = w.string()
		case daemonID:
			d.ID = uint8(w.uint32())
		case daemonMaxLen:
			d.MaxLen = w.uint16()
		case daemonGroup4:
			if !w.short(4) {
				d.Group = netip.AddrFrom4([4]byte(w.value))
			}
		case daemonGroup6:
			if !w.short(16) {
				d.Group = netip.AddrFrom16([16]byte(w.value))
			}
		case daemonPort:
			d.Port = w.uint16()
		case daemonTTL:
			if !w.short(1) {
				d.TTL = w.value[0]
			}
		}
	}
	return s, d, w.err
}
