package report

import (
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// number is a number that may have been written as a name; a name that nobody knows stays one.
func number(c config.Named) string {
	if c.Number != 0 {
		return strconv.FormatUint(uint64(c.Number), 10)
	}
	return c.String()
}

// A clause writes words of a route or rule, each behind a blank.
type clause struct{ strings.Builder }

func (c *clause) add(format string, args ...any) { fmt.Fprintf(c, " "+format, args...) }

func (c *clause) addIf(on bool, format string, args ...any) {
	if on {
		c.add(format, args...)
	}
}

// Host is a prefix without the length of a whole address.
func Host(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// Route is a route of a configuration as keepalived writes it, with numbers in place of names.
func Route(r config.Route) string {
	c := clause{}
	c.WriteString(standing(r))
	c.addIf(r.Type != config.RouteUnicast, "%v", r.Type)
	c.add("%s", Host(r.Dest))
	c.addIf(r.From.IsValid(), "from %s", Host(r.From))
	c.addIf(r.Source.IsValid(), "src %v", r.Source)
	c.addIf(r.TOS.Set, "tos %s", number(r.TOS))
	c.encap(r.Encap)
	c.via(r.Via, r.Dev)
	if r.VRF != "" {
		c.add("vrf %s", r.VRF)
	} else {
		table := number(r.Table)
		c.addIf(table != strconv.Itoa(unix.RT_TABLE_MAIN), "table %s", table)
	}
	// With `no_track` it is left out, and without an interface nobody tracks a route that does not say so.
	silent := r.NoTrack && r.Dev != "" && r.Proto.Number == unix.RTPROT_KEEPALIVED && r.Proto.Name == ""
	c.addIf(!silent, "proto %s", number(r.Proto))
	c.addIf(r.Scope.Set, "scope %s", number(r.Scope))
	c.addIf(r.Metric != 0, "metric %d", r.Metric)
	c.addIf(r.OnLink, "onlink")
	c.realms(r.Realms, "realm %s")
	c.addIf(r.Expires > 0, "expires %dsec", Whole(r.Expires))
	c.metrics(r.Metrics)
	c.addIf(r.Pref == config.PrefHigh, "pref high")
	c.addIf(r.Pref == config.PrefLow, "pref low")
	if r.TTLPropagate != nil {
		c.add("ttl-propagate %s", Enabled(*r.TTLPropagate))
	}
	for _, h := range r.NextHops {
		c.hop(h)
	}
	c.addIf(r.TrackGroup != "", "track_group %s", r.TrackGroup)
	c.addIf(r.NoTrack, "no_track")
	return c.String()
}

// standing is how a route is set beside those that are equal to it.
func standing(r config.Route) string {
	switch {
	case r.Append:
		return "append"
	case r.Add || r.Type != config.RouteUnicast:
		return "add"
	}
	return "prepend"
}

func (c *clause) via(gateway netip.Addr, dev string) {
	if gateway.IsValid() {
		c.add("via %s %v", Word(gateway.Is4(), "inet", "inet6"), gateway)
	}
	c.addIf(dev != "", "dev %s", dev)
}

// realms writes nothing when there are none; alone is for those of the receiver only.
func (c *clause) realms(r config.Realms, alone string) {
	from, to := number(r.From), number(r.To)
	switch {
	case from != "0":
		c.add("realms %s/%s", from, to)
	case to != "0":
		c.add(alone, to)
	}
}

func (c *clause) hop(h config.NextHop) {
	c.add("nexthop")
	c.via(h.Via, h.Dev)
	c.addIf(h.Weight > 1, "weight %d", h.Weight)
	c.addIf(h.OnLink, "onlink")
	c.realms(h.Realms, "realms 0/%s")
	c.encap(h.Encap)
}

func (c *clause) encap(e config.Encap) {
	if e.Kind == config.EncapNone {
		return
	}
	c.add("encap %v", e.Kind)
	switch e.Kind {
	case config.EncapMPLS:
		c.add("%s", labels(e.Labels))
		return
	case config.EncapILA:
		// keepalived shows the bytes of the packet as the number that they are on a PC.
		c.add("%d", bits.ReverseBytes64(e.Locator))
		return
	}
	c.addIf(e.ID != 0, "id %d", e.ID)
	c.addIf(e.Dst.IsValid(), "dst %v", e.Dst)
	c.addIf(e.Src.IsValid(), "src %v", e.Src)
	six := e.Kind == config.EncapIP6
	c.addIf(e.TOS.Set, "%s %s", Word(six, "tc", "tos"), number(e.TOS))
	c.addIf(e.TTL != 0, "%s %d", Word(six, "hoplimit", "ttl"), e.TTL)
	c.addIf(e.Flags != 0, "flags 0x%x", e.Flags)
}

// labels are the words of the packet, as keepalived shows them: label, and the mark of the last one.
func labels(all [2]int32) string {
	var out []string
	for i, l := range all {
		if l < 0 {
			continue
		}
		word := uint32(l) << 12
		if i == len(all)-1 || all[i+1] < 0 {
			word |= 1 << 8
		}
		out = append(out, strconv.FormatUint(uint64(word), 16))
	}
	return strings.Join(out, "/")
}

func (c *clause) metrics(m config.RouteMetrics) {
	c.addIf(m.CongCtl != "", "congctl %s%s", Word(m.CongCtlLock, "lock ", ""), m.CongCtl)
	for _, t := range []struct {
		name string
		config.TimeMetric
	}{{"rtt", m.RTT}, {"rttvar", m.RTTVar}, {"rto_min", m.RTOMin}} {
		c.addIf(t.Set, "%s %s%s", t.name, Word(t.Lock, "lock ", ""), short(t.Time))
	}
	c.addIf(m.ECN, "features ecn")
	for _, v := range []struct {
		name string
		config.Metric
	}{
		{"mtu", m.MTU}, {"window", m.Window}, {"ssthresh", m.SSThresh}, {"cwnd", m.CWnd}, {"advmss", m.AdvMSS},
		{"reordering", m.Reordering}, {"hoplimit", m.HopLimit}, {"initcwnd", m.InitCWnd}, {"initrwnd", m.InitRWnd},
		{"quickack", m.QuickAck}, {"fastopen_no_cookie", m.FastOpenNoCookie},
	} {
		c.addIf(v.Set, "%s %s%d", v.name, Word(v.Lock, "lock ", ""), v.Value)
	}
}

// short is a time in seconds from one second on, else in milliseconds.
func short(d time.Duration) string {
	if d >= time.Second {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64) + "ms"
}

// Rule is a policy rule of a configuration as keepalived writes it, with numbers in place of names.
func Rule(r config.Rule) string {
	c := clause{}
	c.addIf(r.Not, "not")
	if r.From.IsValid() {
		c.add("from %s", Host(r.From))
	} else {
		c.add("from all")
	}
	c.addIf(r.To.IsValid(), "to %s", Host(r.To))
	c.add("priority %d", r.Preference)
	tos, _ := strconv.Atoi(number(r.TOS))
	c.add("tos 0x%x", tos)
	if r.Mark != 0 || r.Mask != 0 {
		c.add("fwmark 0x%x", r.Mark)
		if r.Mask != 0 && r.Mask != ^uint32(0) {
			fmt.Fprintf(&c, "/0x%x", r.Mask)
		}
	}
	c.addIf(r.InIf != "", "iif %s", r.InIf)
	c.addIf(r.OutIf != "", "oif %s", r.OutIf)
	c.addIf(r.SuppressPrefixLength.Set, "suppress_prefixlen %d", r.SuppressPrefixLength.Value)
	c.addIf(r.SuppressInterfaceGroup.Set, "suppress_ifgroup %s", number(r.SuppressInterfaceGroup))
	c.addIf(r.L3MDev, "l3mdev")
	c.addIf(r.TunnelID != 0, "tun_id %d", r.TunnelID)
	c.span("uidrange", r.UIDs)
	c.addIf(!r.NoTrack || r.Proto != unix.RTPROT_KEEPALIVED, "protocol %d", r.Proto)
	c.addIf(r.Transport.Set, "ipproto %s", number(r.Transport))
	c.span("sport", r.SrcPorts)
	c.span("dport", r.DstPorts)
	c.realms(r.Realms, "realms 0/%s")
	c.action(r)
	c.addIf(r.TrackGroup != "", "track_group %s", r.TrackGroup)
	c.addIf(r.NoTrack, "no_track")
	return strings.TrimPrefix(c.String(), " ")
}

func (c *clause) span(word string, s config.Span) { c.addIf(s.Set, "%s %d-%d", word, s.Low, s.High) }

// action is what becomes of what a rule matches.
func (c *clause) action(r config.Rule) {
	switch r.Action {
	case config.RuleNone: // of l3mdev alone
		c.add("lookup %d", unix.RT_TABLE_UNSPEC)
	case config.RuleTable:
		c.add("lookup %s", number(r.Table))
	case config.RuleGoto:
		c.add("goto %d", r.Goto)
	case config.RuleNop:
		c.add("nop")
	case config.RuleBlackhole:
		c.add("type blackhole")
	case config.RuleUnreachable:
		c.add("type unreachable")
	case config.RuleProhibit:
		c.add("type prohibit")
	}
}
