package realserver

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Linux is the host that this process is on, in its network namespace.
type Linux struct{}

// Look sees what there is.
func (Linux) Look() (Host, error) {
	h := Host{Sysctls: map[string]string{}}
	links, err := netlink.LinkList()
	if err != nil {
		return h, fmt.Errorf("listing interfaces: %w", err)
	}
	names := map[int]string{}
	for _, l := range links {
		a := l.Attrs()
		names[a.Index] = a.Name
		h.Links = append(h.Links, Link{
			Name: a.Name, Checked: checked(l), Up: a.RawFlags&unix.IFF_UP != 0,
			Loopback: a.RawFlags&unix.IFF_LOOPBACK != 0, Silent: a.RawFlags&unix.IFF_NOARP != 0,
		})
	}
	for _, name := range append([]string{"all", "default"}, linkNames(h.Links)...) {
		for _, what := range []string{"arp_ignore", "arp_announce", "rp_filter"} {
			if b, err := os.ReadFile(sysctlPath(conf(name, what))); err == nil {
				h.Sysctls[conf(name, what)] = strings.TrimSpace(string(b))
			}
		}
	}
	addrs, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return h, fmt.Errorf("listing addresses: %w", err)
	}
	for _, a := range addrs {
		ip, ok := netip.AddrFromSlice(a.IP)
		bits, _ := a.Mask.Size()
		if ok {
			h.Addresses = append(h.Addresses, Address{Link: names[a.LinkIndex], Prefix: netip.PrefixFrom(ip.Unmap(), bits),
				Label: a.Label, Duplicate: a.Flags&unix.IFA_F_DADFAILED != 0})
		}
	}
	// Without the module there are none. Whichever family is asked for, the kernel tells of both.
	fous, _ := netlink.FouList(unix.AF_INET)
	h.Fous = unwrapping(fous)
	h.Listeners, err = listeners()
	return h, err
}

// greCsum is the flag of a checksum in a header of GRE (GRE_CSUM).
const greCsum = 0x8000

// checked is the address that a link takes GRE with checksums for, the zero address if it does not.
func checked(l netlink.Link) netip.Addr {
	g, is := l.(*netlink.Gretun)
	if !is || g.IFlags&greCsum == 0 {
		return netip.Addr{}
	}
	a, _ := netip.AddrFromSlice(g.Local)
	return a.Unmap()
}

// unwrapping are the ports that take GUE: on others packets come in UDP alone.
func unwrapping(all []netlink.Fou) (ports []Fou) {
	for _, f := range all {
		if f.EncapType == netlink.FOU_ENCAP_GUE {
			ports = append(ports, Fou{f.Family == unix.AF_INET6, uint16(f.Port)})
		}
	}
	return ports
}

func linkNames(links []Link) (names []string) {
	for _, l := range links {
		names = append(names, l.Name)
	}
	return names
}

func sysctlPath(key string) string {
	if !strings.Contains(key, "/") {
		key = strings.ReplaceAll(key, ".", "/")
	}
	return filepath.Join("/proc/sys", key)
}

func listeners() ([]Listener, error) {
	var all []Listener
	for _, file := range []string{"tcp", "tcp6", "udp", "udp6"} {
		b, err := os.ReadFile("/proc/thread-self/net/" + file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		list, err := parseSockets(string(b), strings.HasPrefix(file, "udp"))
		if err != nil {
			return nil, fmt.Errorf("/proc/net/%s: %w", file, err)
		}
		all = append(all, list...)
	}
	return all, nil
}

// Carry does a step.
func (Linux) Carry(s Step) error {
	var err error
	switch s.Kind {
	case LoadModule:
		var out []byte
		if out, err = exec.Command("modprobe", s.Name).CombinedOutput(); err != nil && len(bytes.TrimSpace(out)) > 0 {
			err = errors.New(string(bytes.TrimSpace(out)))
		}
	case SetSysctl:
		err = os.WriteFile(sysctlPath(s.Name), []byte(s.Value), 0o644)
	case AddLink:
		err = netlink.LinkAdd(&netlink.Gretun{LinkAttrs: netlink.LinkAttrs{Name: s.Name}, Local: s.Local.AsSlice(),
			IFlags: greCsum})
	case DeleteLink:
		err = onLink(s.Name, netlink.LinkDel)
	case LinkUp, LinkDown:
		err = onLink(s.Name, func(l netlink.Link) error {
			if s.Kind == LinkUp {
				return netlink.LinkSetUp(l)
			}
			return netlink.LinkSetDown(l)
		})
	case AddFou, DeleteFou:
		f := netlink.Fou{Family: unix.AF_INET, Port: int(s.Fou.Port), EncapType: netlink.FOU_ENCAP_GUE}
		if s.Fou.Six {
			f.Family = unix.AF_INET6
		}
		if s.Kind == AddFou {
			err = netlink.FouAdd(f)
		} else {
			err = netlink.FouDel(f)
		}
	case AddAddress, DeleteAddress:
		err = onLink(s.Name, func(l netlink.Link) error {
			if s.Kind == DeleteAddress {
				return netlink.AddrDel(l, address(s))
			}
			return netlink.AddrAdd(l, address(s))
		})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	return nil
}

func onLink(name string, do func(netlink.Link) error) error {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	return do(l)
}

// address is the one of a step as it is set: not chosen as a source (scope host) and not looked for at the
// neighbours, where the director has it.
func address(s Step) *netlink.Addr {
	a := s.Prefix.Addr()
	n := &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(s.Prefix.Bits(), a.BitLen())}
	if s.Kind == DeleteAddress {
		return &netlink.Addr{IPNet: n}
	}
	if a.Is6() {
		return &netlink.Addr{IPNet: n, Flags: unix.IFA_F_NODAD, Protocol: Mark}
	}
	return &netlink.Addr{IPNet: n, Scope: unix.RT_SCOPE_HOST, Label: label(s.Name), Protocol: Mark}
}
