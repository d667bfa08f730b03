package routers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/internal/report"
	"holdfast/vrrp"
)

// Data is the snapshot in the sections and words of keepalived.data (cli 6). ids tells the
// numbers of users.
func Data(s *Snapshot, ids report.IDs) []byte {
	d := dataWriter{report.NewPage(ids)}
	d.Global(s.Global)
	// The order of the sections is keepalived's, as their words are (cli 6).
	d.pauses(s)
	d.statics(s)
	d.Section("VRRP Topology")
	for _, i := range s.Instances {
		d.instance(s, i)
	}
	d.ports(s)
	if len(s.Groups) > 0 {
		d.Section("VRRP Sync groups")
	}
	for _, g := range s.Groups {
		d.group(s, g)
	}
	d.tracked(s)
	d.filter(s.Filter)
	d.Section("Interfaces")
	for _, l := range s.Links {
		d.link(s, l)
	}
	return d.Bytes()
}

type dataWriter struct{ *report.Page }

// filter tells of the filter in lines of ours, where there is one.
func (d dataWriter) filter(f Filter) {
	if !f.On && f.Problem == "" && f.Restored == 0 {
		return
	}
	d.Section("Packet filter")
	d.Line(1, "Table", f.Table)
	d.Line(1, "In use", report.Word(f.On, "yes", "no"))
	d.Line(1, "Addresses", f.Blocked)
	d.Line(1, "Made again after somebody else changed it", f.Restored)
	d.Given(1, "Problem", f.Problem)
}

// wanted is the state an instance is bound for, as keepalived has it: the one in its
// configuration until it was master once, then the one it is in.
func wanted(i vrrp.Status) vrrp.State {
	c := i.Config
	// Without `state` only an owner aims for MASTER (semantics 1.5).
	first := c.WantMaster || !c.StateGiven && c.Priority == 255
	if i.State == vrrp.Backup && first && i.Counters.BecameMaster == 0 {
		return vrrp.Master
	}
	return i.State
}

func (d dataWriter) instance(s *Snapshot, i vrrp.Status) {
	c := i.Config
	d.Line(1, "VRRP Instance", c.Name)
	d.Line(3, "VRRP Version", c.Version)
	if c.IPv6 {
		d.Text(3, "Using Native IPv6")
	}
	for _, g := range s.Groups {
		if slices.Contains(g.Members, c.Name) {
			d.Line(3, "Sync group", g.Name)
		}
	}
	d.state(i)
	d.place(s, i)
	if c.DontTrackPrimary {
		d.Text(3, "VRRP interface tracking disabled")
	}
	if c.SkipCheckAdvAddr {
		d.Text(3, "Skip checking advert IP addresses")
	}
	d.source(s, i)
	d.garp(i)
	d.Line(3, "Virtual Router ID", c.VRID)
	d.Line(3, "Priority", i.Priority)
	d.Line(3, "Effective priority", i.EffectivePriority)
	// keepalived's dump has two lines for it, and scripts may look for either.
	d.Line(3, "Total priority", i.EffectivePriority)
	// Version 2 has whole seconds in its packets, version 3 hundredths (semantics 1.3); and only of
	// version 3 a backup takes over the interval of its master.
	if c.Version == 2 {
		d.Line(3, "Advert interval", fmt.Sprintf("%d sec", c.AdvertInt/time.Second))
	} else {
		d.Line(3, "Advert interval", fmt.Sprintf("%d milli-sec", c.AdvertInt/time.Millisecond))
		d.Line(3, "Master advert interval", fmt.Sprintf("%d milli-sec", i.MasterAdvertInt/time.Millisecond))
	}
	d.Line(3, "Accept", report.Enabled(c.Accept))
	d.Line(3, "Preempt", report.Enabled(i.Preempt))
	if c.PreemptDelay > 0 {
		d.Line(3, "Preempt delay", report.Seconds(c.PreemptDelay)+" secs")
	}
	d.Line(3, "Promote_secondaries", report.Enabled(c.PromoteSecondaries))
	d.auth(c)
	// One flag for all: the addresses of an instance come and go together.
	d.addresses(fmt.Sprintf("Virtual IP (%d):", len(c.VIPs)), i, c.VIPs)
	d.addresses("Virtual IP Excluded :", i, c.ExcludedVIPs)
	d.peers(c)
	// Without sockets, the section of the ports says why.
	if p := s.port(c.Name); p != nil && p.Open {
		d.Text(3, "fd_in %d, fd_out %d", p.In, p.Out)
	}
	d.routing(s, c)
	d.tracks(c.Tracks)
	d.Line(3, "Using smtp notification", report.YesNo(c.Notify.SMTPAlert))
	d.Line(3, "Notify deleted", report.Word(c.Notify.DeletedSet, "Deleted", "Fault"))
	d.scripts(s.Global, &c.Notify)
	d.Line(3, "Notify priority changes", c.Notify.PriorityChanges)
}

// state prints the state an instance is in, why, and what it waits for.
func (d dataWriter) state(i vrrp.Status) {
	c := i.Config
	d.Line(3, "State", i.State)
	if len(c.UnicastPeers) > 0 {
		d.List(3, "Flags:", []string{"Using unicast"})
	} else {
		d.Text(3, "Flags: none")
	}
	d.Line(3, "Wantstate", wanted(i))
	d.Line(3, "Number of config faults", 0)
	d.Line(3, "Number of interface and track script faults", len(i.Faults))
	// Lines of ours, deeper than the count, which is keepalived's.
	for _, f := range i.Faults {
		d.Text(5, "%s", f)
	}
	for _, o := range i.Lacks {
		d.Text(5, "%s; the priority is the lowest", o)
	}
	d.Line(3, "Number of track scripts init", i.Awaited)
	d.Line(3, "Last transition", report.Time(i.LastTransition))
	// No advert is due and none is missed: the instance is neither master nor backup.
	if i.Next.IsZero() {
		d.Line(3, "Read timeout", "DISABLED")
	} else {
		d.Line(3, "Read timeout", report.Time(i.Next))
	}
	d.Line(3, "Master down timer", fmt.Sprintf("%d usecs", i.DownInterval.Microseconds()))
	// As master the address would be our own; before the first advert there is none.
	if i.State == vrrp.Backup && i.MasterAddr.IsValid() {
		d.Line(3, "Master router", i.MasterAddr)
		d.Line(3, "Master priority", i.MasterPriority)
	}
	for _, r := range i.Rivals {
		d.Text(3, "Other master %v, priority %d%s", r.Addr, r.Priority, report.Word(r.Now, ", now", ""))
		if r.Beside.IsValid() {
			d.Text(5, "beside %v from %s to %s", r.Beside, report.Time(r.First), report.Time(r.Last))
		}
		d.Text(5, "adverts %d, episodes %d, gave way to it %d", r.Adverts, r.Episodes, r.GaveWay)
	}
}

func (d dataWriter) source(s *Snapshot, i vrrp.Status) {
	switch {
	case i.Config.SourceIP.IsValid():
		d.Line(3, "Using src_ip", i.Config.SourceIP.String()+" (from configuration)")
	// Not written in the file: it was found on the interface, and follows it.
	case i.Source.IsValid():
		d.Line(3, "Using src_ip", i.Source)
	}
	// A group of IPv6 (ff02::12) means nothing without the number of the interface.
	if g := i.Group; g.Is6() {
		d.Text(3, "Multicast address %v, ifindex %d", g, s.index(i.Config.Interface))
	} else if g.IsValid() {
		d.Text(3, "Multicast address %v", g)
	}
}

func (d dataWriter) garp(i vrrp.Status) {
	c := i.Config
	d.Line(3, "Gratuitous ARP delay", report.Seconds(c.GARPDelay))
	d.Line(3, "Gratuitous ARP repeat", c.GARPRepeat)
	d.Line(3, "Gratuitous ARP refresh", report.Seconds(c.GARPRefresh))
	d.Line(3, "Gratuitous ARP refresh repeat", c.GARPRefreshRepeat)
	d.Line(3, "Gratuitous ARP lower priority delay", report.Seconds(c.GARPLowerPrioDelay))
	d.Line(3, "Gratuitous ARP lower priority repeat", c.GARPLowerPrioRepeat)
	d.Line(3, "Down timer adverts", c.DownTimerAdverts)
	if e := c.GARPExtra; e.Interval > 0 {
		d.Line(3, "Gratuitous ARP for each secondary "+report.Word(e.All, "i/f", "VMAC"), report.Whole(e.Interval))
		if !i.NextExtra.IsZero() {
			d.Line(3, "Next gratuitous ARP for such secondary", report.Moment(i.NextExtra))
		}
	}
	d.Line(3, "Send advert after receive lower priority advert", !c.LowerPrioNoAdvert)
	d.Line(3, "Send advert after receive higher priority advert", c.HigherPrioSendAdvert)
}

// hmac tells of auth_hmac all but the keys.
func (d dataWriter) hmac(h *config.HMAC) {
	if !h.Use {
		return
	}
	d.Line(3, "Authentication extension", h.Mode)
	d.Line(3, "Active key", h.Active)
	numbers := make([]string, len(h.Keys))
	for i, k := range h.Keys {
		numbers[i] = strconv.Itoa(int(k.ID))
	}
	d.Line(3, "Keys", strings.Join(numbers, " "))
	d.Line(3, "Anti replay", h.AntiReplay)
	d.Line(3, "Time window", h.Window)
}

func (d dataWriter) auth(c *config.Instance) {
	d.hmac(&c.HMAC)
	// Version 3 has no authentication: what the file says of it is not used.
	if c.Version != 2 {
		return
	}
	switch c.Auth {
	case config.AuthPass:
		d.Line(3, "Authentication type", "SIMPLE_PASSWORD")
		d.Line(3, "Password", password(c))
	case config.AuthAH:
		d.Line(3, "Authentication type", "IPSEC_AH")
	default:
		d.Line(3, "Authentication type", "none")
	}
}

// password is that of a configuration that has one.
func password(c *config.Instance) string {
	if c.Version != 2 || c.Auth != config.AuthPass {
		return ""
	}
	// The field has eight bytes, as in the packet, and a shorter password is filled up with NULs.
	return strings.TrimRight(string(c.AuthPass[:]), "\x00")
}

func (d dataWriter) addresses(title string, i vrrp.Status, list []config.Address) {
	if len(list) > 0 {
		d.List(3, title, addressLines(&i, list))
	}
}

// addressLine is an address with whether it is set.
func addressLine(a config.Address, set bool) string {
	return report.Address(a) + report.Word(set, " set", "")
}

// addressLines are those of an instance.
func addressLines(i *vrrp.Status, list []config.Address) (lines []string) {
	for _, a := range list {
		lines = append(lines, addressLine(onItsInterface(i, a), i.VIPsWanted))
	}
	return lines
}

// onItsInterface is an address where it is: those of the instance's own interface and family are on its virtual MAC
// interface.
func onItsInterface(i *vrrp.Status, a config.Address) config.Address {
	c := i.Config
	if c.VMAC.Use && i.Place.Own != "" && a.Dev == c.Interface && a.Prefix.Addr().Is6() == c.IPv6 {
		a.Dev = i.Place.Own + "@" + c.Interface
	}
	return a
}

func (d dataWriter) peers(c *config.Instance) {
	if len(c.UnicastPeers) == 0 {
		return
	}
	d.Line(3, "Unicast TTL", c.UnicastTTL)
	d.Text(3, "Check unicast src : %s", report.YesNo(c.CheckUnicastSrc))
	d.Text(3, "Unicast Peer :")
	for _, p := range c.UnicastPeers {
		d.Text(5, "%v min_ttl %d max_ttl %d", p.Addr, p.MinTTL, p.MaxTTL)
	}
}

func (d dataWriter) scripts(g config.Global, n *config.Notify) {
	for _, s := range []struct {
		title string
		c     config.Command
	}{
		{"Backup state transition script", n.Backup}, {"Master state transition script", n.Master},
		{"Fault state transition script", n.Fault}, {"Stop state transition script", n.Stop},
		{"Generic state transition script", n.Any}, {"Master rx lower pri state transition script", n.MasterRxLowerPri},
	} {
		d.Program(3, s.title, s.c, g, "")
	}
}

func (d dataWriter) group(s *Snapshot, g config.SyncGroup) {
	states := map[vrrp.State]int{}
	for _, i := range s.Instances {
		if slices.Contains(g.Members, i.Config.Name) {
			states[i.State]++
		}
	}
	d.Line(1, "VRRP Sync Group", fmt.Sprintf("%s, %v", g.Name, together(states)))
	d.Text(3, "Num member fault %d, num member init %d", states[vrrp.Fault], states[vrrp.Init])
	d.List(3, "VRRP member instances :", g.Members)
	if g.TrackingWeight {
		d.Text(3, "sync group tracking weight set")
	}
	d.Line(3, "Using smtp notification", report.YesNo(g.Notify.SMTPAlert))
	d.tracks(g.Tracks)
	d.scripts(s.Global, &g.Notify)
}

// together is the state of a sync group whose members are in these states. The worst of the members counts,
// and master only when no member is behind (semantics 6.1).
func together(members map[vrrp.State]int) vrrp.State {
	switch {
	case members[vrrp.Fault] > 0:
		return vrrp.Fault
	case members[vrrp.Init] > 0:
		return vrrp.Init
	case members[vrrp.Backup] > 0:
		return vrrp.Backup
	}
	// A group without members is not in the list (semantics 6.5), so all of them are masters.
	return vrrp.Master
}
