package netif

import (
	"encoding/binary"
	"errors"
	mathrand "math/rand/v2"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// LinkOp is what is done with a link.
type LinkOp uint8

// CreateLink fails with EEXIST if the name is taken and ENODEV without the parent;
// ChangeLink and DeleteLink fail with ENODEV if the link is not there.
const (
	CreateLink LinkOp = iota
	ChangeLink
	DeleteLink
)

// A LinkChange is one request about one link.
type LinkChange struct {
	Op LinkOp
	// Link is what to create: Name, Parent, Kind, Mode and Group, of a macvlan Hardware. To change and
	// delete, Index says which.
	Link Link
	// What to change, besides the MTU if Link has one. Alias replaces the text if it is not empty, Bare turns off
	// link-local addresses that the kernel makes by itself, Up sets IFF_UP, Regroup puts it into Link.Group, Move
	// into Link.Master, or out of the one it is in.
	Alias                   string
	Bare, Up, Regroup, Move bool
}

// ChangeLink carries out one request; the error is the kernel's errno.
func (k *Kernel) ChangeLink(c LinkChange) error {
	return k.exchange(1, func(int) *nl.NetlinkRequest { return linkRequest(c) })[0]
}

// DeleteLinks deletes the links with these indexes and gives one result for each. The
// kernel waits tens of milliseconds for traffic to settle whenever it deletes something, so
// they are put into a group of their own and deleted together.
func (k *Kernel) DeleteLinks(indexes []int) []error {
	one := func(i int) *nl.NetlinkRequest {
		return linkRequest(LinkChange{Op: DeleteLink, Link: Link{Index: indexes[i]}})
	}
	// One alone gains nothing by a group.
	if len(indexes) < 2 {
		return k.exchange(len(indexes), one)
	}
	group, err := k.freeGroup()
	if err != nil {
		return k.exchange(len(indexes), one)
	}
	// A link that is gone already is not put into the group, and its result says so.
	results := k.exchange(len(indexes),
		func(i int) *nl.NetlinkRequest { return groupRequest(unix.RTM_SETLINK, indexes[i], group) })
	err = k.exchange(1, func(int) *nl.NetlinkRequest { return groupRequest(unix.RTM_DELLINK, 0, group) })[0]
	if err != nil && !errors.Is(err, unix.ENODEV) { // ENODEV: somebody was faster with all of them
		return k.exchange(len(indexes), one)
	}
	return results
}

// groupRequest puts the link with this index into a group, or deletes all of a group.
func groupRequest(typ, index int, group uint32) *nl.NetlinkRequest {
	ask := nl.NewNetlinkRequest(typ, unix.NLM_F_ACK)
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(index)
	ask.AddData(msg)
	ask.AddData(nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(group)))
	return ask
}

// freeGroup is the number of a group that has no links. It is taken at random from those
// that nobody would choose.
func (k *Kernel) freeGroup() (uint32, error) {
	// The upper half of the numbers: people choose small ones.
	group := 1<<31 | mathrand.Uint32()>>1
	taken := false
	ask := nl.NewNetlinkRequest(unix.RTM_GETLINK, unix.NLM_F_DUMP)
	ask.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	ask.AddData(nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(skipStats)))
	// A dump that is repeated needs no new start here: taken never becomes false again.
	err := k.dump(ask, func(_ bool, b []byte) {
		if len(b) < unix.SizeofIfInfomsg {
			return
		}
		attributes(b[unix.SizeofIfInfomsg:], func(typ uint16, v []byte) {
			taken = taken || typ == unix.IFLA_GROUP && number(v) == group
		})
	})
	if err == nil && taken {
		err = unix.EEXIST
	}
	return group, err
}

func linkRequest(c LinkChange) *nl.NetlinkRequest {
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	switch c.Op {
	case CreateLink:
		ask := nl.NewNetlinkRequest(unix.RTM_NEWLINK, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL)
		ask.AddData(msg)
		ask.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(c.Link.Name)))
		ask.AddData(nl.NewRtAttr(unix.IFLA_LINK, nl.Uint32Attr(uint32(c.Link.Parent))))
		if c.Link.Kind == kindMACVLAN {
			ask.AddData(nl.NewRtAttr(unix.IFLA_ADDRESS, []byte(c.Link.Hardware)))
		}
		if c.Link.Group != 0 {
			ask.AddData(nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(c.Link.Group)))
		}
		info := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
		info.AddRtAttr(unix.IFLA_INFO_KIND, nl.NonZeroTerminated(c.Link.Kind))
		data := info.AddRtAttr(unix.IFLA_INFO_DATA, nil)
		if c.Link.Kind == kindIPVLAN {
			data.AddRtAttr(unix.IFLA_IPVLAN_MODE, nl.Uint16Attr(0)) // IPVLAN_MODE_L2
			data.AddRtAttr(unix.IFLA_IPVLAN_FLAGS, nl.Uint16Attr(uint16(c.Link.Mode)))
		} else {
			data.AddRtAttr(unix.IFLA_MACVLAN_MODE, nl.Uint32Attr(c.Link.Mode))
		}
		ask.AddData(info)
		return ask
	case DeleteLink:
		ask := nl.NewNetlinkRequest(unix.RTM_DELLINK, unix.NLM_F_ACK)
		msg.Index = int32(c.Link.Index)
		ask.AddData(msg)
		return ask
	}
	ask := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
	msg.Index = int32(c.Link.Index)
	// Change says which of the flags count: all others stay as they are.
	if c.Up {
		msg.Flags, msg.Change = unix.IFF_UP, unix.IFF_UP
	}
	ask.AddData(msg)
	if c.Alias != "" {
		ask.AddData(nl.NewRtAttr(unix.IFLA_IFALIAS, []byte(c.Alias)))
	}
	if c.Link.MTU != 0 {
		ask.AddData(nl.NewRtAttr(unix.IFLA_MTU, nl.Uint32Attr(uint32(c.Link.MTU))))
	}
	if c.Regroup {
		ask.AddData(nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(c.Link.Group)))
	}
	if c.Move {
		ask.AddData(nl.NewRtAttr(unix.IFLA_MASTER, nl.Uint32Attr(uint32(c.Link.Master))))
	}
	if c.Bare {
		const addrGenMode, none = 8, 1 // IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE
		spec := nl.NewRtAttr(unix.IFLA_AF_SPEC, nil)
		spec.AddRtAttr(unix.AF_INET6, nil).AddRtAttr(addrGenMode, []byte{none})
		ask.AddData(spec)
	}
	return ask
}

// The kernel's names for what a VMAC is made of.
const (
	kindMACVLAN = "macvlan"
	kindIPVLAN  = "ipvlan"
)

// kindVRF is the kernel's name for a device that stands for a routing table.
const kindVRF = "vrf"

func parseLink(b []byte) (Link, bool) {
	if len(b) < unix.SizeofIfInfomsg {
		return Link{}, false
	}
	l := Link{Index: int(int32(number(b[4:]))), Flags: number(b[8:])}
	elsewhere := false
	attributes(b[unix.SizeofIfInfomsg:], func(typ uint16, v []byte) {
		switch typ {
		case unix.IFLA_IFNAME:
			l.Name = text(v)
		case unix.IFLA_MTU:
			l.MTU = int(number(v))
		case unix.IFLA_ADDRESS:
			l.Hardware = string(v)
		case unix.IFLA_LINK:
			l.Parent = int(number(v))
		case unix.IFLA_MASTER:
			l.Master = int(number(v))
		case unix.IFLA_GROUP:
			l.Group = number(v)
		case unix.IFLA_LINK_NETNSID:
			elsewhere = true
		case unix.IFLA_IFALIAS:
			l.Alias = text(v)
		case unix.IFLA_LINKINFO:
			l.parseInfo(v)
		}
	})
	// IFLA_LINK is an index of another namespace then, and may be that of a link here.
	if elsewhere {
		l.Parent = 0
	}
	return l, l.Index > 0 && l.Name != ""
}

// parseInfo reads the kind and what matters of its data. The kernel writes the kind before its data.
func (l *Link) parseInfo(b []byte) {
	attributes(b, func(typ uint16, v []byte) {
		switch {
		case typ == unix.IFLA_INFO_KIND:
			l.Kind = text(v)
		// What is in the data depends on the kind, and the numbers of one are used by others, too.
		case typ == unix.IFLA_INFO_DATA && l.Kind == kindMACVLAN:
			attributes(v, func(typ uint16, v []byte) {
				if typ == unix.IFLA_MACVLAN_MODE {
					l.Mode = number(v)
				}
			})
		case typ == unix.IFLA_INFO_DATA && l.Kind == kindIPVLAN:
			attributes(v, func(typ uint16, v []byte) {
				if typ == unix.IFLA_IPVLAN_FLAGS && len(v) >= 2 {
					l.Mode = uint32(binary.NativeEndian.Uint16(v))
				}
			})
		case typ == unix.IFLA_INFO_DATA && l.Kind == kindVRF:
			attributes(v, func(typ uint16, v []byte) {
				if typ == unix.IFLA_VRF_TABLE {
					l.Table = number(v)
				}
			})
		}
	})
}
