//go:build e2e

package meaning

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"holdfast/test/lab"
)

const (
	ethHeader  = 14
	ipv6Header = 40
	typeARP    = 0x0806
	typeIPv4   = 0x0800
	typeIPv6   = 0x86dd
	protoVRRP  = 112
	protoAH    = 51
	ahLen      = 24

	protoICMPv6 = 58
	typeNA      = 136
	solicited   = 0x40
)

// A router is what was sent for one virtual router.
type router struct {
	packets []string // one after the other, each once however often it came
	times   []time.Time
}

// adverts tells which advertisements were sent, by virtual router, and, with
// timed, how fast they came.
func adverts(frames []lab.Frame, timed bool) string {
	routers := map[string]*router{}
	for _, f := range frames {
		who, packet, ok := advert(f.Data)
		if !ok {
			continue
		}
		if routers[who] == nil {
			routers[who] = new(router)
		}
		r := routers[who]
		if n := len(r.packets); n == 0 || r.packets[n-1] != packet {
			r.packets = append(r.packets, packet)
		}
		r.times = append(r.times, f.At)
	}
	var out strings.Builder
	for _, who := range slices.Sorted(maps.Keys(routers)) {
		r := routers[who]
		if g := gaps(r.times); timed && len(g) > 2 {
			who += " every " + class(median(g))
		}
		fmt.Fprintln(&out, who)
		for _, p := range r.packets {
			fmt.Fprintln(&out, " ", p)
		}
	}
	return out.String()
}

// isOurs reports whether a hardware address is one that this host sends from: that of its interface, of a virtual
// router (RFC 9568 section 7.3), or the one that a scene gives to a virtual MAC interface.
func isOurs(mac string) bool {
	return mac == ownMAC || mac == givenMAC || strings.HasPrefix(mac, "00:00:5e:00:")
}

// advert describes an advertisement of this host: the address fields of the link
// layer, the IP header as far as it is not chance, and the message.
func advert(b []byte) (who, text string, ok bool) {
	from := net.HardwareAddr(b[6:12]).String()
	if !isOurs(from) {
		return "", "", false
	}
	ip := b[ethHeader:]
	var src, dst netip.Addr
	switch binary.BigEndian.Uint16(b[12:]) {
	case typeIPv4:
		if ip[9] != protoVRRP && ip[9] != protoAH {
			return "", "", false
		}
		ah := ip[9] == protoAH
		size, total := int(ip[0]&15)*4, binary.BigEndian.Uint16(ip[2:])
		src, dst = netip.AddrFrom4([4]byte(ip[12:])), netip.AddrFrom4([4]byte(ip[16:]))
		text = fmt.Sprintf("header %x tos %x fragment %x ttl %d", ip[0], ip[1], ip[6:8], ip[8])
		ip = ip[size:total]
		if ah { // number and check are another one in every packet
			text += fmt.Sprintf(" AH %x", ip[:8])
			ip = ip[ahLen:]
		}
	case typeIPv6:
		if ip[6] != protoVRRP {
			return "", "", false
		}
		src, dst = netip.AddrFrom16([16]byte(ip[8:])), netip.AddrFrom16([16]byte(ip[24:]))
		text = fmt.Sprintf("header %x%x hops %d", ip[0], ip[1]&0xf0, ip[7]) // the flow label is chance
		ip = ip[ipv6Header : ipv6Header+int(binary.BigEndian.Uint16(ip[4:]))]
	default:
		return "", "", false
	}
	who = fmt.Sprintf("v%d vrid %3d %v to %v", ip[0]>>4, ip[1], src, dst)
	return who, fmt.Sprintf("%s to %v %s %x", from, net.HardwareAddr(b[:6]), text, ip), true
}

func gaps(times []time.Time) []time.Duration {
	var out []time.Duration
	for i := 1; i < len(times); i++ {
		out = append(out, times[i].Sub(times[i-1]))
	}
	return out
}

func median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// classes of durations; a duration belongs to the nearest by ratio.
var classes = []time.Duration{10 * time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
	400 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second, 5 * time.Second, 8 * time.Second}

func class(d time.Duration) string {
	ratio := func(c time.Duration) float64 { return max(float64(d)/float64(c), float64(c)/float64(max(d, 1))) }
	best := slices.MinFunc(classes, func(a, b time.Duration) int {
		if ratio(a) < ratio(b) {
			return -1
		}
		return 1
	})
	return best.String()
}

// burst is the longest gap inside a burst of announcements.
const burst = 450 * time.Millisecond

// announcements tells what the instances announced on a link: one line for each
// packet of a burst, and the pauses between bursts, which a user-mode kernel makes
// as it likes.
func (s *scene) announcements(link string, frames []lab.Frame) string {
	owner := s.owners()
	by := map[string]*bursts{}
	for _, f := range frames {
		addr, text, ok := announcement(f.Data)
		if !ok || net.HardwareAddr(f.Data[6:12]).String() == peerMAC {
			continue
		}
		who := fmt.Sprintf("%s %s %s", link, owner[addr], strings.Fields(text)[0]) // ARP and NA go their own ways
		if by[who] == nil {
			by[who] = &bursts{timed: s.timed, paced: !s.ipvs}
		}
		by[who].add(f.At, text)
	}
	var out strings.Builder
	for _, who := range slices.Sorted(maps.Keys(by)) {
		by[who].spacing()
		fmt.Fprintf(&out, "%s:\n%s", who, by[who].text.String())
	}
	return out.String()
}

// bursts are the announcements of one instance on one link.
type bursts struct {
	timed bool // the lengths of pauses between bursts count
	paced bool // pauses count at all
	text  strings.Builder
	times []time.Time // in the burst
	last  time.Time
}

func (b *bursts) add(at time.Time, text string) {
	if gap := at.Sub(b.last); b.paced && !b.last.IsZero() && gap > burst {
		b.spacing()
		pause := "later"
		if b.timed {
			pause = class(gap) + " later"
		}
		fmt.Fprintf(&b.text, " %s\n", pause)
	}
	b.last, b.times = at, append(b.times, at)
	fmt.Fprintln(&b.text, " ", text)
}

// spacing ends a burst.
func (b *bursts) spacing() {
	if b.paced && len(b.times) > 1 {
		if m := median(gaps(b.times)); m > 2*classes[0] {
			fmt.Fprintf(&b.text, "  spaced by %s\n", class(m))
		}
	}
	b.times = nil
}

// announcement describes a gratuitous ARP message or an unsolicited neighbour
// advertisement. What pads a frame to the least an Ethernet carries is left out.
func announcement(b []byte) (addr netip.Addr, text string, ok bool) {
	p := b[ethHeader:]
	switch binary.BigEndian.Uint16(b[12:]) {
	case typeARP:
		sender, target := netip.AddrFrom4([4]byte(p[14:])), netip.AddrFrom4([4]byte(p[24:]))
		if sender != target || b[0]&1 == 0 { // to one host it is the kernel's answer
			return addr, "", false
		}
		return sender, fmt.Sprintf("ARP %d to %v: %v is at %v, target %v", p[7], net.HardwareAddr(b[:6]),
			sender, net.HardwareAddr(p[8:14]), net.HardwareAddr(p[18:24])), true
	case typeIPv6:
		if p[6] != protoICMPv6 || p[ipv6Header] != typeNA || p[ipv6Header+4]&solicited != 0 {
			return addr, "", false
		}
		addr = netip.AddrFrom16([16]byte(p[8:]))
		return addr, fmt.Sprintf("NA to %v: %v to %v hops %d %x", net.HardwareAddr(b[:6]), addr, netip.AddrFrom16([16]byte(p[24:])), p[7], p[ipv6Header:]), true
	}
	return addr, "", false
}
