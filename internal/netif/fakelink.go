package netif

import (
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// AddLink adds a link that is up.
func (f *Fake) AddLink(name string) {
	// 02 is a locally administered address; the end of the name (eth0, eth1) tells them apart.
	l := Link{Name: name, MTU: 1500, Hardware: "\x02\x00\x00\x00\x01" + name[len(name)-1:],
		Flags: unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_BROADCAST | unix.IFF_MULTICAST}
	f.insert(l)
}

// Links implements what VMACs need.
func (f *Fake) Links() ([]Link, error) {
	f.Calls++
	return slices.Clone(f.state.Links), f.unread()
}

// ChangeLink implements what VMACs need.
func (f *Fake) ChangeLink(c LinkChange) error {
	f.Calls++
	if f.RefuseLink != nil {
		if err := f.RefuseLink(c); err != nil {
			return err
		}
	}
	if c.Op == CreateLink {
		return f.createLink(c.Link)
	}
	// By its index, as the kernel does: a name may be another link's by now.
	i := slices.IndexFunc(f.state.Links, func(l Link) bool { return l.Index == c.Link.Index })
	if i < 0 {
		return unix.ENODEV
	}
	l := &f.state.Links[i]
	if c.Op == DeleteLink {
		f.removeLink(*l)
		return nil
	}
	if c.Up {
		// macvlan_open of the kernel says so: the address is looked at when the link goes up, not
		// when it is made.
		if f.busy(*l) {
			return unix.EADDRINUSE
		}
		l.Flags |= unix.IFF_UP | unix.IFF_RUNNING
	}
	if c.Link.MTU != 0 {
		l.MTU = c.Link.MTU
	}
	if c.Regroup {
		l.Group = c.Link.Group
	}
	if c.Move {
		l.Master = c.Link.Master
	}
	if c.Alias != "" {
		l.Alias = c.Alias
	}
	return nil
}

// DeleteLinks implements what VMACs need.
func (f *Fake) DeleteLinks(indexes []int) []error {
	results := make([]error, len(indexes))
	for i, index := range indexes {
		results[i] = f.ChangeLink(LinkChange{Op: DeleteLink, Link: Link{Index: index}})
	}
	return results
}

func (f *Fake) createLink(l Link) error {
	if _, ok := f.state.Link(l.Name); ok {
		return unix.EEXIST
	}
	if !slices.ContainsFunc(f.state.Links, func(p Link) bool { return p.Index == l.Parent }) {
		return unix.ENODEV
	}
	// Down: whoever makes a link has to set it up.
	l.MTU, l.Flags = 1500, unix.IFF_BROADCAST|unix.IFF_MULTICAST
	f.insert(l)
	return nil
}

// insert gives a link an index that no other ever had.
func (f *Fake) insert(l Link) {
	for _, other := range f.state.Links {
		// Tests may have put links there by hand, with numbers of their own.
		f.lastIndex = max(f.lastIndex, other.Index)
	}
	f.lastIndex++
	l.Index = f.lastIndex
	f.state.Links = append(f.state.Links, l)
}

// busy reports whether another macvlan of the same parent uses the hardware address.
func (f *Fake) busy(l Link) bool {
	return l.Kind == kindMACVLAN && slices.ContainsFunc(f.state.Links, func(o Link) bool {
		return o.Kind == kindMACVLAN && o.Index != l.Index && o.Parent == l.Parent && o.Hardware == l.Hardware &&
			o.Flags&unix.IFF_UP != 0
	})
}

func (f *Fake) removeLink(l Link) {
	// With a link go its addresses, the routes over it, its settings, and what stands on it.
	f.state.Links = slices.DeleteFunc(f.state.Links, func(x Link) bool { return x.Index == l.Index })
	f.state.Addresses = slices.DeleteFunc(f.state.Addresses, func(a Address) bool { return a.Index == l.Index })
	f.dropRoutes(func(r Route) bool { return slices.ContainsFunc(r.Hops, func(h Hop) bool { return h.Index == l.Index }) })
	for path := range f.Sysctls {
		if strings.Contains(path, "/"+l.Name+"/") {
			delete(f.Sysctls, path)
		}
	}
	for _, above := range slices.Clone(f.state.Links) {
		if above.Parent == l.Index {
			f.removeLink(above)
		}
	}
}

// Sysctl implements what VMACs need: a setting that nobody has changed is 0.
func (f *Fake) Sysctl(path string) (string, error) {
	if !f.hasSysctl(path) {
		return "", fs.ErrNotExist
	}
	if v, ok := f.Sysctls[path]; ok {
		return v, nil
	}
	return "0", nil
}

// SetSysctl implements what VMACs need.
func (f *Fake) SetSysctl(path, value string) error {
	if !f.hasSysctl(path) {
		return fs.ErrNotExist
	}
	f.Sysctls[path] = value
	return nil
}

// hasSysctl reports whether the interface of a setting is there.
func (f *Fake) hasSysctl(path string) bool {
	parts := strings.Split(path, "/")
	dev := parts[len(parts)-2]
	_, ok := f.state.Link(dev)
	return ok || dev == "all" || dev == "default"
}
