//go:build e2e

package vrrp

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

func containsState(log string) bool {
	return strings.Contains(log, "Entering BACKUP STATE") || strings.Contains(log, "Entering MASTER STATE") ||
		strings.Contains(log, "Entering FAULT STATE")
}

// A forgery is a packet that must change nothing. It says priority 254, so that a
// daemon that believed it would yield.
type forgery struct {
	name string
	edit func(f *forged)
}

// forged is an advertisement before it is put on the wire.
type forged struct {
	src      netip.Addr
	ttl      byte
	body     []byte
	checksum bool // to be filled in
	cut      int  // bytes left off at the end
}

func forgeries() []forgery {
	return []forgery{
		{"wrong TTL", func(f *forged) { f.ttl = 254 }},
		{"wrong checksum", func(f *forged) { f.checksum = false }},
		{"unknown version", func(f *forged) { f.body[0] = 0x41 }},
		{"the other version", func(f *forged) { f.body[0] ^= 0x10 }},
		{"not an advertisement", func(f *forged) { f.body[0] = f.body[0]&0xf0 | 2 }},
		{"truncated header", func(f *forged) { f.cut = len(f.body) - 5 }},
		{"truncated address", func(f *forged) { f.cut = 2 }},
		{"more addresses than bytes", func(f *forged) { f.body[3] = 200 }},
		{"empty", func(f *forged) { f.cut = len(f.body) }},
		{"another router", func(f *forged) { f.body[1] = 99 }},
	}
}

// v2Forgeries6 leaves out authentication with a type of its own, which crashes a 2.2.7: its packet over IPv6 has none.
func v2Forgeries6() []forgery {
	return append(forgeries(), forgery{"another interval", func(f *forged) { f.body[5] = 9 }})
}

func v2Forgeries() []forgery {
	return append(forgeries(),
		forgery{"wrong password", func(f *forged) { f.body[12] ^= 0xff }},
		forgery{"no authentication", func(f *forged) { f.body[4] = 0; f.body = f.body[:len(f.body)-8] }},
		forgery{"unknown authentication", func(f *forged) { f.body[4] = 77 }},
		forgery{"another interval", func(f *forged) { f.body[5] = 9 }},
	)
}

func (s setup) forge(edit func(*forged)) []byte {
	f := forged{src: s.stranger, ttl: 255, checksum: true}
	var vips []byte
	for _, v := range s.vips {
		vips = append(vips, v.AsSlice()...)
	}
	n := byte(len(s.vips))
	if s.version == 2 {
		f.body = append([]byte{0x21, 51, 254, n, 0, byte(s.interval / time.Second), 0, 0}, vips...)
		if s.pass {
			f.body[4] = 1
			f.body = append(f.body, "sesame\x00\x00"...)
		}
	} else {
		cs := uint16(s.interval / (10 * time.Millisecond))
		f.body = append([]byte{0x31, 51, 254, n, byte(cs >> 8), byte(cs), 0, 0}, vips...)
	}
	edit(&f)
	dst := s.group
	sum := checksum(f.body)
	if s.version == 3 || s.six() {
		pseudo := append(append([]byte{}, f.src.AsSlice()...), dst.AsSlice()...)
		pseudo = append(pseudo, 0, 112, byte(len(f.body)>>8), byte(len(f.body)))
		sum = checksum(append(pseudo, f.body...))
	}
	if !f.checksum {
		sum ^= 0x5555
	}
	binary.BigEndian.PutUint16(f.body[6:], sum)
	f.body = f.body[:len(f.body)-f.cut]
	if s.six() {
		ip := append([]byte{0x6c, 0, 0, 0, byte(len(f.body) >> 8), byte(len(f.body)), 112, f.ttl}, f.src.AsSlice()...)
		return append(append(ip, dst.AsSlice()...), f.body...)
	}
	ip := make([]byte, 20, 20+len(f.body))
	ip[0], ip[1], ip[8], ip[9] = 0x45, 0xc0, f.ttl, 112
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(f.body)))
	copy(ip[12:], f.src.AsSlice())
	copy(ip[16:], dst.AsSlice())
	return append(ip, f.body...)
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

// TestForgeryIsBelievedWhenCorrect shows that the forged packets are good but for
// what each breaks: an unbroken one makes the master yield.
func TestForgeryIsBelievedWhenCorrect(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]setup{"v2_PASS": v2(), "v3": v3(), "v2_IPv6": v2().over6(), "v3_IPv6": v3().over6()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachPairing(t, s, func(p *pair) {
				p.startBoth()
				mark := p.mark(0)
				p.must(p.stranger.SendIP(p.group, p.forge(func(*forged) {})))
				p.logged(0, mark, "(VI_1) Entering BACKUP STATE")
			})
		})
	}
}

// TestMalformedChangesNothing sends every forgery to a pair several times over.
func TestMalformedChangesNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		s    setup
		list []forgery
	}{
		"v2_PASS": {v2(), v2Forgeries()}, "v3": {v3(), forgeries()},
		"v2_IPv6": {v2().over6(), v2Forgeries6()}, "v3_IPv6": {v3().over6(), forgeries()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachPairing(t, tt.s, func(p *pair) { p.withstand(tt.list) })
		})
	}
}

func (p *pair) withstand(list []forgery) {
	p.startBoth()
	before := time.Now()
	marks := [2]int{p.mark(0), p.mark(1)}
	for _, f := range list {
		for range 3 {
			p.must(p.stranger.SendIP(p.group, p.forge(f.edit)))
		}
		if p.count(0) != 1 || p.count(1) != 0 {
			p.Errorf("%s: the address moved", f.name)
		}
	}
	p.remains(0, p.masterDown(1)+p.interval)
	for i := range p.d {
		if log := p.d[i].Proc.LogSince(marks[i]); containsState(log) {
			p.Errorf("a transition on %s:\n%s", p.d[i].Name, log)
		}
	}
	if others := p.capture.Adverts(before, lab.From(p.addr[1])); len(others) > 0 {
		p.Errorf("the backup spoke: %v", others)
	}
	// keepalived starts its own interval anew at every packet, good or not
	// (semantics 1.21), so only the daemon under test has to keep its rhythm.
	if underTest(p.d[0]) {
		if worst, err := lab.Regular(p.capture.Adverts(before, lab.From(p.addr[0])), time.Now(), p.interval, p.interval/5+20*time.Millisecond); err != nil {
			p.Errorf("worst %v: %v", worst, err)
		}
	}
}

// TestOwnAddressIsIgnored: a packet that carries the receiver's own address, such
// as one that a broken switch sends back.
func TestOwnAddressIsIgnored(t *testing.T) {
	t.Parallel()
	eachPairing(t, v3(), func(p *pair) {
		if !underTest(p.d[0]) {
			p.Log("keepalived: not asked")
			return
		}
		p.startBoth()
		mark := p.mark(0)
		for range 5 {
			p.must(p.stranger.SendIP(p.group, p.forge(func(f *forged) { f.src = p.addr[0] })))
		}
		p.remains(0, p.masterDown(1)+p.interval)
		if log := p.d[0].Proc.LogSince(mark); containsState(log) {
			p.Errorf("a transition:\n%s", log)
		}
	})
}
