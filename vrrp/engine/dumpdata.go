package engine

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/internal/report"
	"holdfast/internal/runas"
	"holdfast/vrrp"
)

// writeData prints everything in the sections and words of keepalived.data (cli 6).
func writeData(b *bytes.Buffer, s *Snapshot) {
	d := dataWriter{b}
	report.Global(b, s.Global, runas.IDs)
	b.WriteString("------< VRRP Topology >------\n")
	for _, i := range s.Instances {
		d.instance(s, i)
	}
	if len(s.Groups) > 0 {
		b.WriteString("------< VRRP Sync groups >------\n")
		for _, g := range s.Groups {
			d.group(s, g)
		}
	}
	d.tracked(s)
	b.WriteString("------< Interfaces >------\n")
	for _, l := range s.Links {
		d.link(s, l)
	}
}

type dataWriter struct{ b *bytes.Buffer }

// line prints "key = value" at a depth.
func (d dataWriter) line(depth int, key string, value any) {
	fmt.Fprintf(d.b, "%*s%s = %v\n", depth, "", key, value)
}

// wanted is the state an instance is bound for, as keepalived has it: the one in its
// configuration until it was master once, then the one it is in.
func wanted(i vrrp.Status) vrrp.State {
	c := i.Config
	first := c.WantMaster || !c.StateGiven && c.Priority == 255
	if i.State == vrrp.Backup && first && i.Counters.BecameMaster == 0 {
		return vrrp.Master
	}
	return i.State
}

func (d dataWriter) instance(s *Snapshot, i vrrp.Status) {
	c := i.Config
	d.line(1, "VRRP Instance", c.Name)
	d.line(3, "VRRP Version", c.Version)
	for _, g := range s.Groups {
		if slices.Contains(g.Members, c.Name) {
			d.line(3, "Sync group", g.Name)
		}
	}
	d.line(3, "State", i.State)
	if len(c.UnicastPeers) > 0 {
		d.b.WriteString("   Flags:\n     Using unicast\n")
	} else {
		d.b.WriteString("   Flags: none\n")
	}
	d.line(3, "Wantstate", wanted(i))
	d.line(3, "Number of config faults", 0)
	d.line(3, "Number of interface and track script faults", len(i.Faults))
	for _, f := range i.Faults {
		fmt.Fprintf(d.b, "     %s\n", f)
	}
	for _, o := range i.Lacks {
		fmt.Fprintf(d.b, "     %s; the priority is the lowest\n", o)
	}
	t := i.LastTransition
	d.line(3, "Last transition", fmt.Sprintf("%d.%06d (%s)", t.Unix(), t.Nanosecond()/1000, t.Format("Mon Jan _2 15:04:05.000000 2006")))
	if i.State == vrrp.Backup && i.MasterAddr.IsValid() {
		d.line(3, "Master router", i.MasterAddr)
		d.line(3, "Master priority", i.MasterPriority)
	}
	d.line(3, "Interface", c.Interface)
	if c.SkipCheckAdvAddr {
		d.b.WriteString("   Skip checking advert IP addresses\n")
	}
	d.source(s, c)
	d.garp(c)
	d.line(3, "Virtual Router ID", c.VRID)
	d.line(3, "Priority", c.Priority)
	d.line(3, "Effective priority", i.EffectivePriority)
	d.line(3, "Total priority", i.EffectivePriority)
	if c.Version == 2 {
		d.line(3, "Advert interval", fmt.Sprintf("%d sec", c.AdvertInt/time.Second))
	} else {
		d.line(3, "Advert interval", fmt.Sprintf("%d milli-sec", c.AdvertInt/time.Millisecond))
		d.line(3, "Master advert interval", fmt.Sprintf("%d milli-sec", i.MasterAdvertInt/time.Millisecond))
	}
	d.line(3, "Accept", report.Word(c.Accept, "enabled", "disabled"))
	d.line(3, "Preempt", report.Word(c.NoPreempt, "disabled", "enabled"))
	if c.PreemptDelay > 0 {
		d.line(3, "Preempt delay", report.Seconds(c.PreemptDelay)+" secs")
	}
	d.line(3, "Promote_secondaries", report.Word(c.PromoteSecondaries, "enabled", "disabled"))
	d.auth(c)
	d.addresses(fmt.Sprintf("Virtual IP (%d):", len(c.VIPs)), c.VIPs, i.VIPsWanted)
	d.addresses("Virtual IP Excluded :", c.ExcludedVIPs, i.VIPsWanted)
	d.peers(c)
	d.tracks(c.Tracks)
	d.notify(s.Global, &c.Notify)
	d.line(3, "Notify priority changes", c.Notify.PriorityChanges)
}

func (d dataWriter) source(s *Snapshot, c *config.Instance) {
	if c.SourceIP.IsValid() {
		d.line(3, "Using src_ip", c.SourceIP.String()+" (from configuration)")
	} else if l, ok := s.reported[c.Interface]; ok && l.Addr4.IsValid() {
		d.line(3, "Using src_ip", l.Addr4)
	}
	if len(c.UnicastPeers) == 0 {
		fmt.Fprintf(d.b, "   Multicast address %v\n", group(c))
	}
}

func (d dataWriter) garp(c *config.Instance) {
	d.line(3, "Gratuitous ARP delay", report.Seconds(c.GARPDelay))
	d.line(3, "Gratuitous ARP repeat", c.GARPRepeat)
	d.line(3, "Gratuitous ARP refresh", report.Seconds(c.GARPRefresh))
	d.line(3, "Gratuitous ARP refresh repeat", c.GARPRefreshRepeat)
	d.line(3, "Gratuitous ARP lower priority delay", report.Seconds(c.GARPLowerPrioDelay))
	d.line(3, "Gratuitous ARP lower priority repeat", c.GARPLowerPrioRepeat)
	d.line(3, "Down timer adverts", c.DownTimerAdverts)
	d.line(3, "Send advert after receive lower priority advert", !c.LowerPrioNoAdvert)
	d.line(3, "Send advert after receive higher priority advert", c.HigherPrioSendAdvert)
}

func (d dataWriter) auth(c *config.Instance) {
	if c.Version != 2 {
		return
	}
	switch c.Auth {
	case config.AuthPass:
		d.line(3, "Authentication type", "SIMPLE_PASSWORD")
		d.line(3, "Password", strings.TrimRight(string(c.AuthPass[:]), "\x00"))
	case config.AuthAH:
		d.line(3, "Authentication type", "IPSEC_AH")
	default:
		d.line(3, "Authentication type", "none")
	}
}

func (d dataWriter) addresses(title string, list []config.Address, set bool) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(d.b, "   %s\n", title)
	for _, a := range list {
		fmt.Fprintf(d.b, "     %s%s\n", addressText(a), report.Word(set, " set", ""))
	}
}

// addressText prints an address as keepalived does: a host's prefix length is left out.
func addressText(a config.Address) string {
	var b strings.Builder
	host := func(p netip.Prefix) string {
		if p.IsSingleIP() {
			return p.Addr().String()
		}
		return p.String()
	}
	b.WriteString(host(a.Prefix))
	if a.Peer.IsValid() {
		b.WriteString(" peer " + host(a.Peer))
	}
	if a.Broadcast.IsValid() {
		b.WriteString(" brd " + a.Broadcast.String())
	}
	b.WriteString(" dev " + a.Dev)
	scope, known := map[uint8]string{unix.RT_SCOPE_UNIVERSE: "global", unix.RT_SCOPE_SITE: "site", unix.RT_SCOPE_LINK: "link",
		unix.RT_SCOPE_HOST: "host", unix.RT_SCOPE_NOWHERE: "nowhere"}[a.Scope]
	if !known {
		scope = strconv.Itoa(int(a.Scope))
	}
	b.WriteString(" scope " + scope)
	if a.Label != "" {
		b.WriteString(" label " + a.Label)
	}
	for _, f := range []struct {
		on   bool
		name string
	}{{a.NoPrefixRoute, "noprefixroute"}, {a.Home, "home"}, {a.MngTmpAddr, "mngtmpaddr"}, {a.AutoJoin, "autojoin"}, {a.NoTrack, "no_track"}} {
		if f.on {
			b.WriteString(" " + f.name)
		}
	}
	return b.String()
}

func (d dataWriter) peers(c *config.Instance) {
	if len(c.UnicastPeers) == 0 {
		return
	}
	d.line(3, "Unicast TTL", c.UnicastTTL)
	fmt.Fprintf(d.b, "   Check unicast src : %s\n   Unicast Peer :\n", report.Word(c.CheckUnicastSrc, "yes", "no"))
	for _, p := range c.UnicastPeers {
		fmt.Fprintf(d.b, "     %v min_ttl %d max_ttl %d\n", p.Addr, p.MinTTL, p.MaxTTL)
	}
}

func command(c config.Command) string {
	quoted := make([]string, len(c.Argv))
	for i, a := range c.Argv {
		quoted[i] = "'" + a + "'"
	}
	return strings.Join(quoted, " ")
}

func (d dataWriter) notify(g config.Global, n *config.Notify) {
	d.line(3, "Using smtp notification", report.Word(n.SMTPAlert, "yes", "no"))
	d.line(3, "Notify deleted", report.Word(n.DeletedSet, "Deleted", "Fault"))
	for _, s := range []struct {
		title string
		c     config.Command
	}{
		{"Backup state transition script", n.Backup}, {"Master state transition script", n.Master},
		{"Fault state transition script", n.Fault}, {"Stop state transition script", n.Stop},
		{"Master rx lower pri script", n.MasterRxLowerPri}, {"Generic state transition script", n.Any},
	} {
		if s.c.IsSet() {
			d.line(3, s.title, command(s.c)+", uid:gid "+owner(g, s.c))
		}
	}
}

// owner tells who a program runs as, in numbers.
func owner(g config.Global, c config.Command) string {
	if c.User != "" {
		return runas.IDs(c.User, c.Group)
	}
	return runas.IDs(g.ScriptUser, g.ScriptGroup)
}

func (d dataWriter) group(s *Snapshot, g config.SyncGroup) {
	states := map[vrrp.State]int{}
	for _, i := range s.Instances {
		if slices.Contains(g.Members, i.Config.Name) {
			states[i.State]++
		}
	}
	state := vrrp.Backup
	switch {
	case states[vrrp.Fault] > 0:
		state = vrrp.Fault
	case states[vrrp.Init] > 0:
		state = vrrp.Init
	case states[vrrp.Backup] == 0:
		state = vrrp.Master
	}
	fmt.Fprintf(d.b, " VRRP Sync Group = %s, %v\n   Num member fault %d, num member init %d\n   VRRP member instances :\n",
		g.Name, state, states[vrrp.Fault], states[vrrp.Init])
	for _, m := range g.Members {
		fmt.Fprintf(d.b, "     %s\n", m)
	}
	d.tracks(g.Tracks)
	d.notify(s.Global, &g.Notify)
}

func (d dataWriter) link(s *Snapshot, l netif.Link) {
	d.line(1, "Name", l.Name)
	d.line(3, "index", l.Index)
	addr := "(none)"
	if r, ok := s.reported[l.Name]; ok && r.Addr4.IsValid() {
		addr = r.Addr4.String()
	}
	d.line(3, "IPv4 address", addr)
	if l.Hardware != "" {
		d.line(3, "MAC", net.HardwareAddr(l.Hardware))
	}
	var words []string
	words = append(words, report.Word(l.Flags&unix.IFF_UP != 0, "UP", "DOWN"), report.Word(l.Flags&unix.IFF_RUNNING != 0, "RUNNING", "not RUNNING"))
	for _, f := range []struct {
		on   bool
		text string
	}{
		{l.Flags&unix.IFF_BROADCAST == 0, "no broadcast"}, {l.Loopback(), "loopback"}, {l.Flags&unix.IFF_POINTOPOINT != 0, "point to point"},
		{l.Flags&unix.IFF_NOARP != 0, "no arp"}, {!l.Multicast(), "no multicast"},
	} {
		if f.on {
			words = append(words, f.text)
		}
	}
	d.line(3, "State", strings.Join(words, ", "))
	d.line(3, "MTU", l.MTU)
}
