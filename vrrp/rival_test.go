package vrrp

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/vrrp/wire"
)

// meets is a Core with one router of version 3, and what it has told of second masters, by peer.
type meets struct {
	t     *rapid.T
	core  *Core
	now   time.Time
	heard map[netip.Addr]time.Time // with a lower priority
	open  map[netip.Addr]bool
	lines int
}

func (m *meets) do(o Output) {
	for _, n := range o.Notify {
		switch n.State {
		case NotifyTwoMasters:
			if m.open[n.Peer] {
				m.t.Fatalf("%s: begins again: %v", m.now.Sub(epoch), n)
			}
			m.open[n.Peer] = true
		case NotifyTwoMastersOver:
			if !m.open[n.Peer] {
				m.t.Fatalf("%s: is over, and never began: %v", m.now.Sub(epoch), n)
			}
			delete(m.open, n.Peer)
		}
	}
	for _, l := range o.Log {
		if strings.Contains(l.Text, "two masters") {
			m.lines++
		}
	}
}

// until lets timers run as they are due.
func (m *meets) until(end time.Time) {
	for {
		at, ok := m.core.Next()
		if !ok || at.After(end) {
			m.now = end
			return
		}
		m.now = at
		m.do(m.core.Expire(at))
	}
}

// Whoever sends whatever adverts: what is told of each other router begins and ends in turn, ends an interval and a quarter
// after its last advert at the latest, and what is known of others has a bound.
func TestEpisodesOfTwoMasters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := baseInstance("VI_1")
		in.Version, in.Priority = 3, uint8(rapid.SampledFrom([]int{1, 100, 254}).Draw(t, "priority"))
		m := &meets{t: t, core: New(), now: epoch, heard: map[netip.Addr]time.Time{}, open: map[netip.Addr]bool{}}
		m.core.Link(epoch, Link{Name: "eth0", Exists: true, Up: true, Multicast: true, MTU: 1500, Addr4: netip.MustParseAddr("10.0.0.9")})
		m.do(m.core.Configure(epoch, Setup{Instances: append(Setup{}.Instances, in)}))
		m.until(m.now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "begin")) * time.Millisecond))
		for range rapid.IntRange(0, 120).Draw(t, "adverts") {
			m.until(m.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 200, 1000, 1100, 4000}).Draw(t, "pause")) * time.Millisecond))
			r := recipe{VRID: 51, Prio: uint8(rapid.SampledFrom([]int{0, 50, 100, 200}).Draw(t, "prio")), Version: 3, TTL: 255, Type: 1,
				Int: time.Duration(rapid.SampledFrom([]int{10, 1000}).Draw(t, "interval")) * time.Millisecond, Iface: "eth0",
				Src: netip.AddrFrom4([4]byte{10, 0, 0, byte(rapid.IntRange(10, 40).Draw(t, "src"))}), Dst: wire.Group4(), VIPs: in.VIPs}
			d, err := r.datagram()
			if err != nil {
				t.Fatal(err)
			}
			m.heard[r.Src] = m.now
			m.do(m.core.Receive(m.now, d))
			st := m.core.Status()[0]
			if len(st.Rivals) > maxRivals || len(m.core.machines[0].voices) > maxVoices {
				t.Fatalf("knows %d others", len(st.Rivals))
			}
			for peer := range m.open {
				if m.now.Sub(m.heard[peer]) > 1250*time.Millisecond {
					t.Fatalf("%s: %s was heard %s ago", m.now.Sub(epoch), peer, m.now.Sub(m.heard[peer]))
				}
			}
		}
		m.until(m.now.Add(1250 * time.Millisecond))
		if len(m.open) > 0 {
			t.Fatalf("not over: %v", m.open)
		}
	})
}

// Whoever forges senders, one after the other, gets few lines.
func TestForgedMastersGetFewLines(t *testing.T) {
	c, now := pairOfStates(t)
	lines := 0
	for n := range 10_000 {
		r := recipe{VRID: 51, Prio: 1, Version: 2, TTL: 255, Type: 1, Int: time.Second, Iface: "eth0", Auth: 1, Pass: "secret",
			Src: netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}), Dst: wire.Group4(), VIPs: baseInstance("").VIPs}
		d, err := r.datagram()
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Millisecond)
		for _, o := range []Output{c.Receive(now, d), c.Expire(now)} {
			for _, l := range o.Log {
				if !strings.Contains(l.Text, "discarding") {
					lines++
				}
			}
		}
	}
	if lines < 2*maxRivals || lines > 4*maxRivals+2 {
		t.Errorf("%d lines in 10 s", lines)
	}
}

// Strangers are named once each, with their address; a flood of them gets a number of lines and a piece of memory that do not
// depend on it, and does not keep later ones from being named.
func TestStrangersAreNamedOnce(t *testing.T) {
	c, now := pairOfStates(t)
	c.setup.LogUnknown = true
	say := func(vrid, a, b byte) (text []string) {
		r := recipe{VRID: vrid, Prio: 1, Version: 2, TTL: 255, Type: 1, Int: time.Second, Iface: "eth0",
			Src: netip.AddrFrom4([4]byte{10, 1, a, b}), Dst: wire.Group4(), VIPs: baseInstance("").VIPs}
		d, err := r.datagram()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range c.Receive(now, d).Log {
			text = append(text, l.Text)
		}
		return text
	}
	want := "Unknown VRID(99) received on interface(eth0). ignoring... (from 10.1.0.1, said once)"
	if got := say(99, 0, 1); len(got) != 1 || got[0] != want {
		t.Errorf("said %q", got)
	}
	if got := say(99, 0, 1); got != nil {
		t.Errorf("said again: %q", got)
	}
	// Those that live on interfaces of their own upon this one hear their adverts there.
	above := baseInstance("")
	above.VRID = 98
	c.machines = append(c.machines, &machine{cfg: &above, place: Place{Own: "vrrp.98"}})
	if got := say(98, 0, 1); got != nil {
		t.Errorf("said of one that is configured: %q", got)
	}
	c.machines = c.machines[:len(c.machines)-1]
	lines := 0
	for n := range 255 * 200 {
		now = now.Add(100 * time.Microsecond)
		vrid := byte(n % 255)
		if vrid < 51 || vrid > 55 { // those are configured
			lines += len(say(vrid, 1, byte(n/255)))
		}
	}
	if lines > strangerLines {
		t.Errorf("%d lines in 5 s", lines)
	}
	if n := len(c.strangers.heard); n > maxStrangers || len(c.strangers.order) > maxStrangers {
		t.Errorf("%d are remembered", n)
	}
	now = now.Add(strangerSilent + time.Second)
	got := strings.Join(say(98, 2, 2), "\n")
	if !strings.Contains(got, "from 10.1.2.2, said once") || !strings.Contains(got, "adverts of other senders were not told of") {
		t.Errorf("said %q", got)
	}
	for n := range 10 * maxStrangers { // the table is full, and everybody in it silent
		now = now.Add(time.Minute)
		if got := say(97, byte(3+n>>8), byte(n)); len(got) == 0 {
			t.Fatalf("%s is not named", fmt.Sprint(n))
		}
	}
	if n := len(c.strangers.heard); n != maxStrangers {
		t.Errorf("%d are remembered", n)
	}
}
