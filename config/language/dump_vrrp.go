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

func valueText(value any) string {
	switch v := value.(type) {
	case time.Duration:
		return secondsText(micros(v))
	case bool:
		return map[bool]string{true: "on", false: "off"}[v]
	case netip.Addr:
		if !v.IsValid() {
			return ""
		}
		return v.String()
	case config.Command:
		return commandText(v)
	case config.FIFO:
		return strings.TrimSpace(v.Path + " " + v.User + " " + v.Group)
	case []string:
		return strings.Join(v, " ")
	}
	return fmt.Sprint(value)
}

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
		text += " as " + strings.TrimSuffix(c.User+":"+c.Group, ":")
	}
	return text
}

func (p *printer) global(g *config.Global) {
	p.block("global_defs", func() {
		p.put("router_id", g.RouterID)
		p.put("notification_email", g.Mail.To)
		p.put("notification_email_from", g.Mail.From)
		if g.Mail.Server != "" {
			p.line("smtp_server %s %d", g.Mail.Server, g.Mail.Port)
		}
		p.put("smtp_helo_name", g.Mail.Helo)
		p.put("smtp_connect_timeout", g.Mail.ConnectTimeout)
		p.on("no_email_faults", g.Mail.NoFaults)
		p.on("no_checker_emails", g.Mail.NoCheckerChanges)
		p.put("script_user", strings.TrimSuffix(g.ScriptUser+" "+g.ScriptGroup, " "))
		p.put("enable_script_security", g.EnableScriptSecurity)
		for _, f := range []struct {
			name string
			fifo config.FIFO
		}{{"notify_fifo", g.NotifyFIFO}, {"vrrp_notify_fifo", g.VRRPNotifyFIFO}, {"lvs_notify_fifo", g.LVSNotifyFIFO}} {
			p.put(f.name, f.fifo)
			p.put(f.name+"_script", f.fifo.Script)
		}
		p.on("vrrp_notify_priority_changes", g.NotifyPriorityChanges)
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

func (p *printer) globalProtocol(g *config.Global) {
	p.put("vrrp_mcast_group4", g.VRRPMcastGroup4)
	p.put("vrrp_mcast_group6", g.VRRPMcastGroup6)
	p.put("vrrp_startup_delay", g.VRRPStartupDelay)
	p.on("log_unknown_vrids", g.LogUnknownVRIDs)
	p.on("dynamic_interfaces", g.DynamicInterfaces)
	p.put("default_interface", g.DefaultInterface)
	p.on("lvs_flush", g.LVSFlush)
	p.put("lvs_flush_on_stop", [...]string{"entries", "services", "all"}[g.LVSFlushOnStop])
	if g.LVSTimeouts != (config.LVSTimeouts{}) {
		p.line("lvs_timeouts tcp %s tcpfin %s udp %s", valueText(g.LVSTimeouts.TCP), valueText(g.LVSTimeouts.TCPFin),
			valueText(g.LVSTimeouts.UDP))
	}
	p.on("checker_log_all_failures", g.CheckerLogAllFailure)
}

func (p *printer) globalProcesses(g *config.Global) {
	p.put("vrrp_priority", g.VRRPPriority)
	p.put("vrrp_rt_priority", g.VRRPRTPriority)
	p.on("vrrp_no_swap", g.VRRPNoSwap)
	p.put("checker_priority", g.CheckerPriority)
	p.put("checker_rt_priority", g.CheckerRTPriority)
	p.on("checker_no_swap", g.CheckerNoSwap)
}

func (p *printer) script(s *config.Script) {
	p.block("vrrp_script "+s.Name, func() {
		if s.FileTest != "" {
			p.put("script", "<"+s.FileTest)
		}
		p.put("script", s.Command)
		p.put("interval", s.Interval)
		p.put("timeout", s.Timeout)
		p.put("weight", weightText(s.Weight, s.Reverse))
		p.put("rise", s.Rise)
		p.put("fall", s.Fall)
		p.on("init_fail", s.InitFail)
	})
}

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
		for _, t := range tracks {
			p.line("%s weight %s", t.Name, weightText(t.Weight, t.Reverse))
		}
	})
}

func (p *printer) notify(n *config.Notify) {
	for _, c := range commandsOf(n) {
		p.put(c.Name, *c.Command)
	}
	p.on("notify_deleted", n.DeletedSet && !n.Deleted.IsSet())
	p.on("notify_priority_changes", n.PriorityChanges)
	p.put("smtp_alert", n.SMTPAlert)
}

func (p *printer) syncGroup(g *config.SyncGroup) {
	p.block("vrrp_sync_group "+g.Name, func() {
		p.put("group", g.Members)
		p.tracks("track_interface", g.Tracks.Of(config.TrackedInterface))
		p.tracks("track_script", g.Tracks.Of(config.TrackedScript))
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
		p.put("family", map[bool]string{true: "IPv6", false: "IPv4"}[d.IPv6])
		if d.StateGiven {
			p.put("state", stateText(d.WantMaster))
		}
		p.put("priority", d.Priority)
		p.put("advert_int", d.AdvertInt)
		p.put("down_timer_adverts", d.DownTimerAdverts)
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

func (p *printer) instanceSource(d *config.Instance) {
	p.put("source", d.SourceIP)
	p.on("track_src_ip", d.TrackSourceIP)
	if len(d.UnicastPeers) == 0 {
		p.put("multicast_group", d.MulticastGroup)
		return
	}
	p.put("unicast_ttl", d.UnicastTTL)
	p.on("check_unicast_src", d.CheckUnicastSrc)
	p.block("unicast_peer", func() {
		for _, peer := range d.UnicastPeers {
			p.line("%s min_ttl %d max_ttl %d", peer.Addr, peer.MinTTL, peer.MaxTTL)
		}
	})
}

func (p *printer) instanceARP(d *config.Instance) {
	p.put("garp_master_delay", d.GARPDelay)
	p.put("garp_master_repeat", d.GARPRepeat)
	p.put("garp_master_refresh", d.GARPRefresh)
	p.put("garp_master_refresh_repeat", d.GARPRefreshRepeat)
	p.put("garp_lower_prio_delay", d.GARPLowerPrioDelay)
	p.put("garp_lower_prio_repeat", d.GARPLowerPrioRepeat)
	if d.GARPExtra.Interval > 0 {
		p.put("garp_extra_if",
			strings.TrimPrefix(fmt.Sprintf("%s %s", map[bool]string{true: "all"}[d.GARPExtra.All],
				secondsText(micros(d.GARPExtra.Interval))), " "))
	}
	p.put("garp_interval", d.GARPInterval)
	p.put("gna_interval", d.GNAInterval)
}

func (p *printer) instanceSwitches(d *config.Instance) {
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
	out := a.Prefix.String() + " dev " + a.Dev
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
