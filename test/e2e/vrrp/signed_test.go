//go:build e2e

package vrrp

import (
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// signedWays are what adverts may be that auth_hmac signs.
func signedWays() map[string]setup {
	unicast := v3() // and not version 2: the wire tests have it, and its seconds are long
	unicast.unicast = true
	return map[string]setup{"v3": v3(), "v3 unicast": unicast, "v3 IPv6": v3().over6()}
}

// TestSemantics2_14_SignedPair: two directors of ours elect a master, exchange their keys with reloads under way, and hand
// over, without a transition that is not asked for. A stranger is not heard, with an advert of its own or one of the master's.
func TestSemantics2_14_SignedPair(t *testing.T) {
	ours := slices.DeleteFunc(pairings(), func(p [2]string) bool { return p[0] == "keepalived" || p[1] == "keepalived" })
	for name, s := range signedWays() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachOf(t, ours, func(t *lab.Trial, programs [2]string) { signedPair(t, s, programs) })
		})
	}
}

func signedPair(t *lab.Trial, s setup, programs [2]string) {
	one, two := strings.Repeat("first key. ", 3), strings.Repeat("second key ", 3)
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(one+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key1, key2 := "key 1 file:"+file, "key 2 hex:"+hex.EncodeToString([]byte(two))
	block := func(lines ...string) string {
		return "    auth_hmac {\n        " + strings.Join(lines, "\n        ") + "\n    }\n"
	}
	first := block(key1, "active_key 1")
	s.extra = [2]string{first, first}
	p := newPair(t, s, programs)
	p.startBoth()
	marks := [2]int{p.mark(0), p.mark(1)}

	now := first
	for _, next := range []string{
		block(key1, key2, "active_key 1"), block(key1, key2, "active_key 2"), block(key2, "active_key 2"),
	} {
		for i, d := range p.d { // one after the other, with adverts in between
			mark := p.mark(i)
			p.must(d.Edit(now, next))
			p.must(d.Reload())
			p.logged(i, mark, "Reload complete")
			p.hears(2)
		}
		now = next
	}
	p.replay()
	p.remains(0, p.masterDown(1)+p.interval)
	for i, d := range p.d {
		if log := d.Logs()[marks[i]:]; containsState(log) || strings.Contains(d.Logs(), "first key") || strings.Contains(log, hex.EncodeToString([]byte(two))) {
			t.Errorf("%s had a transition, or told a key:\n%s", d.Name, log)
		}
	}
	p.logged(1, marks[1], "(VI_1) auth_hmac: the advert is not signed")
	p.logged(1, marks[1], "(VI_1) auth_hmac: not newer than what was heard before")

	at := time.Now()
	p.terminate(0)
	p.becomesMaster(1, at, time.Second)
}

// hears waits for so many adverts of the master that begin now.
func (p *pair) hears(n int) {
	p.Helper()
	for range n {
		_, err := p.capture.Wait(time.Now(), 3*p.interval, "an advert of the master", lab.From(p.addr[0]))
		p.must(err)
	}
}

// replay makes the stranger send the master's last advert again, and one that is not signed, both in the master's name.
func (p *pair) replay() {
	list := p.capture.Adverts(time.Time{}, lab.From(p.addr[0]))
	last := list[len(list)-1]
	bare := slices.Clone(last.Raw[:len(last.Raw)-28])
	for _, body := range [][]byte{last.Raw, bare} {
		p.must(p.stranger.SendIP(last.Dst, datagram(last.Src, last.Dst, body)))
	}
}

// datagram is an IP datagram with an advert.
func datagram(src, dst netip.Addr, body []byte) []byte {
	head := []byte{0x45, 0xc0, 0, byte(20 + len(body)), 0, 0, 0, 0, 255, 112, 0, 0}
	if src.Is6() {
		head = []byte{0x6c, 0, 0, 0, 0, byte(len(body)), 112, 255}
	}
	return slices.Concat(head, src.AsSlice(), dst.AsSlice(), body)
}
