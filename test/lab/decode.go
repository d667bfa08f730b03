package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

const (
	vrrpProto    = 112
	ahProto      = 51
	ahLen        = 24
	ethHeader    = 14
	ipv6Header   = 40
	vrrpHeader   = 8
	typeARP      = 0x0806
	typeIPv4     = 0x0800
	typeIPv6     = 0x86dd
	arpLen       = 28
	arpOpReply   = 2
	advertPacket = 1
	icmpv6       = 58
	naLen        = 32
	naType       = 136
	naSolicited  = 0x40
)

func mac(b []byte) string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5])
}

// parseAdvert decodes an Ethernet frame with a VRRP advertisement. It is a second
// decoder on purpose: the daemon's own must not be its own witness.
func parseAdvert(frame []byte) (Advert, bool) {
	if len(frame) < ethHeader+20 {
		return Advert{}, false
	}
	a := Advert{MAC: mac(frame[6:12])}
	ip := frame[ethHeader:]
	var body []byte
	switch binary.BigEndian.Uint16(frame[12:]) {
	case typeIPv4:
		hl, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
		if hl < 20 || total < hl || total > len(ip) {
			return Advert{}, false
		}
		a.Src, a.Dst = netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20]))
		a.TTL, body = ip[8], ip[hl:total]
		switch {
		case ip[9] == vrrpProto:
		case ip[9] == ahProto && len(body) >= ahLen && body[0] == vrrpProto:
			a.AH, body = body[:ahLen], body[ahLen:]
		default:
			return Advert{}, false
		}
	case typeIPv6:
		if len(ip) < ipv6Header || ip[6] != vrrpProto {
			return Advert{}, false
		}
		total := ipv6Header + int(binary.BigEndian.Uint16(ip[4:]))
		if total > len(ip) {
			return Advert{}, false
		}
		a.Src, a.Dst = netip.AddrFrom16([16]byte(ip[8:24])), netip.AddrFrom16([16]byte(ip[24:40]))
		a.TTL, body = ip[7], ip[ipv6Header:total]
	default:
		return Advert{}, false
	}
	ok := a.parseMessage(body)
	return a, ok
}

func (a *Advert) parseMessage(b []byte) bool {
	if len(b) < vrrpHeader || b[0]&15 != advertPacket {
		return false
	}
	a.Raw = b
	a.Version, a.VRID, a.Priority = b[0]>>4, b[1], b[2]
	switch a.Version {
	case 2:
		a.AuthType, a.Interval = b[4], time.Duration(b[5])*time.Second
	case 3:
		a.Interval = time.Duration(binary.BigEndian.Uint16(b[4:])&0xfff) * 10 * time.Millisecond
	default:
		return false
	}
	size := 4
	if a.Src.Is6() {
		size = 16
	}
	for i := range int(b[3]) {
		at := vrrpHeader + i*size
		if at+size > len(b) {
			return false
		}
		addr, _ := netip.AddrFromSlice(b[at : at+size])
		a.Addrs = append(a.Addrs, addr)
	}
	return true
}

// parseGARP decodes an Ethernet frame with an ARP message whose sender asks for
// or announces its own address.
func parseGARP(frame []byte) (GARP, bool) {
	if len(frame) < ethHeader+arpLen || binary.BigEndian.Uint16(frame[12:]) != typeARP {
		return GARP{}, false
	}
	b := frame[ethHeader:]
	sender, target := netip.AddrFrom4([4]byte(b[14:18])), netip.AddrFrom4([4]byte(b[24:28]))
	if sender != target {
		return GARP{}, false
	}
	return GARP{MAC: mac(b[8:14]), Addr: sender, Reply: binary.BigEndian.Uint16(b[6:]) == arpOpReply}, true
}

// parseNA decodes an Ethernet frame with an unsolicited neighbour advertisement that
// has one option, the target's link-layer address.
func parseNA(frame []byte) (NA, bool) {
	if len(frame) < ethHeader+ipv6Header+naLen || binary.BigEndian.Uint16(frame[12:]) != typeIPv6 ||
		frame[ethHeader+6] != icmpv6 {
		return NA{}, false
	}
	b := frame[ethHeader+ipv6Header:]
	if b[0] != naType || b[4]&naSolicited != 0 || b[24] != 2 || b[25] != 1 {
		return NA{}, false
	}
	return NA{MAC: mac(b[26:32]), Addr: netip.AddrFrom16([16]byte(b[8:24])), Frame: frame}, true
}
