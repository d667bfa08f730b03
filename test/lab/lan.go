package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// maxLANs bounds how many there are at once; the names of ports have room for it.
const maxLANs = 100

// A LAN is one switch and the hosts plugged into it. There may be several in one
// lab; they have nothing to do with each other.
type LAN struct {
	bridge string
	dir    string
	hosts  map[string]*Host
	events *Events
}

// NewLAN builds a switch without hosts. dir is an existing directory for the
// hosts' files: configuration, logs, pid files.
func NewLAN(dir string) (*LAN, error) {
	snooping := false // every port gets all multicast, as on a plain switch
	attrs := netlink.NewLinkAttrs()
	br := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snooping}
	for i := range maxLANs { // the first free name; another LAN may take one meanwhile
		br.Name = fmt.Sprintf("lan%d", i)
		if err := netlink.LinkAdd(br); errors.Is(err, unix.EEXIST) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("adding bridge %s: %v", br.Name, err)
		}
		if err := netlink.LinkSetUp(br); err != nil {
			return nil, fmt.Errorf("bringing bridge %s up: %v", br.Name, err)
		}
		return &LAN{bridge: br.Name, dir: dir, hosts: map[string]*Host{}, events: newEvents()}, nil
	}
	return nil, fmt.Errorf("adding a bridge: %d are there already", maxLANs)
}

// Close stops every program of every host, and takes the LAN down.
func (l *LAN) Close() error {
	var errs []error
	for _, h := range l.hosts {
		errs = append(errs, h.close())
	}
	if br, err := netlink.LinkByName(l.bridge); err == nil {
		errs = append(errs, netlink.LinkDel(br))
	}
	return errors.Join(errs...)
}

// Events is the record of addresses that came and went on all hosts of the LAN.
func (l *LAN) Events() *Events { return l.events }

// AddHost plugs a new host into the LAN. Its interface is eth0 with the given
// addresses; names are at most 9 letters.
func (l *LAN) AddHost(name string, addrs ...netip.Prefix) (*Host, error) {
	if len(name) > 9 || l.hosts[name] != nil {
		return nil, fmt.Errorf("host name %q is too long or taken", name)
	}
	h := &Host{Name: name, lan: l, Dir: filepath.Join(l.dir, name)}
	if err := os.MkdirAll(h.Dir, 0o755); err != nil {
		return nil, err
	}
	if out, err := command("ip", "netns", "add", h.Namespace()).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("adding namespace %s: %v: %s", h.Namespace(), err, out)
	}
	l.hosts[name] = h
	var err error
	if h.ns, err = netns.GetFromName(h.Namespace()); err != nil {
		return nil, fmt.Errorf("opening namespace %s: %v", h.Namespace(), err)
	}
	if h.nl, err = netlink.NewHandleAt(h.ns); err != nil {
		return nil, fmt.Errorf("netlink in %s: %v", name, err)
	}
	if err := h.Plug(); err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if err := h.AddAddr("eth0", a); err != nil {
			return nil, err
		}
	}
	return h, l.events.watch(h)
}

// Plug makes the cable between host and switch, and with it the host's eth0, which has no address yet.
func (h *Host) Plug() error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = h.portName()
	br, err := netlink.LinkByName(h.lan.bridge)
	if err != nil {
		return err
	}
	attrs.MasterIndex = br.Attrs().Index
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: "eth0", PeerNamespace: netlink.NsFd(int(h.ns))}
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("adding the cable of %s: %v", h.Name, err)
	}
	if err := h.Sysctl("net/ipv6/conf/all/accept_dad", "0"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := h.Sysctl("net/ipv6/conf/eth0/accept_dad", "0"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, name := range []string{"lo", "eth0"} {
		if err := h.SetLink(name, true); err != nil {
			return err
		}
	}
	if err := netlink.LinkSetUp(veth); err != nil {
		return err
	}
	far := func() (netlink.Link, error) { return netlink.LinkByName(h.portName()) }
	return h.awaitCarrier("eth0", far)
}

// portName is the switch's end of the cable; 15 letters at most.
func (h *Host) portName() string { return h.lan.bridge + "." + h.Name }

// Namespace is the name of its network namespace, as `ip netns` shows it.
func (h *Host) Namespace() string { return h.portName() }

// CutCable takes the carrier from the host's interface, as pulling its plug does.
func (h *Host) CutCable() error {
	port, err := netlink.LinkByName(h.portName())
	if err != nil {
		return err
	}
	return netlink.LinkSetDown(port)
}

// PlugCable undoes CutCable.
func (h *Host) PlugCable() error {
	port, err := netlink.LinkByName(h.portName())
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(port)
}

// Detach cuts the host off without it noticing: the interface keeps its carrier,
// as when a switch somewhere in between fails.
func (h *Host) Detach() error {
	port, err := netlink.LinkByName(h.portName())
	if err != nil {
		return err
	}
	return netlink.LinkSetNoMaster(port)
}

// Attach undoes Detach.
func (h *Host) Attach() error {
	port, err := netlink.LinkByName(h.portName())
	if err != nil {
		return err
	}
	br, err := netlink.LinkByName(h.lan.bridge)
	if err != nil {
		return err
	}
	return netlink.LinkSetMaster(port, br)
}

// AddAddr adds an address to an interface of the host.
func (h *Host) AddAddr(link string, p netip.Prefix) error {
	l, err := h.nl.LinkByName(link)
	if err != nil {
		return fmt.Errorf("finding %s on %s: %v", link, h.Name, err)
	}
	if err := h.nl.AddrAdd(l, &netlink.Addr{IPNet: ipNet(p)}); err != nil {
		return fmt.Errorf("adding %v to %s on %s: %v", p, link, h.Name, err)
	}
	return nil
}

// DelAddr removes an address from an interface of the host.
func (h *Host) DelAddr(link string, p netip.Prefix) error {
	l, err := h.nl.LinkByName(link)
	if err != nil {
		return fmt.Errorf("finding %s on %s: %v", link, h.Name, err)
	}
	if err := h.nl.AddrDel(l, &netlink.Addr{IPNet: ipNet(p)}); err != nil {
		return fmt.Errorf("removing %v from %s on %s: %v", p, link, h.Name, err)
	}
	return nil
}

// OnlyLinkLocal leaves an interface no link-local address but one, which need not be link-local itself: the
// kernel's is not known before.
func (h *Host) OnlyLinkLocal(link string, addr netip.Addr) error {
	all, err := h.Addrs(link)
	for _, p := range all {
		if p.Addr().IsLinkLocalUnicast() && p.Addr().Is6() && p.Addr() != addr {
			err = errors.Join(err, h.DelAddr(link, p))
		}
	}
	return err
}

// SetLink brings an interface of the host up or down.
func (h *Host) SetLink(name string, up bool) error {
	l, err := h.nl.LinkByName(name)
	if err != nil {
		return fmt.Errorf("finding %s on %s: %v", name, h.Name, err)
	}
	if up {
		return h.nl.LinkSetUp(l)
	}
	return h.nl.LinkSetDown(l)
}

// AddLink adds a second interface, up and with a carrier; its other end is beside
// it, with a p appended to its name. Hardware addresses that are nil are the kernel's choice.
func (h *Host) AddLink(name string, near, far net.HardwareAddr) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.HardwareAddr = name, near
	if err := h.nl.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: name + "p", PeerHardwareAddr: far}); err != nil {
		return fmt.Errorf("adding %s to %s: %v", name, h.Name, err)
	}
	if err := errors.Join(h.SetLink(name, true), h.SetLink(name+"p", true)); err != nil {
		return err
	}
	return h.awaitCarrier(name, func() (netlink.Link, error) { return h.nl.LinkByName(name + "p") })
}

// Cable connects two hosts without a switch: each gets an interface of this name, up and with a carrier.
func Cable(name string, a, b *Host) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: name, PeerNamespace: netlink.NsFd(int(b.ns))}
	if err := a.nl.LinkAdd(veth); err != nil {
		return fmt.Errorf("connecting %s with %s: %v", a.Name, b.Name, err)
	}
	if err := errors.Join(a.SetLink(name, true), b.SetLink(name, true)); err != nil {
		return err
	}
	return a.awaitCarrier(name, func() (netlink.Link, error) { return b.nl.LinkByName(name) })
}

// awaitCarrier waits until both ends of a cable have one: on a busy machine it is seen
// late, and what is sent before is lost.
func (h *Host) awaitCarrier(name string, far func() (netlink.Link, error)) error {
	return Eventually(10*time.Second, "a carrier on both ends of "+name+" of "+h.Name, func() (bool, string) {
		near, err1 := h.nl.LinkByName(name)
		other, err2 := far()
		if err := errors.Join(err1, err2); err != nil {
			return false, err.Error()
		}
		running := near.Attrs().RawFlags & other.Attrs().RawFlags & unix.IFF_RUNNING
		return running != 0, fmt.Sprintf("flags %x and %x", near.Attrs().RawFlags, other.Attrs().RawFlags)
	})
}

// DelLink removes an interface of the host.
func (h *Host) DelLink(name string) error {
	l, err := h.nl.LinkByName(name)
	if err != nil {
		return fmt.Errorf("finding %s on %s: %v", name, h.Name, err)
	}
	return h.nl.LinkDel(l)
}

// Addrs lists the addresses of an interface of the host.
func (h *Host) Addrs(link string) ([]netip.Prefix, error) {
	l, err := h.nl.LinkByName(link)
	if err != nil {
		return nil, fmt.Errorf("finding %s on %s: %v", link, h.Name, err)
	}
	list, err := h.nl.AddrList(l, netlink.FAMILY_ALL)
	if err != nil {
		return nil, fmt.Errorf("listing addresses of %s on %s: %v", link, h.Name, err)
	}
	var out []netip.Prefix
	for _, a := range list {
		if p, ok := prefix(a.IPNet); ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// HasAddr tells how often addr is on the interface; a doubled address shows as 2
// (with different prefix lengths).
func (h *Host) CountAddr(link string, addr netip.Addr) (int, error) {
	list, err := h.Addrs(link)
	n := 0
	for _, p := range list {
		if p.Addr() == addr {
			n++
		}
	}
	return n, err
}

// Sysctl sets a kernel parameter of the host, named with slashes below /proc/sys.
func (h *Host) Sysctl(name, value string) error {
	return h.Do(func() error {
		return os.WriteFile("/proc/sys/"+strings.TrimPrefix(name, "/"), []byte(value), 0o644)
	})
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

func prefix(n *net.IPNet) (netip.Prefix, bool) {
	a, ok := netip.AddrFromSlice(n.IP)
	ones, _ := n.Mask.Size()
	return netip.PrefixFrom(a.Unmap(), ones), ok
}
