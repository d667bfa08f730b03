package vrrp

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/vrrp/wire"

	"pgregory.net/rapid"
)

// A signer is one of two directors that sign what they say, with a clock of its own.
type signer struct {
	core  *Core
	addr  netip.Addr
	setup Setup
	ahead time.Duration // its clock
}

// couple is a master (0) and its backup (1). Whatever is done to clocks and keys, they stay what they are.
type couple struct {
	t        *rapid.T
	now      time.Time
	d        [2]*signer
	recorded []Datagram // that the backup has heard
	todo     []func()   // what is left of a change of keys
	gone     uint64     // repetitions with a key that is no more
}

func hmacKeyOf(id uint8) config.HMACKey {
	return config.HMACKey{ID: id, Text: fmt.Sprintf("this is the secret of key %08d", id)}
}

func newCouple(t *rapid.T, replay config.AntiReplay) *couple {
	c := &couple{t: t, now: epoch}
	for i := range c.d {
		in := baseInstance("VI_1")
		in.Version, in.Priority = 3, uint8(200-50*i)
		in.HMAC = config.HMAC{Use: true, Active: 1, Keys: []config.HMACKey{hmacKeyOf(1)}, Window: 5 * time.Second, AntiReplay: replay}
		s := &signer{core: New(), addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + i)}), setup: Setup{Instances: []config.Instance{in}}}
		c.d[i] = s
		c.do(i, func() Output {
			return s.core.Link(c.now, Link{Name: "eth0", Exists: true, Up: true, Multicast: true, MTU: 1500, Addr4: s.addr})
		})
		c.do(i, func() Output { return s.core.Configure(c.now, s.setup) })
	}
	c.run(4 * time.Second)
	return c
}

// do calls a core with its clock, and brings what it sends to the other one.
func (c *couple) do(i int, call func() Output) {
	c.d[i].core.Clock(c.now, c.now.Add(c.d[i].ahead))
	for _, s := range slices.Clone(call().Send) {
		if c.d[1-i] == nil {
			continue
		}
		d := Datagram{Interface: "eth0", Src: s.Src, Dst: s.Dst, TTL: s.TTL, HeaderLen: 20, TotalLength: 20 + len(s.Payload),
			Payload: s.Payload}
		if i == 0 {
			c.recorded = append(c.recorded, d)
		}
		c.do(1-i, func() Output { return c.d[1-i].core.Receive(c.now, d) })
	}
}

func (c *couple) run(d time.Duration) {
	end := c.now.Add(d)
	for {
		next, who := end, -1
		for i, s := range c.d {
			if at, ok := s.core.Next(); ok && at.Before(next) {
				next, who = at, i
			}
		}
		if c.now = next; who < 0 {
			return
		}
		c.do(who, func() Output { return c.d[who].core.Expire(c.now) })
	}
}

// rotate plans a change to a new key: both have it before anybody signs with it, and nobody does without one that both
// have before the old one goes. Whoever is first is drawn each time.
func (c *couple) rotate(old, next uint8) {
	both := func(change func(h *config.HMAC)) {
		first := rapid.IntRange(0, 1).Draw(c.t, "first")
		for _, i := range []int{first, 1 - first} {
			c.todo = append(c.todo, func() {
				s := c.d[i]
				s.setup.Instances = slices.Clone(s.setup.Instances)
				change(&s.setup.Instances[0].HMAC)
				c.do(i, func() Output { return s.core.Configure(c.now, s.setup) })
			})
		}
	}
	both(func(h *config.HMAC) { h.Keys = []config.HMACKey{hmacKeyOf(old), hmacKeyOf(next)} })
	both(func(h *config.HMAC) { h.Active = next })
	both(func(h *config.HMAC) { h.Keys = []config.HMACKey{hmacKeyOf(next)} })
}

// replays sends the backup something that it has heard.
func (c *couple) replays() {
	before := c.d[1].core.Status()[0]
	d := rapid.SampledFrom(c.recorded).Draw(c.t, "recorded")
	c.do(1, func() Output { return c.d[1].core.Receive(c.now, d) })
	after := c.d[1].core.Status()[0]
	c.gone += after.Counters.AuthExtUnknownKey - before.Counters.AuthExtUnknownKey
	if after.Counters.AdvertReceived != before.Counters.AdvertReceived || after.Next != before.Next {
		c.t.Fatalf("a repetition was accepted")
	}
}

// TestSemantics2_14_KeysAndClocksMoveNobody: a master stays master and its backup backup while clocks are set, keys are
// changed and old adverts are repeated, in any order.
func TestSemantics2_14_KeysAndClocksMoveNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		replay := rapid.SampledFrom([]config.AntiReplay{config.ReplayTime, config.ReplayMonotonic}).Draw(t, "anti_replay")
		c := newCouple(t, replay)
		key := uint8(1)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				c.run(time.Duration(rapid.IntRange(1, 4000).Draw(t, "ms")) * time.Millisecond)
			case 1:
				s := c.d[rapid.IntRange(0, 1).Draw(t, "whose clock")]
				s.ahead += time.Duration(rapid.IntRange(-100000, 100000).Draw(t, "seconds")) * time.Second
			case 2:
				if len(c.todo) == 0 {
					c.rotate(key, key+1)
					key++
				}
				c.todo[0]()
				c.todo = c.todo[1:]
			case 3:
				c.replays()
			}
		}
		c.run(10 * time.Second)
		m, b := c.d[0].core.Status()[0], c.d[1].core.Status()[0]
		if m.State != Master || b.State != Backup || m.Counters.BecameMaster != 1 || b.Counters.BecameMaster != 0 {
			t.Fatalf("%s and %s, became master %d and %d times; backup: %+v", m.State, b.State, m.Counters.BecameMaster,
				b.Counters.BecameMaster, b.Counters)
		}
		if n := b.Counters.AuthExtStale + b.Counters.AuthExtUnknownKey + b.Counters.AuthExtInvalidHMAC; n != c.gone {
			t.Fatalf("adverts were lost: %+v", b.Counters)
		}
	})
}

// TestSemantics2_14_SendersAreBounded: whoever has a key cannot fill the memory, and the one heard last stays known.
func TestSemantics2_14_SendersAreBounded(t *testing.T) {
	var s stamps
	for n := range 100 {
		s.heard(epoch.Add(time.Duration(n)*time.Second), netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), uint64(n))
	}
	if len(s.senders) != maxSenders || s.find(netip.AddrFrom4([4]byte{10, 0, 0, 99})) < 0 || s.find(netip.AddrFrom4([4]byte{10, 0, 0, 67})) >= 0 {
		t.Errorf("%v", s.senders)
	}
}

// TestSemantics2_14_CapacityInEveryMode: the trailer has its room also where nothing is signed yet.
func TestSemantics2_14_CapacityInEveryMode(t *testing.T) {
	for _, mode := range []config.HMACMode{config.HMACEnforce, config.HMACPermissive, config.HMACReceiveOnly} {
		in := config.Instance{Version: 3, HMAC: config.HMAC{Use: true, Mode: mode}}
		bare := config.Instance{Version: 3}
		if got, want := packetCapacity(&in, 300), packetCapacity(&bare, 300-wire.TrailerLen); got != want {
			t.Errorf("mode %d: %d addresses, want %d", mode, got, want)
		}
	}
}
