package vrrp

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/config"
)

// This file makes up histories: what a lan is like, and what happens to it.

// newLAN makes a lan from a seed.
func newLAN(seed uint64) *lan {
	l := emptyLAN(seed)
	l.populate()
	return l
}

func (l *lan) populate() {
	if l.chance(2) {
		l.version, l.base = 3, time.Duration(5+5*l.rng.IntN(8))*10*time.Millisecond
	}
	l.six, l.group, l.unicast = l.chance(2), l.chance(2), l.chance(4)
	l.ah = l.version == 2 && !l.six && l.chance(2)
	l.signed = !l.ah && l.chance(3)
	l.links = 1 + l.rng.IntN(2)
	l.odd, l.refusing = l.chance(8), l.chance(8)
	hosts := 2 + l.rng.IntN(lanHosts-1)
	if l.chance(4) {
		l.owners = 1 + l.rng.IntN(5)/4
	}
	for n := range hosts {
		l.add(l.makeSetup(n, hosts))
	}
}

// chance is true once in n times.
func (l *lan) chance(n int) bool { return l.rng.IntN(n) == 0 }

func (l *lan) makeSetup(n, hosts int) Setup {
	var s Setup
	prio := l.makePriority()
	every := l.makeInterval()
	for r := range 2 + l.rng.IntN(2) {
		in := baseInstance(fmt.Sprintf("VI_%d", r))
		in.VRID, in.Version, in.IPv6 = uint8(51+r), l.version, l.six
		in.Interface = linkName(l.linkOf(r))
		in.AdvertInt, in.Priority = every, prio
		in.VIPs = l.makeVIPs(r)
		if l.odd && n > 0 {
			in.Priority = l.makePriority()
		}
		if l.ah {
			in.Auth, in.AuthPass = config.AuthAH, [8]byte{'x'}
		}
		if l.signed {
			in.HMAC = l.makeHMAC()
		}
		if n < l.owners {
			in.Priority = 255
		}
		if l.unicast {
			in.SourceIP = l.address(n, l.linkOf(r))
			for peer := range hosts {
				if peer != n {
					in.UnicastPeers = append(in.UnicastPeers, config.Peer{Addr: l.address(peer, l.linkOf(r)), MaxTTL: 255})
				}
			}
		}
		s.Instances = append(s.Instances, in)
	}
	l.makePreempt(&s)
	l.makeTracks(&s)
	if l.group {
		s.Groups = []config.SyncGroup{{Name: "G", Members: []string{"VI_0", "VI_1"}, TrackingWeight: l.chance(2)}}
		if l.chance(4) {
			s.Groups[0].Tracks = config.Tracks{l.makeTrack()}
		}
	}
	if l.chance(8) {
		s.StartupDelay = time.Duration(l.rng.IntN(3)) * l.base
	}
	return s
}

// makeHMAC signs with one of two keys that all hosts have: which one, a reload may change.
func (l *lan) makeHMAC() config.HMAC {
	return config.HMAC{Use: true, Active: uint8(1 + l.rng.IntN(2)), Window: 5 * time.Second,
		Keys: []config.HMACKey{{ID: 1, Text: hmacKey}, {ID: 2, Text: "2" + hmacKey[1:]}}}
}

func (l *lan) makePriority() uint8 {
	if l.chance(3) { // equal ones are as common as others
		return 100
	}
	return uint8(1 + l.rng.IntN(254))
}

func (l *lan) makeInterval() time.Duration {
	if l.version == 3 && l.chance(3) {
		return l.base * time.Duration(1+l.rng.IntN(3))
	}
	return l.base
}

func (l *lan) makeVIPs(router int) []config.Address {
	link := linkName(l.linkOf(router))
	var all []config.Address
	if l.six {
		all = append(all, config.Address{Prefix: netip.MustParsePrefix(fmt.Sprintf("fe80::51:%d/64", router)), Dev: link})
	}
	for n := range 1 + l.rng.IntN(2) {
		text := fmt.Sprintf("10.9.%d.%d/24", router, n)
		if l.six {
			text = fmt.Sprintf("2001:db8::%d:%d/64", router, n)
		}
		all = append(all, config.Address{Prefix: netip.MustParsePrefix(text), Dev: link})
	}
	return all
}

// makePreempt says how the routers of a host treat a master of lower priority, and masters treat others.
func (l *lan) makePreempt(s *Setup) {
	nopreempt, delay := l.chance(4), time.Duration(0)
	if l.chance(4) {
		delay = time.Duration(l.rng.Int64N(int64(6 * l.base)))
	}
	adverts, silent, polite, expires := 2+l.rng.IntN(3), l.chance(6), l.chance(6), l.chance(6)
	for i := range s.Instances {
		in := &s.Instances[i]
		in.NoPreempt, in.PreemptDelay = nopreempt && in.Priority != 255, 0
		if !nopreempt {
			in.PreemptDelay = delay
		}
		in.DownTimerAdverts, in.LowerPrioNoAdvert, in.HigherPrioSendAdvert = adverts, silent, polite
		in.OwnerIgnoreAdverts = in.Priority == 255 && l.owners == 1 && silent
		if in.TimerExpiredBackup = 0; expires {
			in.TimerExpiredBackup = 200
		}
	}
}

func (l *lan) makeTracks(s *Setup) {
	for i := range s.Instances {
		s.Instances[i].Tracks = nil
		for l.chance(2) && len(s.Instances[i].Tracks) < 2 {
			t := l.makeTrack()
			if !slices.ContainsFunc(s.Instances[i].Tracks, func(o config.Track) bool { return o.Kind == t.Kind }) {
				s.Instances[i].Tracks = append(s.Instances[i].Tracks, t)
			}
		}
		if l.group && !l.odd && s.Instances[i].VRID == 52 {
			s.Instances[i].Tracks = s.Instances[slices.IndexFunc(s.Instances, isFirst)].Tracks
		}
	}
}

func isFirst(in config.Instance) bool { return in.VRID == 51 }

func (l *lan) makeTrack() config.Track {
	t := config.Track{Kind: config.TrackedScript, Name: "x", Weight: []int{0, 20, -20, 100}[l.rng.IntN(4)]}
	switch l.rng.IntN(3) {
	case 0:
		t.Kind, t.Weight = config.TrackedFile, 1+l.rng.IntN(9)
	case 1:
		if l.links == 2 {
			t.Kind, t.Name = config.TrackedInterface, "eth1"
		}
	}
	return t
}

// disturb does something bad, or something good, to the lan.
func (l *lan) disturb() {
	h := l.hosts[l.rng.IntN(len(l.hosts))]
	switch what := l.rng.IntN(14); {
	case what == 0:
		l.loss = l.rng.Float64()
		l.note("loss %.2f", l.loss)
	case what == 1:
		l.part()
	case what == 2:
		l.delay = time.Duration(l.rng.Int64N(int64(2*l.base))) + 1
		l.note("delay %s", l.delay)
	case what == 3:
		l.boot(h)
	case what == 4:
		l.heal(false)
	case !h.present():
		if h.alive {
			l.wake(h)
		} else {
			l.boot(h)
		}
	case what == 5:
		l.crash(h)
	case what == 6:
		l.stop(h)
	case what == 7:
		n := l.rng.IntN(l.links)
		l.setLink(h, n, !h.links[n])
	case what == 8:
		l.stall(h)
	case what == 9 && l.refusing:
		l.refuse(h, l.rng.IntN(lanRouters))
	case what < 11:
		h.script, h.file = l.rng.IntN(2), l.rng.IntN(5)
		l.note("host %d script %d file %d", h.n, h.script, h.file)
		l.report(h)
		l.moved()
	case what == 13:
		l.overrule(h)
	default:
		l.reload(h)
	}
}

func (l *lan) part() {
	l.parted = true
	for _, x := range l.hosts {
		x.side = l.rng.IntN(2)
		l.note("host %d is on side %d", x.n, x.side)
	}
	l.moved()
}

// refuse changes whether the kernel of a host takes the addresses of a router.
func (l *lan) refuse(h *host, router int) {
	if h.views[router].vips { // what is set stays
		return
	}
	h.refuses[router] = !h.refuses[router]
	l.note("host %d refuses the addresses of router %d: %v", h.n, router, h.refuses[router])
	l.moved()
	if m := h.machineOf(router); m != nil && !h.refuses[router] {
		l.do(h, h.core.Obstruct(l.now, m.id, nil))
	}
}

// heal ends all disturbances, but a partition if it is to stay; dead hosts come back.
func (l *lan) heal(restart bool) {
	l.note("healed, restart: %v", restart)
	l.weather = weather{delay: lanDelay, parted: l.parted && restart && l.chance(2)}
	l.moved()
	for _, h := range l.hosts {
		switch {
		case !h.alive && restart:
			l.boot(h)
		case h.stalled:
			l.wake(h)
		}
		for n := range l.links {
			if h.alive && !h.links[n] && (!restart || l.chance(2)) {
				l.setLink(h, n, true)
			}
		}
	}
	for _, h := range l.hosts {
		h.arrives = [lanHosts]time.Time{}
	}
	for len(l.queue) > 0 && l.queue[len(l.queue)-1].at.After(l.now.Add(lanDelay)) { // what was on a slow way never arrives
		l.queue = l.queue[:len(l.queue)-1]
	}
}

// rest lets the lan settle and checks that it has, and that nothing happens any more but adverts when they are due.
func (l *lan) rest() {
	l.run(l.settling())
	if l.uneven() {
		return
	}
	l.converged()
	l.note("at rest")
	for _, h := range l.hosts {
		l.describe(h)
	}
	before := l.counts()
	const intervals = 3
	from := l.now
	l.run(intervals * l.slowest)
	for i, c := range l.counts() {
		if c.became != before[i].became || c.left != before[i].left {
			l.fault("host %d %s changed its state at rest", c.host, c.name)
		}
		if c.every == 0 {
			continue
		}
		want := int(l.now.Sub(from) / c.every)
		if got := int(c.sent - before[i].sent); got < want || got > want+1 {
			l.fault("host %d %s sent %d adverts in %d intervals", c.host, c.name, got, want)
		}
	}
}

// count is what a router has done.
type count struct {
	host               int
	name               string
	became, left, sent uint64
	every              time.Duration // of a master
}

func (l *lan) counts() (all []count) {
	for _, h := range l.hosts {
		if !h.present() {
			continue
		}
		for _, m := range h.core.machines {
			c := count{h.n, m.cfg.Name, m.counters.BecameMaster, m.counters.ReleasedMaster, m.counters.AdvertSent, 0}
			if m.state == Master {
				c.every = m.cfg.AdvertInt
			}
			all = append(all, c)
		}
	}
	return all
}

// replace ends a master at rest and checks when the others take over: within their master down interval after its last
// advert, or their skew time after it has resigned.
func (l *lan) replace() {
	h := l.hosts[l.rng.IntN(len(l.hosts))]
	if !h.present() || l.refusing || l.regrouped || l.uneven() {
		return
	}
	stops := l.chance(2)
	var due [lanRouters]time.Time
	for r := range due {
		if h.views[r].state == Master {
			due[r] = l.takeoverDue(h, r, stops)
		}
	}
	if stops {
		l.stop(h)
	} else {
		l.crash(h)
	}
	for {
		r, at := -1, time.Time{}
		for i, d := range due {
			if !d.IsZero() && (r < 0 || d.Before(at)) {
				r, at = i, d
			}
		}
		if r < 0 {
			return
		}
		if l.run(max(at.Sub(l.now), 0)); len(l.masters(r, l.sideOf(h))) == 0 {
			l.fault("router %d has no master at %s, host %d ended (resigned: %v)", r, at.Sub(epoch), h.n, stops)
		}
		due[r] = time.Time{}
	}
}

// takeoverDue is when the first of the others has to be master of a router; zero if there is none.
func (l *lan) takeoverDue(h *host, router int, resigns bool) (first time.Time) {
	for _, x := range l.hosts {
		if x == h || l.sideOf(x) != l.sideOf(h) || !l.able(x, router) {
			continue
		}
		var due time.Time
		for _, r := range x.mates(router) {
			in, every := x.instance(r), h.instance(r).AdvertInt
			wait, from := lanSkew(in.Version, l.priority(x, r), every), l.now
			if !resigns {
				wait += time.Duration(in.DownTimerAdverts) * every
				from = h.sent[r]
			}
			if at := from.Add(lanDelay + wait); at.After(due) {
				due = at
			}
		}
		if first.IsZero() || due.Before(first) {
			first = due
		}
	}
	return first
}

// A history is what a seed makes happen.
type history struct {
	seed  uint64
	trace strings.Builder
	fault string // what broke, "" if nothing did
}

func (h *history) play(traced bool) {
	defer func() {
		r := recover()
		v, ok := r.(violation)
		if h.fault = string(v); r != nil && !ok {
			panic(r)
		}
	}()
	l := emptyLAN(h.seed)
	if traced {
		l.trace = &h.trace
	}
	l.populate()
	for range 2 {
		for range 1 + l.rng.IntN(7) {
			l.disturb()
			l.run(time.Duration(l.rng.Int64N(int64(6 * l.base))))
		}
		l.heal(true)
		l.rest()
		l.replace()
	}
}

// historiesFile keeps the seeds that once found a fault, and why, a line each.
const historiesFile = "testdata/histories.seeds"

// TestHistories plays random histories: first those that once found a fault, then as many as LAN_COUNT says from a
// random seed, or the one of LAN_SEED. One that breaks a rule is told step by step, and its seed is kept.
func TestHistories(t *testing.T) {
	count := 10000
	if testing.Short() || raceDetector {
		count = 500
	}
	first := rand.Uint64() >> 16
	if s := os.Getenv("LAN_SEED"); s != "" {
		first, count = mustParse(t, s), 1
	}
	if s := os.Getenv("LAN_COUNT"); s != "" {
		count = int(mustParse(t, s))
	}
	seeds := keptSeeds(t)
	t.Logf("%d histories that are kept, %d from LAN_SEED=%d", len(seeds), count, first)
	for n := range count {
		seeds = append(seeds, first+uint64(n))
	}
	for n, seed := range seeds {
		h := history{seed: seed}
		if h.play(false); h.fault == "" {
			continue
		}
		told := history{seed: seed}
		told.play(true)
		tail := 60
		if count == 1 {
			tail = len(told.trace.String())
		}
		lines := strings.Split(strings.TrimSpace(told.trace.String()), "\n")
		t.Errorf("LAN_SEED=%d: %s\n%s", seed, h.fault, strings.Join(lines[max(0, len(lines)-tail):], "\n"))
		if n >= len(seeds)-count && os.Getenv("LAN_SEED") == "" {
			keepSeed(t, seed, h.fault)
		}
		return // one is enough to look at
	}
}

func mustParse(t *testing.T, s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func keptSeeds(t *testing.T) (seeds []uint64) {
	f, err := os.Open(historiesFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if word, _, _ := strings.Cut(lines.Text(), " "); word != "" && word != "#" {
			seeds = append(seeds, mustParse(t, word))
		}
	}
	return seeds
}

func keepSeed(t *testing.T, seed uint64, why string) {
	f, err := os.OpenFile(historiesFile, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%d %s\n", seed, strings.ReplaceAll(why, "\n", " ")); err != nil {
		t.Error(err)
	}
}

// describe writes the routers of a host into the trace.
func (l *lan) describe(h *host) {
	for _, m := range h.core.machines {
		l.note("host %d side %d present %v: %s %s priority %d every %s, nopreempt %v, preempt_delay %s, in %q, timer at %s",
			h.n, l.sideOf(h), h.present(), m.cfg.Name, m.state, m.prio, m.masterInt, m.cfg.NoPreempt,
			m.cfg.PreemptDelay, m.group.cfg.Name, m.due(timerMain).Sub(epoch))
	}
}
