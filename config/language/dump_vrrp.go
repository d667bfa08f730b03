package language

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"holdfast/config"
)

// Dump writes the effective configuration, one setting per line, defaults
// included, in the order of the text. It is for people and for comparing two
// configurations; passwords are not shown.
func Dump(w io.Writer, c *config.Config) {
	// What few people look at is dumped as it is written (dump_blocks.go), so its printed form is needed too.
	p := printer{w: w, items: outline(c)}
	p.global(&c.Global)
	p.ssl(c.SSL)
	p.written(p.items, dumpedAtRoot())
	// From here on as in a file: scripts before those that track them (grammar 6.9).
	for i := range c.Scripts {
		p.script(&c.Scripts[i])
	}
	for i := range c.Groups {
		p.syncGroup(&c.Groups[i])
	}
	for i := range c.Instances {
		p.instance(&c.Instances[i])
	}
	for i := range c.ServerGroups {
		p.serverGroup(&c.ServerGroups[i])
	}
	for i := range c.VirtualServers {
		p.service(&c.VirtualServers[i])
	}
}

// printer writes indented `name value` lines.
type printer struct {
	w     io.Writer
	depth int
	items []item // the printed form of what is dumped
}

func (p *printer) line(format string, args ...any) {
	// %*s pads an empty text: two blanks for each block around the line.
	fmt.Fprintf(p.w, "%*s%s\n", 2*p.depth, "", fmt.Sprintf(format, args...))
}

// block writes a title and indents what body writes.
func (p *printer) block(title string, body func()) {
	p.line("%s", title)
	p.depth++
	body()
	p.depth--
}

// put writes a setting; what is not set is left out.
func (p *printer) put(name string, value any) {
	// Only texts, addresses, commands and lists can be empty. A number that is 0 is a setting
	// like others, and so is a switch that is off.
	if text := valueText(value); text != "" {
		p.line("%s %s", name, text)
	}
}

// on writes the name of a switch that is on.
func (p *printer) on(name string, set bool) {
	if set {
		p.line("%s", name)
	}
}

// valueText is a value as the language writes it, or as close to it as people need; "" if nothing
// is set.
func valueText(value any) string {
	switch v := value.(type) {
	case time.Duration:
		// A Duration prints itself as 1m0s, which no keyword takes.
		return secondsText(micros(v))
	case bool:
		return map[bool]string{true: "on", false: "off"}[v]
	case netip.Addr:
		// The zero address would print itself as `invalid IP`.
		if !v.IsValid() {
			return ""
		}
		return v.String()
	case config.Command:
		return commandText(v)
	case config.FIFO:
		// A pipe without a path has no owner either: three empty words are "".
		return strings.TrimSpace(v.Path + " " + v.User + " " + v.Group)
	case []string:
		return strings.Join(v, " ")
	}
	return fmt.Sprint(value)
}

// commandText is a command with the user it runs as. Its words are those that reach the program:
// both rounds of separating them are over (grammar 5.2).
func commandText(c config.Command) string {
	if !c.IsSet() {
		return ""
	}
	words := make([]string, len(c.Argv))
	for i, a := range c.Argv {
		// Each argument in quotes of its own: it shows where one ends.
		words[i] = "'" + a + "'"
	}
	text := strings.Join(words, " ")
	if c.User != "" {
		// A user without a group leaves a colon behind, which means something else (grammar 5.6).
		text += " as " + strings.TrimSuffix(c.User+":"+c.Group, ":")
	}
	return text
}

// global dumps global_defs and the settings outside of blocks that are kept with them. Defaults
// of virtual routers and services are not among it: whoever takes them has them already.
func (p *printer) global(g *config.Global) {
	p.block("global_defs", func() {
		p.put("router_id", g.RouterID)
		p.put("notification_email", g.Mail.To)
		p.put("notification_email_from", g.Mail.From)
		// The port has a value from the start (25), so it says nothing by itself.
		if g.Mail.Server != "" {
			p.line("smtp_server %s %d", g.Mail.Server, g.Mail.Port)
		}
		p.put("smtp_helo_name", g.Mail.Helo)
		p.put("smtp_connect_timeout", g.Mail.ConnectTimeout)
		p.on("no_email_faults", g.Mail.NoFaults)
		p.on("no_checker_emails", g.Mail.NoCheckerChanges)
		p.put("script_user", strings.TrimSuffix(g.ScriptUser+" "+g.ScriptGroup, " "))
		p.put("enable_script_security", g.EnableScriptSecurity)
		// A script is dumped behind its pipe, whose path is its last argument (cli 9.7).
		for _, f := range []struct {
			name string
			fifo config.FIFO
		}{{"notify_fifo", g.NotifyFIFO}, {"vrrp_notify_fifo", g.VRRPNotifyFIFO}, {"lvs_notify_fifo", g.LVSNotifyFIFO}} {
			p.put(f.name, f.fifo)
			p.put(f.name+"_script", f.fifo.Script)
		}
		p.on("vrrp_notify_priority_changes", g.NotifyPriorityChanges)
		p.on("vrrp_notify_two_masters", g.NotifyTwoMasters)
		p.on("rs_init_notifies", g.RSInitNotifies)
		p.put("startup_script", g.StartupScript)
		p.put("startup_script_timeout", g.StartupScriptTimeout)
		p.put("shutdown_script", g.ShutdownScript)
		p.put("shutdown_script_timeout", g.ShutdownScriptTimeout)
		p.put("child_wait_time", g.ChildWaitTime)
		p.globalProtocol(g)
		p.globalProcesses(g)
	})
}

// globalProtocol dumps what is about protocol and IPVS table of the whole daemon.
func (p *printer) globalProtocol(g *config.Global) {
	p.put("vrrp_mcast_group4", g.VRRPMcastGroup4)
	p.put("vrrp_mcast_group6", g.VRRPMcastGroup6)
	p.put("vrrp_startup_delay", g.VRRPStartupDelay)
	p.on("log_unknown_vrids", g.LogUnknownVRIDs)
	p.on("dynamic_interfaces", g.DynamicInterfaces)
	p.put("default_interface", g.DefaultInterface)
	p.on("lvs_flush", g.LVSFlush)
	// The words are in the order of the constants; the first one takes away entry by entry
	// (semantics 8.17).
	p.put("lvs_flush_on_stop", [...]string{"entries", "services", "all"}[g.LVSFlushOnStop])
	// One that is 0 stays as the kernel has it, and is shown beside the others.
	if g.LVSTimeouts != (config.LVSTimeouts{}) {
		p.line("lvs_timeouts tcp %s tcpfin %s udp %s", valueText(g.LVSTimeouts.TCP), valueText(g.LVSTimeouts.TCPFin),
			valueText(g.LVSTimeouts.UDP))
	}
	p.on("checker_log_all_failures", g.CheckerLogAllFailure)
}

// globalProcesses dumps how the roles are scheduled (cli 4.6); a real-time priority of 0 is off.
func (p *printer) globalProcesses(g *config.Global) {
	p.put("vrrp_priority", g.VRRPPriority)
	p.put("vrrp_rt_priority", g.VRRPRTPriority)
	p.on("vrrp_no_swap", g.VRRPNoSwap)
	p.put("checker_priority", g.CheckerPriority)
	p.put("checker_rt_priority", g.CheckerRTPriority)
	p.on("checker_no_swap", g.CheckerNoSwap)
}

// script dumps a vrrp_script.
func (p *printer) script(s *config.Script) {
	p.block("vrrp_script "+s.Name, func() {
		// Either of the two is set: a file that is to be readable, or a command (grammar 5.7).
		if s.FileTest != "" {
			p.put("script", "<"+s.FileTest)
		}
		p.put("script", s.Command)
		p.put("interval", s.Interval)
		// The interval, unless another time was written (semantics 5.8).
		p.put("timeout", s.Timeout)
		p.put("weight", weightText(s.Weight, s.Reverse))
		p.put("rise", s.Rise)
		p.put("fall", s.Fall)
		// It was written, and has no effect (semantics 5.9).
		p.on("init_fail", s.InitFail)
	})
}

// weightText is a weight with the word that negates it.
func weightText(weight int, reverse bool) string {
	if reverse {
		return fmt.Sprintf("%d reverse", weight)
	}
	return fmt.Sprint(weight)
}

func (p *printer) tracks(name string, tracks []config.Track) {
	if len(tracks) == 0 {
		return
	}
	p.block(name, func() {
		// A weight of 0 is shown as well: such a tracker leads to FAULT (semantics 5.1).
		for _, t := range tracks {
			p.line("%s weight %s", t.Name, weightText(t.Weight, t.Reverse))
		}
	})
}

// notify dumps what is told when the state changes; instances and groups have the same.
func (p *printer) notify(n *config.Notify) {
	for _, c := range commandsOf(n) {
		p.put(c.Name, *c.Command)
	}
	// The bare keyword has no command to be shown, and is enough for DELETED (semantics 7.3).
	p.on("notify_deleted", n.DeletedSet && !n.Deleted.IsSet())
	p.on("notify_priority_changes", n.PriorityChanges)
	p.put("smtp_alert", n.SMTPAlert)
}

func (p *printer) syncGroup(g *config.SyncGroup) {
	p.block("vrrp_sync_group "+g.Name, func() {
		p.put("group", g.Members)
		p.tracks("track_interface", g.Tracks.Of(config.TrackedInterface))
		p.tracks("track_script", g.Tracks.Of(config.TrackedScript))
		// Files, processes and BFD sessions, as they are written.
		p.inside("vrrp_sync_group", g.Name)
		p.on("sync_group_tracking_weight", g.TrackingWeight)
		p.notify(&g.Notify)
	})
}

func (p *printer) instance(d *config.Instance) {
	p.block("vrrp_instance "+d.Name, func() {
		p.put("interface", d.Interface)
		p.put("virtual_router_id", d.VRID)
		p.put("version", d.Version)
		// There is no such keyword: what tells the family first in the block has decided
		// (semantics 1.2).
		p.put("family", map[bool]string{true: "IPv6", false: "IPv4"}[d.IPv6])
		// Without the keyword the priority decides what is aimed for (semantics 1.5).
		if d.StateGiven {
			p.put("state", stateText(d.WantMaster))
		}
		// Where none was written, 100 or 255 (semantics 1.5).
		p.put("priority", d.Priority)
		p.put("advert_int", d.AdvertInt)
		p.put("down_timer_adverts", d.DownTimerAdverts)
		// The type alone: a password is nothing for a dump.
		if d.Auth != config.AuthNone {
			p.put("auth_type", [...]string{"", "PASS", "AH"}[d.Auth])
		}
		p.on("nopreempt", d.NoPreempt)
		p.put("preempt_delay", d.PreemptDelay)
		p.instanceSource(d)
		p.instanceARP(d)
		p.instanceSwitches(d)
		p.addresses("virtual_ipaddress", d.VIPs)
		p.addresses("virtual_ipaddress_excluded", d.ExcludedVIPs)
		p.tracks("track_interface", d.Tracks.Of(config.TrackedInterface))
		p.tracks("track_script", d.Tracks.Of(config.TrackedScript))
		p.inside("vrrp_instance", d.Name)
		p.notify(&d.Notify)
	})
}

// instanceSource dumps where adverts come from and go to.
func (p *printer) instanceSource(d *config.Instance) {
	p.put("source", d.SourceIP)
	p.on("track_src_ip", d.TrackSourceIP)
	// Without peers it multicasts, and what is about unicast counts for nothing (semantics 2.10).
	if len(d.UnicastPeers) == 0 {
		p.put("multicast_group", d.MulticastGroup)
		return
	}
	p.put("unicast_ttl", d.UnicastTTL)
	p.on("check_unicast_src", d.CheckUnicastSrc)
	p.block("unicast_peer", func() {
		// 0 and 255 are any TTL (semantics 2.11).
		for _, peer := range d.UnicastPeers {
			p.line("%s min_ttl %d max_ttl %d", peer.Addr, peer.MinTTL, peer.MaxTTL)
		}
	})
}

// instanceARP dumps how addresses are announced; the values are those of global_defs where the
// block has none.
func (p *printer) instanceARP(d *config.Instance) {
	p.put("garp_master_delay", d.GARPDelay)
	p.put("garp_master_repeat", d.GARPRepeat)
	p.put("garp_master_refresh", d.GARPRefresh)
	p.put("garp_master_refresh_repeat", d.GARPRefreshRepeat)
	p.put("garp_lower_prio_delay", d.GARPLowerPrioDelay)
	p.put("garp_lower_prio_repeat", d.GARPLowerPrioRepeat)
	// 0 is off. `all 30` and `30` come out of one format: without `all` the blank before it goes.
	if d.GARPExtra.Interval > 0 {
		p.put("garp_extra_if",
			strings.TrimPrefix(fmt.Sprintf("%s %s", map[bool]string{true: "all"}[d.GARPExtra.All],
				secondsText(micros(d.GARPExtra.Interval))), " "))
	}
	p.put("garp_interval", d.GARPInterval)
	p.put("gna_interval", d.GNAInterval)
}

func (p *printer) instanceSwitches(d *config.Instance) {
	// What counts, not what was written: without strict mode it is always on (semantics 3.12).
	p.put("accept", d.Accept)
	p.on("strict_mode", d.Strict)
	p.on("dont_track_primary", d.DontTrackPrimary)
	p.on("lower_prio_no_advert", d.LowerPrioNoAdvert)
	p.on("higher_prio_send_advert", d.HigherPrioSendAdvert)
	p.on("owner_ignore_adverts", d.OwnerIgnoreAdverts)
	p.on("skip_check_adv_addr", d.SkipCheckAdvAddr)
	p.on("promote_secondaries", d.PromoteSecondaries)
	p.on("v3_checksum_as_v2", d.V3ChecksumAsV2)
}

func (p *printer) addresses(name string, list []config.Address) {
	if len(list) == 0 {
		return
	}
	p.block(name, func() {
		for _, a := range list {
			p.line("%s", addressText(a))
		}
	})
}

// addressText is the entry as it would be written, effective values included.
func addressText(a config.Address) string {
	// An address without `dev` has the interface of its instance here.
	out := a.Prefix.String() + " dev " + a.Dev
	// The kernel finds the scope of an IPv6 address by itself.
	if a.Prefix.Addr().Is4() {
		out += " scope " + scopeText(a.Scope)
	}
	if a.Broadcast.IsValid() {
		out += " brd " + a.Broadcast.String()
	}
	if a.Label != "" {
		out += " label " + a.Label
	}
	if a.Peer.IsValid() {
		out += " peer " + a.Peer.String()
	}
	// 0 is a lifetime, too: such an address is never a source (semantics 3.2).
	if a.LftGiven {
		out += " preferred_lft " + secondsText(micros(a.PreferredLft))
	}
	for _, word := range []struct {
		name string
		set  bool
	}{{"noprefixroute", a.NoPrefixRoute}, {"home", a.Home}, {"mngtmpaddr", a.MngTmpAddr}, {"autojoin", a.AutoJoin},
		{"-nodad", a.DAD}, {"no_track", a.NoTrack}, {"use_vmac", a.VMAC}} {
		if word.set {
			out += " " + word.name
		}
	}
	return out
}

// scopeText is the name that rtnetlink has for a scope, or its number.
func scopeText(scope uint8) string {
	switch scope {
	case 0:
		return "global"
	case 200:
		return "site"
	case 253:
		return "link"
	case 254:
		return "host"
	case 255:
		return "nowhere"
	}
	return fmt.Sprint(scope)
}
