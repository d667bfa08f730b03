package kernel

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// This file is the kernel's side of the interface: it decodes commands and encodes
// entries, with the library's codec and the numbers of linux/ip_vs.h written out.

func decode(b []byte, each func(kind uint16, ad *netlink.AttributeDecoder)) {
	ad, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		panic(err)
	}
	for ad.Next() {
		each(ad.Type(), ad)
	}
	if ad.Err() != nil {
		panic(ad.Err())
	}
}

func decodeCommand(op ipvs.Op, b []byte) ipvs.Command {
	c := ipvs.Command{Op: op}
	decode(b, func(kind uint16, ad *netlink.AttributeDecoder) {
		switch kind {
		case 1:
			c.Service, c.Settings = decodeService(ad.Bytes())
		case 2:
			c.Dest, c.DestSettings = decodeDest(ad.Bytes())
		}
	})
	return c
}

func decodeAddr(family uint16, b []byte) netip.Addr {
	a, ok := netip.AddrFromSlice(b)
	if !ok || a.Is4() != (family == 2) {
		panic("address and family do not agree")
	}
	return a
}

func decodeService(b []byte) (ipvs.ServiceID, ipvs.ServiceSettings) {
	var id ipvs.ServiceID
	var s ipvs.ServiceSettings
	var addr, mask []byte
	decode(b, func(kind uint16, ad *netlink.AttributeDecoder) {
		switch kind {
		case 1:
			id.Family = ipvs.Family(ad.Uint16())
		case 2:
			id.Protocol = ipvs.Protocol(ad.Uint16())
		case 3:
			addr = ad.Bytes()
		case 4:
			id.Port = binary.BigEndian.Uint16(ad.Bytes())
		case 5:
			id.FWMark = ad.Uint32()
		case 6:
			s.Scheduler = ad.String()
		case 7:
			s.Flags = ipvs.Flags(binary.NativeEndian.Uint32(ad.Bytes()))
			if binary.NativeEndian.Uint32(ad.Bytes()[4:]) != 1<<32-1 {
				panic("flags masked")
			}
		case 8:
			s.Timeout = time.Duration(ad.Uint32()) * time.Second
		case 9:
			mask = ad.Bytes()
		case 11:
			s.Engine = ad.String()
		}
	})
	if id.FWMark == 0 {
		id.Addr = decodeAddr(uint16(id.Family), addr)
	}
	switch {
	case mask == nil:
	case id.Family == ipvs.IPv6:
		s.PrefixLen = uint8(binary.NativeEndian.Uint32(mask))
	default:
		m := binary.BigEndian.Uint32(mask)
		for ; m&(1<<31) != 0; m <<= 1 {
			s.PrefixLen++
		}
		if m != 0 || s.PrefixLen == 0 {
			s.PrefixLen, s.OddMask = ipvs.NotPrefix, [4]byte(mask)
		}
	}
	return id, s
}

func decodeDest(b []byte) (ipvs.DestID, ipvs.DestSettings) {
	var d ipvs.DestID
	var s ipvs.DestSettings
	var family uint16
	var addr []byte
	decode(b, func(kind uint16, ad *netlink.AttributeDecoder) {
		switch kind {
		case 1:
			addr = ad.Bytes()
		case 2:
			d.Port = binary.BigEndian.Uint16(ad.Bytes())
		case 3:
			s.Method = ipvs.Method(ad.Uint32())
		case 4:
			s.Weight = int32(ad.Uint32())
		case 5:
			s.UpperThreshold = ad.Uint32()
		case 6:
			s.LowerThreshold = ad.Uint32()
		case 11:
			family = ad.Uint16()
		case 13:
			s.Tunnel.Type = ipvs.TunnelType(ad.Uint8())
		case 14:
			s.Tunnel.Port = binary.BigEndian.Uint16(ad.Bytes())
		case 15:
			s.Tunnel.Checksum = ipvs.TunnelChecksum(ad.Uint16())
		}
	})
	d.Addr = decodeAddr(family, addr)
	return d, s
}

func decodeTimeouts(b []byte) ipvs.Timeouts {
	var t ipvs.Timeouts
	decode(b, func(kind uint16, ad *netlink.AttributeDecoder) {
		field := map[uint16]*time.Duration{4: &t.TCP, 5: &t.TCPFin, 6: &t.UDP}[kind]
		*field = time.Duration(ad.Uint32()) * time.Second
	})
	return t
}

func encodeTimeouts(t ipvs.Timeouts) []byte {
	ae := netlink.NewAttributeEncoder()
	ae.Uint32(4, uint32(t.TCP/time.Second))
	ae.Uint32(5, uint32(t.TCPFin/time.Second))
	ae.Uint32(6, uint32(t.UDP/time.Second))
	return must(ae)
}

// encodeInfo is version 1.2.1 with 4096 buckets.
func encodeInfo() []byte {
	ae := netlink.NewAttributeEncoder()
	ae.Uint32(1, 0x010201)
	ae.Uint32(2, 4096)
	return must(ae)
}

// addr16 is an address as the kernel reports it: a union of both families' sizes.
func addr16(a netip.Addr) []byte {
	b := make([]byte, 16)
	copy(b, a.AsSlice())
	return b
}

func encodeService(id ipvs.ServiceID, s ipvs.ServiceSettings) []byte {
	ae := netlink.NewAttributeEncoder()
	ae.Nested(1, func(ae *netlink.AttributeEncoder) error {
		ae.Uint16(1, uint16(id.Family))
		if id.FWMark != 0 {
			ae.Uint32(5, id.FWMark)
		} else {
			ae.Uint16(2, uint16(id.Protocol))
			ae.Bytes(3, addr16(id.Addr))
			ae.Bytes(4, binary.BigEndian.AppendUint16(nil, id.Port))
		}
		ae.String(6, s.Scheduler)
		if s.Engine != "" {
			ae.String(11, s.Engine)
		}
		flags := binary.NativeEndian.AppendUint32(nil, uint32(s.Flags)|0x2) // "hashed"
		ae.Bytes(7, binary.NativeEndian.AppendUint32(flags, 1<<32-1))
		ae.Uint32(8, uint32(s.Timeout/time.Second))
		if id.Family == ipvs.IPv6 {
			ae.Uint32(9, uint32(s.PrefixLen))
		} else if s.PrefixLen == ipvs.NotPrefix {
			ae.Bytes(9, s.OddMask[:])
		} else {
			ones := netip.MustParseAddr("255.255.255.255")
			p, err := ones.Prefix(int(s.PrefixLen))
			if err != nil {
				panic(err)
			}
			ae.Bytes(9, p.Addr().AsSlice())
		}
		ae.Nested(10, encodeStats32)
		ae.Nested(12, encodeStats64)
		ae.Uint32(99, 1) // from a later kernel
		return nil
	})
	return must(ae)
}

func encodeDest(d ipvs.DestID, s ipvs.DestSettings) []byte {
	ae := netlink.NewAttributeEncoder()
	ae.Nested(2, func(ae *netlink.AttributeEncoder) error {
		ae.Bytes(1, addr16(d.Addr))
		ae.Bytes(2, binary.BigEndian.AppendUint16(nil, d.Port))
		ae.Uint32(3, uint32(s.Method)|0x100) // "inactive"
		ae.Uint32(4, uint32(s.Weight))
		ae.Uint32(5, s.UpperThreshold)
		ae.Uint32(6, s.LowerThreshold)
		ae.Uint32(7, 1)
		ae.Uint32(8, 2)
		ae.Uint32(9, 3)
		ae.Uint16(11, uint16(ipvs.FamilyOf(d.Addr)))
		ae.Nested(10, encodeStats32)
		ae.Nested(12, encodeStats64)
		ae.Uint8(13, uint8(s.Tunnel.Type))
		ae.Bytes(14, binary.BigEndian.AppendUint16(nil, s.Tunnel.Port))
		ae.Uint16(15, uint16(s.Tunnel.Checksum))
		ae.Uint32(99, 1) // from a later kernel
		return nil
	})
	return must(ae)
}

func encodeStats32(ae *netlink.AttributeEncoder) error {
	for kind := uint16(1); kind <= 10; kind++ {
		if kind == 4 || kind == 5 {
			ae.Uint64(kind, uint64(kind))
		} else {
			ae.Uint32(kind, uint32(kind))
		}
	}
	return nil
}

func encodeStats64(ae *netlink.AttributeEncoder) error {
	for kind := uint16(1); kind <= 10; kind++ {
		ae.Uint64(kind, 1<<40+uint64(kind))
	}
	return nil
}

func must(ae *netlink.AttributeEncoder) []byte {
	b, err := ae.Encode()
	if err != nil {
		panic(err)
	}
	return b
}

func (k *netlinkKernel) services() ([]genetlink.Message, error) {
	t, err := k.ipvs.Read()
	if err != nil {
		return nil, err
	}
	var out []genetlink.Message
	for id, s := range t {
		out = append(out, genetlink.Message{Data: encodeService(id, s.Settings)})
	}
	return out, nil
}

func (k *netlinkKernel) service(id ipvs.ServiceID) ([]genetlink.Message, error) {
	s, err := k.ipvs.ReadService(id)
	if err != nil {
		return nil, err
	}
	return []genetlink.Message{{Data: encodeService(id, s.Settings)}}, nil
}

func (k *netlinkKernel) dests(id ipvs.ServiceID) ([]genetlink.Message, error) {
	s, err := k.ipvs.ReadService(id)
	if err != nil {
		return nil, nil // a kernel dumps nothing
	}
	var out []genetlink.Message
	// The one that was added last is the first.
	for _, d := range slices.Backward(k.ipvs.Known(id).Added()) {
		out = append(out, genetlink.Message{Data: encodeDest(d, s.Dests[d])})
	}
	return out, nil
}
