//go:build e2e

package meaning

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"net/netip"
)

// secure lets scripts run, as root.
const secure = `
global_defs {
    enable_script_security
    script_user root
}
`

// fast is the text of an instance of version 3 that is master within half a
// second; its address is 10.0.0.VRID.
func fast(name string, vrid int, more string) string {
	return fmt.Sprintf(`
vrrp_instance %s {
    interface eth0
    virtual_router_id %d
    version 3
    advert_int 0.1
    garp_master_delay 0
    %s
    virtual_ipaddress {
        10.0.0.%d
    }
}
`, name, vrid, more, vrid)
}

// A forged advertisement comes from the other host.
type forged struct {
	version, vrid, priority byte
	interval                uint16 // in the version's unit
	addrs                   []string
	ah                      uint32 // sequence number of an authentication header, 0 for none; the password is key
	key                     string
}

// The addresses of IPv6 of the other host, and where they send to.
var (
	peerAddr6 = netip.MustParseAddr("fe80::ff:fe00:52")
	group6    = netip.MustParseAddr("ff02::12")
)

// hear makes the director hear an advertisement; its family is that of its addresses.
func (b *bench) hear(f forged) {
	src, dst := peerAddr.Addr(), netip.MustParseAddr("224.0.0.18")
	six := len(f.addrs) > 0 && netip.MustParseAddr(f.addrs[0]).Is6()
	if six {
		src, dst = peerAddr6, group6
	}
	body := []byte{f.version<<4 | 1, f.vrid, f.priority, byte(len(f.addrs)), byte(f.interval >> 8), byte(f.interval), 0, 0}
	for _, a := range f.addrs {
		body = append(body, netip.MustParseAddr(a).AsSlice()...)
	}
	pseudo := slicesOf(src.AsSlice(), dst.AsSlice(), []byte{0, protoVRRP, 0, byte(len(body))})
	if f.version == 2 && !six {
		body, pseudo = append(body, make([]byte, 8)...), nil
	}
	binary.BigEndian.PutUint16(body[6:], checksum(slicesOf(pseudo, body)))
	if six {
		b.must(b.neighbour.SendIP(dst, slicesOf([]byte{0x6c, 0, 0, 0, 0, byte(len(body)), protoVRRP, 255}, src.AsSlice(), dst.AsSlice(), body)))
		return
	}
	if f.ah != 0 {
		b.must(b.neighbour.SendIP(dst, f.sealed(src, dst, body)))
		return
	}
	ip := slicesOf([]byte{0x45, 0xc0, 0, byte(20 + len(body)), 0, 0, 0, 0, 255, protoVRRP, 0, 0}, src.AsSlice(), dst.AsSlice(), body)
	b.must(b.neighbour.SendIP(dst, ip))
}

// sealed is the datagram of a multicast with an authentication header. It is a second writer on purpose.
func (f forged) sealed(src, dst netip.Addr, body []byte) []byte {
	body[4] = 2
	clear(body[6:8])
	binary.BigEndian.PutUint16(body[6:], checksum(body))
	ah := slicesOf([]byte{protoVRRP, 4, 0, 0}, src.AsSlice(), binary.BigEndian.AppendUint32(nil, f.ah))
	ip := func(tos byte, check []byte) []byte {
		return slicesOf([]byte{0x45, tos, 0, byte(20 + ahLen + len(body)), 0, 7, 0, 0, 255, protoAH, 0, 0}, src.AsSlice(), dst.AsSlice(), ah, check, body)
	}
	m := hmac.New(md5.New, []byte(f.key))
	m.Write(ip(0, make([]byte, 12)))
	return ip(0xc0, m.Sum(nil)[:12])
}

func slicesOf(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// checksum is the Internet checksum, RFC 1071; b's own field must be zero.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(b[i]) << 8
		if i+1 < len(b) {
			sum += uint32(b[i+1])
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
