package vrrp

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/vrrp/wire"
)

// pairOfStates is a core with a master (VRID 51), a backup (52) that hears a better
// master, one in FAULT (53), a version 3 unicast master (54) and a backup (55).
func pairOfStates(t testing.TB) (*Core, time.Time) {
	s := &stage{core: New(), now: epoch}
	for _, line := range [][]string{
		{"link", "eth0"},
		{"link", "eth1", "Up=false"},
		{"instance", "VI_1", "Auth=pass", "AuthPass=secret", "DownTimerAdverts=1"},
		{"instance", "VI_2", "VRID=52"},
		{"instance", "VI_3", "VRID=53", "Interface=eth1"},
		{"instance", "VI_4", "VRID=54", "Version=3", "UnicastPeers=10.0.0.2", "CheckUnicastSrc", "DownTimerAdverts=1"},
		{"instance", "VI_5", "VRID=55", "Version=3"},
		{"configure"},
		{"at", "2s"},
		{"recv", "VRID=52", "Prio=200"},
		{"recv", "VRID=55", "Prio=200", "Version=3"},
	} {
		if err := s.command(line[0], line[1:]); err != nil {
			t.Fatal(line, err)
		}
	}
	want := []State{Master, Backup, Fault, Master, Backup}
	for i, st := range s.core.Status() {
		if st.State != want[i] {
			t.Fatalf("%s is %s", st.Config.Name, st.State)
		}
	}
	return s.core, s.now
}

// total is the sum of all counters.
func total(c *Core) (sum uint64) {
	for _, st := range c.Status() {
		v := reflect.ValueOf(st.Counters)
		for i := range v.NumField() {
			sum += v.Field(i).Uint()
		}
	}
	return sum
}

// FuzzReceive: bytes that no virtual router accepts are counted once and change
// nothing: no state, no timer, no packet out. Those it accepts may.
func FuzzReceive(f *testing.F) {
	conformance.Refuses(f, "R58")
	for _, r := range []recipe{
		{VRID: 51, Prio: 200, Version: 2, Type: 1, Int: time.Second, Auth: 1, Pass: "secret"},
		{VRID: 51, Prio: 200, Version: 2, Type: 1, Int: time.Second, Auth: 1, Pass: "wrong"},
		{VRID: 52, Prio: 0, Version: 2, Type: 1, Int: time.Second, BadSum: true},
		{VRID: 54, Prio: 100, Version: 3, Type: 1, Int: time.Second},
		{VRID: 55, Prio: 255, Version: 3, Type: 1, Int: 40950 * time.Millisecond, Cut: true},
	} {
		r.Src, r.Dst, r.VIPs = netip.MustParseAddr("10.0.0.2"), wire.Group4(), baseInstance("").VIPs
		d, err := r.datagram()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(d.Payload, uint8(255), uint16(d.TotalLength), uint8(2), false)
		f.Add(d.Payload, uint8(1), uint16(0), uint8(1), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, ttl uint8, totalLength uint16, host uint8, unicast bool) {
		c, now := pairOfStates(t)
		d := Datagram{
			Interface: "eth0", Src: netip.AddrFrom4([4]byte{10, 0, 0, host}), Dst: wire.Group4(), TTL: ttl,
			HeaderLen: 20, TotalLength: int(totalLength), Payload: b,
		}
		if unicast {
			d.Dst = netip.MustParseAddr("10.0.0.1")
		}
		before, sum := c.Status(), total(c)
		deadline, _ := c.Next()
		out := c.Receive(now, d)
		received := false
		for i, st := range c.Status() {
			received = received || st.Counters.AdvertReceived != before[i].Counters.AdvertReceived
		}
		if received {
			return // accepted by the checks
		}
		if got := total(c); got > sum+1 {
			t.Errorf("counted %d times", got-sum)
		}
		out.Log = nil
		if more := lines(out, nil); len(more) > 0 {
			t.Errorf("refused, but %s", more)
		}
		for i, st := range c.Status() {
			st.Counters, st.Misfit, st.Refusals = before[i].Counters, before[i].Misfit, before[i].Refusals
			if !reflect.DeepEqual(st, before[i]) {
				t.Errorf("refused, but changed\n%+v\n%+v", before[i], st)
			}
		}
		if at, _ := c.Next(); at != deadline {
			t.Errorf("refused, but the next deadline moved from %s to %s", deadline, at)
		}
	})
}

// TestRunts: packets too short for a header count where two bytes tell whose they
// are, and are logged once an interface.
func TestRunts(t *testing.T) {
	c, now := pairOfStates(t)
	logged := 0
	for n := range 8 {
		d := Datagram{Interface: "eth0", Src: netip.MustParseAddr("10.0.0.2"), Dst: wire.Group4(), TTL: 255, HeaderLen: 20, Payload: []byte{0x21, 51, 9, 0, 0, 1, 0, 0}[:n]}
		logged += len(lines(c.Receive(now, d), nil))
	}
	if got := c.Status()[0].Counters.LengthErrors; got != 6 || logged != 1 {
		t.Errorf("%d length errors, %d lines", got, logged)
	}
	if a := lines(c.Receive(now, Datagram{Interface: "eth9", Src: netip.MustParseAddr("10.0.0.2")}), nil); len(a) != 0 {
		t.Errorf("on an interface nobody uses: %v", a)
	}
	c.ClearCounters()
	if total(c) != 0 {
		t.Error("counters after ClearCounters")
	}
}

// A flood of one kind of garbage is one line and as many counts; the next state may say it again.
func TestRefusalsAreLoggedOnce(t *testing.T) {
	conformance.Shows(t, "R59")
	conformance.Refuses(t, "R59")
	c, now := pairOfStates(t)
	d, err := recipe{VRID: 55, Prio: 200, Version: 3, TTL: 254, Type: 1, Int: time.Second, Iface: "eth0",
		Src: netip.MustParseAddr("10.0.0.2"), Dst: wire.Group4(), VIPs: baseInstance("").VIPs}.datagram()
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for range 1000 {
		said += len(c.Receive(now, d).Log)
	}
	if n := c.Status()[4].Counters.TTLErrors; said != 1 || n != 1000 {
		t.Errorf("%d lines and %d counts for 1000 packets", said, n)
	}
}

// TestAddressOverflow: addresses that do not fit the MTU stay out of the advert.
func TestSemantics1_31_AddressOverflow(t *testing.T) {
	in := baseInstance("VI_1")
	in.VIPs = nil
	for i := range 200 {
		in.VIPs = append(in.VIPs, config.Address{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(i)}), 32)})
	}
	c := New()
	link := Link{Name: "eth0", Exists: true, Up: true, Multicast: true, MTU: 576, Addr4: netip.MustParseAddr("10.0.0.1")}
	c.Link(epoch, link)
	c.Configure(epoch, Setup{Instances: []config.Instance{in}})
	said, sent := 0, 0
	out := c.Expire(epoch.Add(3700 * time.Millisecond))
	for _, l := range out.Log {
		if l.Text == "(VI_1) Number of VIPs (200) exceeds maximum/space available in packet (max 131 addresses) - excess moved to eVIPs" {
			said++
		}
	}
	for _, p := range out.Send {
		sent = int(p.Payload[3])
		if len(p.Payload)+20 > 576 {
			t.Errorf("%d bytes", len(p.Payload))
		}
	}
	if said != 1 || sent != 131 {
		t.Errorf("said %d times, %d addresses sent", said, sent)
	}
}

// thousand is a core with n masters.
func thousand(t testing.TB, n int) (*Core, time.Time) {
	setup := Setup{}
	for i := range n {
		in := baseInstance(fmt.Sprintf("VI_%d", i))
		in.VRID, in.Interface = uint8(1+i%250), fmt.Sprintf("eth%d", i/250)
		setup.Instances = append(setup.Instances, in)
	}
	c := New()
	for i := range 1 + n/250 {
		c.Link(epoch, Link{Name: fmt.Sprintf("eth%d", i), Exists: true, Up: true, Multicast: true, MTU: 1500, Addr4: netip.MustParseAddr("10.0.0.1")})
	}
	c.Configure(epoch, setup)
	now := epoch.Add(3700 * time.Millisecond)
	c.Expire(now)
	for _, st := range c.Status() {
		if st.State != Master {
			t.Fatalf("%s is %s", st.Config.Name, st.State)
		}
	}
	return c, now
}

// TestCostDoesNotGrow: receiving and expiring cost the same with 10 and with 1000
// instances, measured by what they allocate.
func TestCostDoesNotGrow(t *testing.T) {
	cost := func(n int) (receive, expire, next float64) {
		c, now := thousand(t, n)
		d, err := recipe{
			VRID: 1, Prio: 0, Version: 2, TTL: 255, Type: 1, Int: time.Second, Iface: "eth0",
			Src: netip.MustParseAddr("10.0.0.2"), Dst: wire.Group4(), VIPs: baseInstance("").VIPs,
		}.datagram()
		if err != nil {
			t.Fatal(err)
		}
		receive = testing.AllocsPerRun(100, func() { c.Receive(now, d) })
		next = testing.AllocsPerRun(100, func() { c.Next() })
		at, _ := c.Next()
		c.Expire(at)
		expire = testing.AllocsPerRun(20, func() {
			at = at.Add(time.Second)
			c.Expire(at)
		}) / float64(n)
		return receive, expire, next
	}
	r1, e1, n1 := cost(10)
	r2, e2, n2 := cost(1000)
	if r1 != r2 || n1 != 0 || n2 != 0 || e1 > 1 || e2 > 1 {
		t.Errorf("receive %v and %v, expire %v and %v an advert, next %v and %v", r1, r2, e1, e2, n1, n2)
	}
}

const hmacKey = "0123456789abcdef0123456789abcdef"

// TestReceiveAllocatesNothing: an ordinary advert of a master costs a backup no memory, whatever authenticates it.
func TestReceiveAllocatesNothing(t *testing.T) {
	for name, change := range map[string]func(*config.Instance, *recipe){
		"plain": func(*config.Instance, *recipe) {},
		"PASS": func(in *config.Instance, r *recipe) {
			in.Auth, in.AuthPass, r.Auth, r.Pass = config.AuthPass, [8]byte{'x'}, 1, "x"
		},
		"AH": func(in *config.Instance, r *recipe) {
			in.Auth, in.AuthPass, r.Auth, r.Key = config.AuthAH, [8]byte{'x'}, 2, "x"
		},
		"auth_hmac": func(in *config.Instance, r *recipe) {
			in.HMAC = config.HMAC{Use: true, Active: 1, Window: 5 * time.Second, Keys: []config.HMACKey{{ID: 1, Text: hmacKey}}}
			in.Version, r.Version, r.Sign, r.Key = 3, 3, 1, hmacKey
		},
		"version 3": func(in *config.Instance, r *recipe) { in.Version, r.Version = 3, 3 },
		"peers": func(in *config.Instance, r *recipe) {
			in.UnicastPeers = []config.Peer{{Addr: r.Src, MaxTTL: 255}}
			r.Dst = netip.MustParseAddr("10.0.0.1")
		},
	} {
		in := baseInstance("VI_1")
		r := recipe{
			VRID: 51, Prio: 200, Version: 2, TTL: 255, Type: 1, Int: time.Second, Iface: "eth0",
			Src: netip.MustParseAddr("10.0.0.2"), Dst: wire.Group4(), VIPs: in.VIPs,
		}
		change(&in, &r)
		c, now := New(), epoch
		c.Link(now, Link{Name: "eth0", Exists: true, Up: true, Multicast: true, MTU: 1500, Addr4: netip.MustParseAddr("10.0.0.1")})
		c.Configure(now, Setup{Instances: []config.Instance{in}})
		var datagrams []Datagram
		const runs = 100
		for n := range runs + 2 {
			if r.Auth == 2 {
				r.AH = uint32(n + 1)
			}
			d, err := r.datagram()
			if err != nil {
				t.Fatal(err)
			}
			if r.Sign != 0 {
				r.sign(&d, now.Add(time.Duration(n)*time.Second))
			}
			datagrams = append(datagrams, d)
		}
		next := func() (d Datagram) { d, datagrams = datagrams[0], datagrams[1:]; return d }
		c.Receive(now, next()) // scratch is made by the first
		allocs := testing.AllocsPerRun(runs, func() {
			now = now.Add(time.Second)
			c.Receive(now, next())
		})
		if got := c.Status()[0].Counters.AdvertReceived; allocs != 0 || got != runs+2 {
			t.Errorf("%s: %v allocations, %d accepted", name, allocs, got)
		}
	}
}

func BenchmarkReceive(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c, now := thousand(b, n)
			d, err := recipe{
				VRID: 1, Prio: 255, Version: 2, TTL: 255, Type: 1, Int: time.Second, Iface: "eth0",
				Src: netip.MustParseAddr("10.0.0.2"), Dst: wire.Group4(), VIPs: baseInstance("").VIPs,
			}.datagram()
			if err != nil {
				b.Fatal(err)
			}
			c.Receive(now, d)
			b.ReportAllocs()
			for b.Loop() {
				c.Receive(now, d)
			}
		})
	}
}

func BenchmarkExpire(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c, _ := thousand(b, n)
			b.ReportAllocs()
			for b.Loop() {
				at, _ := c.Next()
				c.Expire(at)
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	c, _ := thousand(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		c.Next()
	}
}

func BenchmarkReloadUnchanged(b *testing.B) {
	c, now := thousand(b, 1000)
	setup := c.setup
	b.ReportAllocs()
	for b.Loop() {
		if a := lines(c.Configure(now, setup), nil); len(a) != 0 {
			b.Fatal(len(a), a[0])
		}
	}
}

// Refused datagrams are counted by sender and reason, of the first senders: whoever forges them gets no more memory, and
// none is lost.
func TestRefusalsAreCountedBySender(t *testing.T) {
	m := &machine{}
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for range 3 {
		m.refused(a, wire.BadTTL)
		m.refused(b, wire.BadTTL)
		m.refused(a, wire.BadChecksum)
	}
	want := []Refusal{{a, wire.BadTTL, 3}, {b, wire.BadTTL, 3}, {a, wire.BadChecksum, 3}}
	if !slices.Equal(m.refusals, want) {
		t.Errorf("%v", m.refusals)
	}
	for n := range 1000 {
		forged := netip.AddrFrom4([4]byte{198, 51, byte(n >> 8), byte(n)})
		m.refused(forged, wire.BadTTL)
		m.refused(forged, wire.BadChecksum)
	}
	m.refused(a, wire.BadTTL)
	sum := uint64(0)
	for _, r := range m.refusals {
		sum += r.Count
	}
	if len(m.refusals) != maxRefused+2 || sum != 9+2000+1 || m.refusals[0].Count != 4 {
		t.Errorf("%d of %d: %v", sum, len(m.refusals), m.refusals)
	}
}
