package kernel

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"syscall"

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
	if h.stale || !mobyKnows(c) {
		return h.applyOne(c)
	}
	m, err := h.moby()
	if err != nil {
		return err
	}
	err = mobyDo(m, c)
	if errors.Is(err, syscall.ENOENT) && h.outdated(m) {
		h.stale = true
		if err := h.connect(); err != nil {
			return err
		}
		return h.applyOne(c)
	}
	if err != nil {
		return refused(c, err)
	}
	return nil
}

func (h *Handle) applyOne(c ipvs.Command) error {
	if errs := h.apply([]ipvs.Command{c}); errs != nil {
		return errs[0]
	}
	return nil
}

// outdated reports whether the library no longer finds the family: it keeps the number
// it learned first for the life of the process, and there is another one after the
// module was loaded again.
func (h *Handle) outdated(m *moby.Handle) bool {
	_, err := m.GetConfig()
	return errors.Is(err, syscall.ENOENT)
}

// moby is the library's handle, opened when first needed.
func (h *Handle) moby() (*moby.Handle, error) {
	if h.single != nil {
		return h.single, nil
	}
	path, err := h.elsewhere()
	if err != nil {
		return nil, err
	}
	// The library runs modprobe on first use and warns when that fails, although
	// IPVS is known to be there.
	log := logrus.StandardLogger()
	out := log.Out
	log.SetOutput(io.Discard)
	defer log.SetOutput(out)
	m, err := moby.New(path)
	if err != nil {
		return nil, fmt.Errorf("opening IPVS: %w", err)
	}
	h.single = m
	return m, nil
}

// elsewhere is the path of the handle's network namespace, and empty if the thread
// is in it: to enter one takes CAP_SYS_ADMIN.
func (h *Handle) elsewhere() (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	here, err := currentNamespace()
	if err != nil {
		return "", err
	}
	defer here.close()
	same, err := here.is(h.space)
	if err != nil || same {
		return "", err
	}
	return h.space.path(), nil
}

// mobyKnows reports whether the library can say c. It sends no address family of a
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
