package netif

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A Wanted is an address that is to be on an interface, which need not be there yet: an Address with the
// name of its interface in place of the index.
type Wanted struct {
	Dev string
	Address
}

// on is the address on the interface of an index, as the kernel will keep it.
func (w Wanted) on(index int) Address {
	a := w.Address
	a.Index, a.Valid, a.Proto = index, Forever, protoKeepalived
	return a
}

// addressKernel is what addresses need of the host: Kernel or Fake.
type addressKernel interface {
	Index(name string) (int, error)
	Addresses() ([]Address, error)
	ChangeAddresses([]Change[Address]) []error
}

// An Addresses makes addresses be there.
type Addresses = Applier[Wanted, Address, host]

// NewAddresses gives an Applier of addresses that works on k, a Kernel or a Fake.
func NewAddresses(k addressKernel) *Addresses {
	return newApplier[Wanted, Address, host](addresses{k})
}

// addresses is the kind.
type addresses struct{ k addressKernel }

func (k addresses) index(dev string) (int, error) { return k.k.Index(dev) }

func (k addresses) resolve(w Wanted, index func(dev string) (int, error)) (Address, error) {
	i, err := index(w.Dev)
	return w.on(i), err
}

func (k addresses) read([]Address) ([]Address, error) { return k.k.Addresses() }

func (k addresses) change(list []Change[Address]) []error { return k.k.ChangeAddresses(list) }

// host is an address on an interface, whatever its prefix length.
type host struct {
	index int
	addr  netip.Addr
}

func hostOf(a Address) host { return host{a.Index, a.Prefix.Addr()} }

func (k addresses) slot(a Address) host { return hostOf(a) }

func (k addresses) is(have, want Address) bool { return have.key() == want.key() }

func (k addresses) equal(a, b Address) bool { return a == b }

// coexists: IPv6 has an address only once, whatever its length.
func (k addresses) coexists(have, _ Address) bool { return have.Prefix.Addr().Is4() }

func (k addresses) absent(err error) bool {
	return errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV)
}

func (k addresses) text(w Wanted) (what, where string) { return w.Prefix.String(), w.Dev }

// differsForGood compares what the kernel cannot change on an address that is there.
func (k addresses) differsForGood(have, want Address, w Wanted) bool {
	if want.Prefix.Addr().Is6() {
		return false
	}
	// The kernel gives an address without a label the name of its interface.
	label := want.Label
	if label == "" {
		label = w.Dev
	}
	const fixed = unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_MCAUTOJOIN
	return have.Scope != want.Scope || have.Label != label || broadcast(have) != broadcast(want) ||
		have.Flags&fixed != want.Flags&fixed
}

func broadcast(a Address) netip.Addr {
	// The kernel tells of none where it was set to 0.0.0.0.
	if a.Broadcast == netip.IPv4Unspecified() {
		return netip.Addr{}
	}
	return a.Broadcast
}

// differsInPlace compares what can be changed: flags of IPv6 addresses and lifetimes.
// A preferred lifetime that is running down is as wanted while it is not above.
func (k addresses) differsInPlace(have, want Address) bool {
	if want.Prefix.Addr().Is6() {
		// Without IFA_F_NODAD the kernel would look for the address on other hosts whenever the link comes up again.
		const flags = unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_HOMEADDRESS | unix.IFA_F_MANAGETEMPADDR | unix.IFA_F_NODAD
		if have.Flags&flags != want.Flags&flags {
			return true
		}
	}
	if want.Prefix.Addr().Is4() && want.Valid == Forever && have.Valid == Forever {
		// The kernel tells of no preferred lifetime then, only that it has ended.
		ended := have.Flags&unix.IFA_F_DEPRECATED != 0
		return ended && want.Preferred == Forever || !ended && want.Preferred == 0
	}
	return have.Preferred > want.Preferred || have.Preferred != Forever && want.Preferred == Forever
}

// differsUnseen compares the preferred lifetimes of IPv4 addresses, of which the kernel tells only their end. One that
// was set to 0 has ended, or is not known: of what a former life has left no more is noted.
func (k addresses) differsUnseen(have, set, want Address) bool {
	if !want.Prefix.Addr().Is4() || want.Preferred == 0 || want.Preferred == set.Preferred {
		return false
	}
	return set.Preferred != 0 || have.Flags&unix.IFA_F_DEPRECATED != 0
}

// Addresses reads all addresses.
func (k *Kernel) Addresses() ([]Address, error) {
	var all []Address
	ask := nl.NewNetlinkRequest(unix.RTM_GETADDR, unix.NLM_F_DUMP)
	ask.AddData(nl.NewIfAddrmsg(unix.AF_UNSPEC))
	err := k.dump(ask, func(again bool, b []byte) {
		if again {
			all = all[:0]
		}
		if a, ok := parseAddress(b); ok {
			all = append(all, a)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read addresses: %w", err)
	}
	return all, nil
}

// ChangeAddresses carries out changes in order, several per system call, and gives one result for
// each: nil or the kernel's errno.
func (k *Kernel) ChangeAddresses(changes []Change[Address]) []error {
	return k.exchange(len(changes), func(i int) *nl.NetlinkRequest { return addressRequest(changes[i]) })
}

func addressRequest(c Change[Address]) *nl.NetlinkRequest {
	typ, flags := unix.RTM_NEWADDR, unix.NLM_F_ACK
	switch c.Op {
	case Add:
		flags |= unix.NLM_F_CREATE | unix.NLM_F_EXCL
	case Replace:
		flags |= unix.NLM_F_CREATE | unix.NLM_F_REPLACE
	case Delete:
		typ = unix.RTM_DELADDR
	}
	a := c.What
	req := nl.NewNetlinkRequest(typ, flags)
	family := unix.AF_INET
	if a.Prefix.Addr().Is6() {
		family = unix.AF_INET6
	}
	msg := nl.NewIfAddrmsg(family)
	msg.Prefixlen = uint8(a.Prefix.Bits())
	msg.Scope = a.Scope
	msg.Index = uint32(a.Index)
	req.AddData(msg)
	req.AddData(nl.NewRtAttr(unix.IFA_LOCAL, a.Prefix.Addr().AsSlice()))
	// IFA_ADDRESS is the other end; without a peer it is the address itself, as IFA_LOCAL.
	far := a.Prefix.Addr()
	if a.Peer.IsValid() {
		far = a.Peer
	}
	req.AddData(nl.NewRtAttr(unix.IFA_ADDRESS, far.AsSlice()))
	if a.Label != "" && family == unix.AF_INET {
		req.AddData(nl.NewRtAttr(unix.IFA_LABEL, nl.ZeroTerminated(a.Label)))
	}
	// What follows says nothing about which address it is.
	if c.Op == Delete {
		return req
	}
	if a.Broadcast.IsValid() {
		req.AddData(nl.NewRtAttr(unix.IFA_BROADCAST, a.Broadcast.AsSlice()))
	}
	if a.Flags != 0 {
		req.AddData(nl.NewRtAttr(unix.IFA_FLAGS, nl.Uint32Attr(a.Flags)))
	}
	// Without this attribute both are forever.
	if a.Preferred != Forever || a.Valid != Forever {
		info := nl.IfaCacheInfo{IfaCacheinfo: unix.IfaCacheinfo{Prefered: a.Preferred, Valid: a.Valid}}
		req.AddData(nl.NewRtAttr(unix.IFA_CACHEINFO, info.Serialize()))
	}
	if a.Proto != 0 {
		req.AddData(nl.NewRtAttr(ifaProto, []byte{a.Proto}))
	}
	return req
}

// ifaProto is IFA_PROTO; kernels before 5.18 ignore it.
const ifaProto = 11

func parseAddress(b []byte) (Address, bool) {
	if len(b) < unix.SizeofIfAddrmsg {
		return Address{}, false
	}
	bits := int(b[1])
	// ifaddrmsg: family, prefix length, flags, scope, index. The flags are 32 bits by now:
	// IFA_FLAGS has them all.
	a := Address{Index: int(number(b[4:])), Flags: uint32(b[2]), Scope: b[3], Preferred: Forever, Valid: Forever}
	var local, far netip.Addr
	attributes(b[unix.SizeofIfAddrmsg:], func(typ uint16, v []byte) {
		switch typ {
		case unix.IFA_LOCAL:
			local, _ = netip.AddrFromSlice(v)
		case unix.IFA_ADDRESS:
			far, _ = netip.AddrFromSlice(v)
		case unix.IFA_BROADCAST:
			a.Broadcast, _ = netip.AddrFromSlice(v)
		case unix.IFA_LABEL:
			a.Label = text(v)
		case unix.IFA_FLAGS:
			a.Flags = number(v)
		case unix.IFA_CACHEINFO:
			if len(v) >= 8 {
				a.Preferred, a.Valid = number(v), number(v[4:])
			}
		case ifaProto:
			if len(v) > 0 {
				a.Proto = v[0]
			}
		}
	})
	switch {
	case !local.IsValid(): // IPv6 without a peer has only IFA_ADDRESS
		local = far
	case local != far:
		a.Peer = far
	}
	a.Prefix = netip.PrefixFrom(local, bits)
	return a, a.Index > 0 && a.Prefix.IsValid()
}
