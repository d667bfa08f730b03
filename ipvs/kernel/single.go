package kernel

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"

	moby "github.com/moby/ipvs"
	"github.com/sirupsen/logrus"

	"holdfast/ipvs"
)

// Do carries out one command. A refusal is an *ipvs.CommandError with the kernel's
// errno: EEXIST for what is there already, ESRCH for a service and ENOENT for a
// destination that is not, ENOENT for an unknown scheduler.
func (h *Handle) Do(c ipvs.Command) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !mobyKnows(c) {
		if errs := h.apply([]ipvs.Command{c}); errs != nil {
			return errs[0]
		}
		return nil
	}
	m, err := h.moby()
	if err != nil {
		return err
	}
	if err := mobyDo(m, c); err != nil {
		return refused(c, err)
	}
	return nil
}

// Flush deletes every service in the table, whoever made it.
func (h *Handle) Flush() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	m, err := h.moby()
	if err != nil {
		return err
	}
	if err := m.Flush(); err != nil {
		return failed("flushing the IPVS table", err)
	}
	return nil
}

// Timeouts are the idle times of connections.
func (h *Handle) Timeouts() (ipvs.Timeouts, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m, err := h.moby()
	if err != nil {
		return ipvs.Timeouts{}, err
	}
	c, err := m.GetConfig()
	if err != nil {
		return ipvs.Timeouts{}, failed("reading the IPVS timeouts", err)
	}
	return ipvs.Timeouts{TCP: c.TimeoutTCP, TCPFin: c.TimeoutTCPFin, UDP: c.TimeoutUDP}, nil
}

// SetTimeouts sets those that are not 0. The error is EINVAL if one is too long.
func (h *Handle) SetTimeouts(t ipvs.Timeouts) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	m, err := h.moby()
	if err != nil {
		return err
	}
	c := moby.Config{TimeoutTCP: t.TCP, TimeoutTCPFin: t.TCPFin, TimeoutUDP: t.UDP}
	if err := m.SetConfig(&c); err != nil {
		return failed("setting the IPVS timeouts", err)
	}
	return nil
}

// moby is the library's handle. The library opens it in the network namespace of
// the thread, which must therefore be the one of Open.
func (h *Handle) moby() (*moby.Handle, error) {
	if h.single != nil {
		return h.single, nil
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	here, err := currentNamespace()
	if err != nil {
		return nil, err
	}
	if here != h.space {
		return nil, errors.New("IPVS handle used outside the network namespace it was opened in")
	}
	// The library runs modprobe on first use and warns when that fails, although
	// IPVS is known to be there.
	log := logrus.StandardLogger()
	out := log.Out
	log.SetOutput(io.Discard)
	defer log.SetOutput(out)
	m, err := moby.New("")
	if err != nil {
		return nil, fmt.Errorf("opening IPVS: %w", err)
	}
	h.single = m
	return m, nil
}

// mobyKnows tells whether the library can say c. It sends no address family of a
// destination, takes an IPv4-mapped address for IPv4, and has no word for a family
// that has neither address nor mark.
func mobyKnows(c ipvs.Command) bool {
	id := c.Service.Canonical()
	plain := func(a netip.Addr) bool { return a.IsValid() && !a.Is4In6() }
	switch {
	case id.FWMark == 0 && !plain(id.Addr), c.Op > ipvs.DeleteDest:
		return false
	case id.Family == ipvs.IPv4 && c.Settings.PrefixLen > 32:
		return false
	}
	return c.Op < ipvs.AddDest || plain(c.Dest.Addr) && ipvs.FamilyOf(c.Dest.Addr) == id.Family
}

func mobyDo(m *moby.Handle, c ipvs.Command) error {
	s := mobyService(c)
	switch c.Op {
	case ipvs.AddService:
		return m.NewService(s)
	case ipvs.EditService:
		return m.UpdateService(s)
	case ipvs.DeleteService:
		return m.DelService(s)
	case ipvs.AddDest:
		return m.NewDestination(s, mobyDest(c))
	case ipvs.EditDest:
		return m.UpdateDestination(s, mobyDest(c))
	default:
		return m.DelDestination(s, mobyDest(c))
	}
}

func mobyService(c ipvs.Command) *moby.Service {
	id := c.Service.Canonical()
	return &moby.Service{
		AddressFamily: uint16(id.Family),
		Protocol:      uint16(id.Protocol),
		Address:       net.IP(id.Addr.AsSlice()),
		Port:          id.Port,
		FWMark:        id.FWMark,
		SchedName:     c.Settings.Scheduler,
		PEName:        c.Settings.Engine,
		Flags:         uint32(c.Settings.Flags),
		Timeout:       c.Settings.Seconds(),
		Netmask:       netmask(id, c.Settings),
	}
}

func mobyDest(c ipvs.Command) *moby.Destination {
	return &moby.Destination{
		Address:         net.IP(c.Dest.Addr.AsSlice()),
		Port:            c.Dest.Port,
		Weight:          int(c.DestSettings.Weight),
		ConnectionFlags: uint32(c.DestSettings.Method),
		UpperThreshold:  c.DestSettings.UpperThreshold,
		LowerThreshold:  c.DestSettings.LowerThreshold,
	}
}
