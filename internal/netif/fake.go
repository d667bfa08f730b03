package netif

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// A Fake is a host's links, addresses, routes and policy rules in memory. It answers as the kernel does,
// errno for errno, keeps the kernel's order, and drops a subnet's secondary addresses
// with their primary, and routes with the interface or the address that they need. It prints as `ip -br addr`
// does (State.String).
type Fake struct {
	state State
	// Promote is net.ipv4.conf.all.promote_secondaries.
	Promote bool
	// Refuse, if set, may give a change an error instead of carrying it out.
	Refuse func(Change[Address]) error
	// RefuseRoute and RefuseRule are Refuse for changes of routes and rules.
	RefuseRoute func(Change[Route]) error
	RefuseRule  func(Change[Rule]) error
	// RefuseLink is Refuse for changes of links.
	RefuseLink func(LinkChange) error
	// RefuseRead, if set, may give a question an error: what there is, or the number of an interface.
	RefuseRead func() error
	// Lose, if set, may have the answer to a change of an address, a route or a rule lost for a reason.
	Lose func() error
	// Sysctls are the settings that are not as the kernel has them at first, by path.
	Sysctls map[string]string
	// Calls counts dumps and batches of changes: what a real kernel would cost.
	Calls int

	lastIndex int // of a link
	routes    []Route
	rules     []Rule
}

// NewFake gives a host with the named links, up, numbered from 1.
func NewFake(links ...string) *Fake {
	f := &Fake{Sysctls: map[string]string{}}
	for i, name := range links {
		f.state.Links = append(f.state.Links, Link{
			Index: i + 1, Name: name, MTU: 1500, Hardware: "\x02\x00\x00\x00\x00" + string(rune(i+1)),
			Flags: unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_BROADCAST | unix.IFF_MULTICAST,
		})
	}
	return f
}

// State is a copy of everything.
func (f *Fake) State() State {
	return State{Links: slices.Clone(f.state.Links), Addresses: slices.Clone(f.state.Addresses)}
}

// String prints the host.
func (f *Fake) String() string { return f.state.String() }

// RemoveLink takes a link away with its addresses and what stands on it.
func (f *Fake) RemoveLink(name string) {
	if l, ok := f.state.Link(name); ok {
		f.removeLink(l)
	}
}

// Index implements what an Applier needs.
func (f *Fake) Index(name string) (int, error) {
	if err := f.unread(); err != nil {
		return 0, err
	}
	if l, ok := f.state.Link(name); ok {
		return l.Index, nil
	}
	return 0, unix.ENODEV
}

// Addresses implements what an Applier needs.
func (f *Fake) Addresses() ([]Address, error) {
	f.Calls++
	return slices.Clone(f.state.Addresses), f.unread()
}

func (f *Fake) unread() error {
	if f.RefuseRead == nil {
		return nil
	}
	return f.RefuseRead()
}

// answer gives what becomes of the answer to a change.
func (f *Fake) answer(err error) error {
	if f.Lose == nil {
		return err
	}
	if lost := f.Lose(); lost != nil {
		return &Unanswered{lost}
	}
	return err
}

// ChangeAddresses implements what an Applier of addresses needs.
func (f *Fake) ChangeAddresses(changes []Change[Address]) []error {
	f.Calls++
	errs := make([]error, len(changes))
	for i, c := range changes {
		if f.Refuse != nil {
			if errs[i] = f.Refuse(c); errs[i] != nil {
				continue
			}
		}
		errs[i] = f.answer(f.change(c))
	}
	return errs
}

func (f *Fake) change(c Change[Address]) error {
	link := slices.IndexFunc(f.state.Links, func(l Link) bool { return l.Index == c.What.Index })
	if link < 0 {
		return unix.ENODEV
	}
	at := slices.IndexFunc(f.state.Addresses, func(a Address) bool {
		// IPv6 has an address only once on a link, whatever its prefix length.
		return a.key() == c.What.key() || c.Op != Delete && a.Prefix.Addr().Is6() && hostOf(a) == hostOf(c.What)
	})
	switch {
	case c.Op == Delete && at < 0:
		return unix.EADDRNOTAVAIL
	case c.Op == Delete:
		f.remove(at)
	case at >= 0 && c.Op == Add:
		return unix.EEXIST
	case at >= 0: // as the kernel: in place only what it can change
		a := &f.state.Addresses[at]
		a.Preferred, a.Valid = c.What.Preferred, c.What.Valid
		a.hideLifetime()
		if a.Prefix.Addr().Is6() {
			a.Flags = c.What.Flags
		}
	case slices.ContainsFunc(f.state.Addresses,
		func(a Address) bool { return sameSubnet(a, c.What) && a.Scope != c.What.Scope }):
		return unix.EINVAL
	default:
		f.add(c.What, f.state.Links[link].Name)
	}
	return nil
}

// hideLifetime does with the preferred lifetime of an IPv4 address what the kernel does with that of one that stays
// for ever: it tells only whether it has ended.
func (a *Address) hideLifetime() {
	if !a.Prefix.Addr().Is4() || a.Valid != Forever {
		return
	}
	a.Flags &^= unix.IFA_F_DEPRECATED
	if a.Preferred == 0 {
		a.Flags |= unix.IFA_F_DEPRECATED
	}
	a.Preferred = Forever
}

func (f *Fake) add(a Address, dev string) {
	a.hideLifetime()
	if a.Prefix.Addr().Is4() {
		// As the kernel does: see differsForGood.
		if a.Label == "" {
			a.Label = dev
		}
		a.Flags &^= unix.IFA_F_SECONDARY
		if slices.ContainsFunc(f.state.Addresses, func(b Address) bool { return sameSubnet(a, b) && !b.Secondary() }) {
			a.Flags |= unix.IFA_F_SECONDARY
		}
	}
	a.Flags |= unix.IFA_F_PERMANENT
	f.state.Addresses = append(f.state.Addresses, a)
}

// sameSubnet reports whether two addresses are primary and secondary to each other.
func sameSubnet(a, b Address) bool {
	subnet := func(x Address) (netip.Prefix, int) {
		p := x.Prefix
		if x.Peer.IsValid() {
			p = netip.PrefixFrom(x.Peer, p.Bits())
		}
		return p.Masked(), x.Index
	}
	pa, ia := subnet(a)
	pb, ib := subnet(b)
	return pa == pb && ia == ib && a.Prefix.Addr().Is4()
}

func (f *Fake) remove(at int) {
	a := f.state.Addresses[at]
	f.state.Addresses = slices.Delete(f.state.Addresses, at, at+1)
	// At the end, when the secondary addresses are gone: the last address takes routes with it.
	defer f.lostAddress(a)
	if !a.Prefix.Addr().Is4() || a.Secondary() {
		return
	}
	if !f.Promote {
		f.state.Addresses = slices.DeleteFunc(f.state.Addresses, func(b Address) bool { return sameSubnet(a, b) })
		return
	}
	if i := slices.IndexFunc(f.state.Addresses, func(b Address) bool { return sameSubnet(a, b) }); i >= 0 {
		f.state.Addresses[i].Flags &^= unix.IFA_F_SECONDARY
	}
}
