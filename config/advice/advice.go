// Package advice looks across the objects of a configuration that can be run, for
// what keepalived does not look at or finds out late: settings that fit together in
// the file and not in the network. Everything it says is a note or a warning of
// no class: it does not count for a configuration test and refuses nothing.
package advice

import (
	"fmt"
	"net/netip"
	"slices"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
)

// A Host is what the machine answers when asked. The zero Host is not asked.
type Host struct {
	Addresses []netip.Addr // addresses that are set now
	// Networks are the prefixes of the addresses of each interface.
	Networks map[string][]netip.Prefix
}

// Of gives what there is to say about a configuration, object by object in the
// order of the configuration.
func Of(c *config.Config, h Host) []syntax.Diagnostic {
	a := &adviser{cfg: c, host: h, vips: map[netip.Addr]vip{}}
	// Before everything else: peers, services and real servers are compared with these.
	for i := range c.Instances {
		in := &c.Instances[i]
		for v := range in.Addresses() {
			// If two routers have the address the later one stays; that has its own finding.
			a.vips[v.Prefix.Addr()] = vip{in, v.Pos}
		}
	}
	a.addresses()
	a.mail()
	a.syncDaemon()
	a.scripts()
	a.commands()
	a.groups()
	for i := range c.Instances {
		a.instance(&c.Instances[i])
	}
	for i := range c.VirtualServers {
		a.service(&c.VirtualServers[i])
	}
	return a.said
}

// A vip is a virtual address, and where it is written.
type vip struct {
	of  *config.Instance
	pos syntax.Pos
}

type adviser struct {
	cfg  *config.Config
	host Host
	vips map[netip.Addr]vip
	said []syntax.Diagnostic
}

func (a *adviser) note(pos syntax.Pos, id, format string, args ...any) {
	a.say(syntax.Note, pos, id, format, args...)
}

func (a *adviser) warn(pos syntax.Pos, id, format string, args ...any) {
	a.say(syntax.Warning, pos, id, format, args...)
}

func (a *adviser) say(s syntax.Severity, pos syntax.Pos, id, format string, args ...any) {
	if len(a.said) == cap(a.said) {
		a.said = slices.Grow(a.said, max(8, len(a.said))) // append makes more copies of many
	}
	a.said = append(a.said, syntax.Diagnostic{Pos: pos, Severity: s, ID: id, Text: fmt.Sprintf(format, args...)})
}

// also adds a second place to what was said last.
func (a *adviser) also(pos syntax.Pos, text string) {
	// Its callers have said something just before, so there is a last one.
	d := &a.said[len(a.said)-1]
	d.Related, d.RelatedText = pos, text
}

// mail that nobody gets.
func (a *adviser) mail() {
	m := a.cfg.Global.Mail
	lacks := ""
	switch {
	case m.Server == "" && len(m.To) == 0:
		lacks = "smtp_server and notification_email"
	case m.Server == "":
		lacks = "smtp_server"
	case len(m.To) == 0:
		lacks = "notification_email"
	default:
		return
	}
	// The first object that asks is enough: what lacks is the same for all.
	const text = "%s asks for mail, but none is sent without %s in global_defs"
	for _, in := range a.cfg.Instances {
		if in.Notify.SMTPAlert {
			a.note(in.Pos, "mail-goes-nowhere", text, "vrrp_instance "+in.Name, lacks)
			return
		}
	}
	for _, g := range a.cfg.Groups {
		if g.Notify.SMTPAlert {
			a.note(g.Pos, "mail-goes-nowhere", text, "vrrp_sync_group "+g.Name, lacks)
			return
		}
	}
	for _, v := range a.cfg.VirtualServers {
		if v.SMTPAlert {
			a.note(v.Pos, "mail-goes-nowhere", text, "virtual_server "+v.Name(), lacks)
			return
		}
	}
}

// syncDaemon that follows nobody.
func (a *adviser) syncDaemon() {
	d := a.cfg.Global.SyncDaemon
	if d.VRRP != "" &&
		!slices.ContainsFunc(a.cfg.Instances, func(in config.Instance) bool { return in.Name == d.VRRP }) {
		var names []string
		for _, in := range a.cfg.Instances {
			names = append(names, in.Name)
		}
		a.warn(d.Pos, "sync-daemon-unknown-router",
			"lvs_sync_daemon follows %s, which is no vrrp_instance: write the name of one%s", d.VRRP,
			language.DidYouMean(d.VRRP, names))
	}
	if d.Interface != "" {
		a.mixedFamilies()
	}
}

// mixedFamilies looks for what the kernel has no sync daemons beside: its messages know one family of a connection.
// What comes second is refused, the daemon or the real server.
func (a *adviser) mixedFamilies() {
	for _, v := range a.cfg.VirtualServers {
		for _, r := range v.RealServers {
			if v.Addr.IsValid() && r.Addr.Is4() != v.Addr.Is4() {
				a.warn(r.Pos, "sync-daemon-mixed-families", "%s of %s is of another address family, beside which the kernel runs "+
					"no sync daemon: remove it or lvs_sync_daemon", r.Addr, v.Name())
				return // the first is enough
			}
		}
	}
}

// scripts that overlap with themselves, and those nobody tracks.
func (a *adviser) scripts() {
	// By instances and by groups.
	used := map[string]bool{}
	for _, in := range a.cfg.Instances {
		for _, t := range in.Tracks.Of(config.TrackedScript) {
			used[t.Name] = true
		}
	}
	for _, g := range a.cfg.Groups {
		for _, t := range g.Tracks.Of(config.TrackedScript) {
			used[t.Name] = true
		}
	}
	for _, s := range a.cfg.Scripts {
		if s.Timeout > s.Interval {
			a.note(s.Pos, "timeout-over-interval",
				"vrrp_script %s: timeout %v s is longer than interval %v s: a run that hangs delays the next ones, "+
					"and failures are seen late",
				s.Name, s.Timeout.Seconds(), s.Interval.Seconds())
		}
		if !used[s.Name] {
			a.note(s.Pos, "unused-script",
				"vrrp_script %s is tracked by no vrrp_instance and no vrrp_sync_group: it is never run", s.Name)
		}
	}
}

// groups whose members do not react to the same things.
func (a *adviser) groups() {
	byName := map[string]*config.Instance{}
	for i := range a.cfg.Instances {
		byName[a.cfg.Instances[i].Name] = &a.cfg.Instances[i]
	}
	for _, g := range a.cfg.Groups {
		// Each member is compared with the first one, so that a difference is told once for each of the others.
		// There is one: a group without members was left out when the configuration was bound.
		first := byName[g.Members[0]]
		for _, name := range g.Members[1:] {
			// A member that names no vrrp_instance has a finding already.
			if m := byName[name]; first != nil && m != nil {
				a.compare(g.Name, first, m)
			}
		}
	}
}

// compare tells the first difference between two members of a group that makes them
// pull in different directions.
func (a *adviser) compare(group string, first, m *config.Instance) {
	differ := func(id, what string) {
		a.note(m.Pos, id,
			"vrrp_instance %s and %s are in sync group %s but differ in %s; "+
				"make it the same in all members, or put trackers on the group",
			first.Name, m.Name, group, what)
		a.also(first.Pos, first.Name+" is here")
	}
	switch {
	case !sameTracks(first.Tracks.Of(config.TrackedInterface), m.Tracks.Of(config.TrackedInterface)):
		differ("group-tracking-differs", "track_interface")
	case !sameTracks(first.Tracks.Of(config.TrackedScript), m.Tracks.Of(config.TrackedScript)):
		differ("group-tracking-differs", "track_script")
	case first.NoPreempt != m.NoPreempt:
		differ("group-settings-differ", "nopreempt")
	case first.PreemptDelay != m.PreemptDelay:
		differ("group-settings-differ", "preempt_delay")
	case first.AdvertInt != m.AdvertInt:
		differ("group-settings-differ", "advert_int")
	}
}

// sameTracks reports whether two lists name the same objects with the same weights,
// in whatever order.
func sameTracks(x, y []config.Track) bool {
	if len(x) != len(y) {
		return false
	}
	// A list has no entry twice (grammar 6.10), so with one length one direction is enough.
	for _, t := range x {
		if !slices.ContainsFunc(y, func(u config.Track) bool {
			return u.Name == t.Name && u.Weight == t.Weight && u.Reverse == t.Reverse
		}) {
			return false
		}
	}
	return true
}
