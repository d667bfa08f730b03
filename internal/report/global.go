// Package report writes what several processes have in their dump files, in the words
// of keepalived (cli 6): people read them, and scripts take single lines from them.
package report

import (
	"fmt"
	"strings"
	"time"

	"holdfast/config"
)

// Supervisor is Global for the process that knows when the next reload is; "" is that none is scheduled.
func (p *Page) Supervisor(g config.Global, reload string) {
	if reload != "" {
		p.next = "Reload scheduled for " + reload
	}
	p.Global(g)
}

// Global writes the section "Global definitions". Lines about what a build option
// brings (SNMP, D-Bus, BFD) are there with what the configuration says of it.
func (p *Page) Global(g config.Global) {
	w := globals{p}
	p.Section("Global definitions")
	w.given("Config save dir", g.Files.SaveDir)
	w.names(g)
	w.mail(g)
	w.line("Checkers log all failures", g.CheckerLogAllFailure)
	w.reloading(g)
	w.line("Dynamic interfaces", g.DynamicInterfaces)
	// The second word of `dynamic_interfaces allow_if_changes` cannot stand alone.
	if g.DynamicInterfaces {
		w.line("Allow interface changes", g.IfChanges)
	}
	if g.Mail.NoFaults {
		w.line("Send emails for fault transitions", "off")
	}
	w.lvs(g)
	w.fifos(g)
	w.line("VRRP notify priority changes", g.NotifyPriorityChanges)
	if g.NotifyTwoMasters { // a line of ours: keepalived has none
		w.line("VRRP notify two masters", true)
	}
	w.announcements(g)
	w.scheduling(g)
	w.agents(g)
	w.text("Script security %s", Enabled(g.EnableScriptSecurity))
	w.text("Default script uid:gid %s", p.ids(g.ScriptUser, g.ScriptGroup))
	w.buffers(g)
	w.rest(g)
}

// reloading is how reloads come and where configurations are kept.
func (w globals) reloading(g config.Global) {
	r := g.Reloading
	if r.TimeFile != "" {
		w.line("Reload time file", r.TimeFile+Word(r.Repeat, " (repeat)", ""))
		w.text("%s", or(w.next, "No reload scheduled"))
	}
	w.given("Reload_file", r.HandshakeFile(g.Place))
	w.given("config save directory", g.Files.TmpDir) // keepalived's words for tmp_config_directory
}

// globals writes lines of that section.
type globals struct{ *Page }

func (w globals) line(key string, value any) { w.Line(1, key, value) }

func (w globals) text(format string, args ...any) { w.Text(1, format, args...) }

func (w globals) given(key, value string) { w.Given(1, key, value) }

func (w globals) program(key string, c config.Command, g config.Global, more string) {
	w.Program(1, key, c, g, more)
}

// set words a switch that may have been left alone.
func set(v *bool) string {
	// Left alone is another thing than off: then each kind of object has a default of its own.
	if v == nil {
		return "unset"
	}
	return Word(*v, "on", "off")
}

func or[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

func (w globals) names(g config.Global) {
	w.line("Network namespace", or(g.Place.NetNamespace, "(default)"))
	w.line("Network namespace ipvs", or(g.Place.IPVSNamespace, "(main namespace)"))
	w.given("Instance name", g.Place.Instance)
	w.given("Parent process name", g.Names.Parent)
	// A name that was written for one role goes before what process_names gives to all.
	w.given("VRRP process name", or(g.Names.VRRP, Word(g.Names.ByRole, "keepalived_vrrp", "")))
	w.given("LVS process name", or(g.Names.Checker, Word(g.Names.ByRole, "keepalived_lvs", "")))
	w.given("BFD process name", or(g.Names.BFD, Word(g.Names.ByRole, "keepalived_bfd", "")))
	w.program("Startup script", g.StartupScript, g, fmt.Sprintf(", timeout %d", Whole(g.StartupScriptTimeout)))
	w.program("Shutdown script", g.ShutdownScript, g, fmt.Sprintf(" timeout %d", Whole(g.ShutdownScriptTimeout)))
	w.line("Router ID", g.RouterID)
}

func (w globals) mail(g config.Global) {
	m := g.Mail
	// Without a server no mail goes out (cli 9.9), and the other settings mean nothing.
	if m.Server != "" {
		w.line("Smtp server", m.Server)
		w.line("Smtp server port", m.Port)
		w.given("Smtp HELO name", m.Helo)
		w.line("Smtp server connection timeout", Whole(m.ConnectTimeout))
		w.given("Email notification from", m.From)
		if len(m.To) > 0 {
			w.text("Email notification to:")
		}
		for _, to := range m.To {
			w.text("  %s", to)
		}
	}
	w.line("Default smtp_alert", set(g.Defaults.SMTPAlert))
	w.line("Default smtp_alert_vrrp", set(g.Defaults.SMTPAlertVRRP))
	w.line("Default smtp_alert_checker", set(g.Defaults.SMTPAlertChecker))
}

func (w globals) lvs(g config.Global) {
	// 0 leaves the kernel's own timeout alone, and has no line.
	t := g.LVSTimeouts
	for _, v := range []struct {
		key string
		t   time.Duration
	}{{"LVS TCP timeout", t.TCP}, {"LVS TCP FIN timeout", t.TCPFin}, {"LVS UDP timeout", t.UDP}} {
		if v.t != 0 {
			w.line(v.key, Whole(v.t))
		}
	}
	w.given("Default interface", g.DefaultInterface)
	w.line("Disable local IGMP", YesNo(g.DisableLocalIGMP))
	w.syncDaemon(g.SyncDaemon)
	w.line("LVS flush", g.LVSFlush)
	// By number: in the order of the constants of config.FlushOnStop.
	w.line("LVS flush on stop", [...]string{"disabled", "VS", "full"}[g.LVSFlushOnStop])
}

func (w globals) syncDaemon(d config.SyncDaemon) {
	if d.Interface == "" {
		return
	}
	w.given("LVS syncd vrrp instance", d.VRRP)
	w.line("LVS syncd interface", d.Interface)
	w.line("LVS syncd syncid", d.ID)
	if d.MaxLen != 0 {
		w.line("LVS syncd maxlen", d.MaxLen)
	}
	if d.Group.IsValid() {
		w.text("LVS mcast group %s", d.Group)
	}
	if d.Port != 0 {
		w.line("LVS syncd mcast port", d.Port)
	}
	if d.TTL != 0 {
		w.line("LVS syncd mcast ttl", d.TTL)
	}
}

func (w globals) fifos(g config.Global) {
	for _, f := range []struct {
		name string
		config.FIFO
	}{{"Global", g.NotifyFIFO}, {"VRRP", g.VRRPNotifyFIFO}, {"LVS", g.LVSNotifyFIFO}} {
		// A FIFO without a path is one that nobody asked for.
		if f.Path == "" {
			continue
		}
		w.line(f.name+" notify fifo", f.Path+", uid:gid "+w.ids(f.User, f.Group))
		w.program(f.name+" notify fifo script", f.Script, g, "")
	}
	w.line("FIFO write vrrp states on reload", g.Reloading.WriteStates)
}

func (w globals) announcements(g config.Global) {
	if g.VRRPMcastGroup4.IsValid() {
		w.line("VRRP IPv4 mcast group", g.VRRPMcastGroup4)
	}
	if g.VRRPMcastGroup6.IsValid() {
		w.line("VRRP IPv6 mcast group", g.VRRPMcastGroup6)
	}
	d := g.Defaults
	w.line("Gratuitous ARP delay", Whole(d.GARP.Delay))
	w.line("Gratuitous ARP repeat", d.GARP.Repeat)
	w.line("Gratuitous ARP refresh timer", Whole(d.GARP.Refresh))
	w.line("Gratuitous ARP refresh repeat", d.GARP.RefreshRepeat)
	w.line("Gratuitous ARP lower priority delay", Whole(d.GARP.LowerPrioDelay))
	w.line("Gratuitous ARP lower priority repeat", d.GARP.LowerPrioRepeat)
	w.line("Num adverts before down", d.DownTimerAdverts)
	w.adverts(d, g.NFTables)
}

// adverts goes on with how virtual routers take part in the protocol where they say nothing themselves.
func (w globals) adverts(d config.Defaults, f config.NFTables) {
	w.line("Gratuitous ARP for each secondary "+Word(d.GARPExtra.All, "i/f", "VMAC"),
		fmt.Sprint(Whole(d.GARPExtra.Interval), "s"))
	w.line("Send advert after receive lower priority advert", !d.LowerPrioNoAdvert)
	w.line("Send advert after receive higher priority advert", d.HigherPrioSendAdvert)
	w.line("Gratuitous ARP interval", fmt.Sprintf("%f", d.GARPInterval.Seconds()))
	w.line("Gratuitous NA interval", fmt.Sprintf("%f", d.GNAInterval.Seconds()))
	w.line("VRRP default protocol version", d.Version)
	w.filter(f)
	w.line("VRRP check unicast_src", d.CheckUnicastSrc)
	w.line("VRRP skip check advert addresses", d.SkipCheckAdvAddr)
	w.line("VRRP strict mode", d.Strict)
}

// filter is how packets to addresses that are not accepted are dropped, and those to groups of addresses are marked.
func (w globals) filter(f config.NFTables) {
	if f.Table != "" {
		w.line("nftables table name", f.Table)
		w.line("nftables base chain priority", f.BasePriority())
		w.text("nftables %sforce use ifindex for link local IPv6", Word(f.ByIndex, "", "don't "))
	}
	if f.IPVSTable != "" {
		w.line("ipvs nftables table name", f.IPVSTable)
		w.line("ipvs nftables base chain priority", f.IPVSBasePriority())
		w.line("ipvs nftables start fwmark", f.IPVSMark)
	}
	w.text("nftables with%s counters", Word(f.Counters, "", "out"))
}

// defaultRTTime is the processor time in microseconds that a process of real-time priority of keepalived may take
// without a pause where nothing is said; ours may take any.
const defaultRTTime = 10000

func (w globals) scheduling(g config.Global) {
	s := g.Scheduling
	if s.AutoPriority < 0 {
		w.line("Max auto priority", "Disabled")
	} else {
		w.line("Max auto priority", s.AutoPriority)
	}
	w.line("Min auto priority delay", fmt.Sprint(s.AutoPriorityDelay.Microseconds(), " usecs"))
	for _, p := range []struct {
		name           string
		nice, realtime int
		noSwap         bool
		cpus           []uint
		limit          uint32
	}{
		// All three roles, also those that have nothing to do (cli 4.1): their settings are read
		// anyway.
		{"VRRP", g.VRRPPriority, g.VRRPRTPriority, g.VRRPNoSwap, s.VRRPCPUs, s.VRRPRTTime},
		{"Checker", g.CheckerPriority, g.CheckerRTPriority, g.CheckerNoSwap, s.CheckerCPUs, s.CheckerRTTime},
		{"BFD", s.BFDPriority, s.BFDRTPriority, s.BFDNoSwap, s.BFDCPUs, s.BFDRTTime},
	} {
		w.line(p.name+" process priority", p.nice)
		w.line(p.name+" don't swap", p.noSwap)
		w.line(p.name+" realtime priority", p.realtime)
		if len(p.cpus) > 0 {
			// keepalived has a blank behind each.
			w.line(p.name+" CPU Affinity", strings.Trim(fmt.Sprint(p.cpus), "[]")+" ")
		}
		w.line(p.name+" realtime limit", or(p.limit, defaultRTTime))
	}
}

func (w globals) agents(g config.Global) {
	for _, a := range []struct {
		name string
		on   bool
	}{{"vrrp", g.SNMP.VRRP}, {"checker", g.SNMP.Checker}, {"RFCv2", g.SNMP.RFCv2}, {"RFCv3", g.SNMP.RFCv3},
		{"traps", g.SNMP.Traps}} {
		w.text("SNMP %s %s", a.name, Enabled(a.on))
	}
	w.line("SNMP socket", or(g.SNMP.Socket, "default (unix:/var/agentx/master)"))
	w.text("DBus %s", Enabled(g.DBus.Enabled))
	w.line("DBus service name", g.DBus.Service)
}

func (w globals) buffers(g config.Global) {
	for _, f := range []struct {
		name string
		config.Buffer
	}{
		{"vrrp_netlink_cmd", g.Buffers.VRRPCommand}, {"vrrp_netlink_monitor", g.Buffers.VRRPMonitor},
		{"process_monitor", g.Buffers.ProcessMonitor},
		{"lvs_netlink_cmd", g.Buffers.LVSCommand}, {"lvs_netlink_monitor", g.Buffers.LVSMonitor},
	} {
		w.line(f.name+"_rcv_bufs", f.Bytes)
		w.line(f.name+"_rcv_bufs_force", Bit(f.Force))
	}
}

func (w globals) rest(g config.Global) {
	w.line("rs_init_notifies", Bit(g.RSInitNotifies))
	w.line("no_checker_emails", Bit(g.Mail.NoCheckerChanges))
	w.line("rx_bufs_multiples", g.Buffers.AdvertMultiplier)
	w.line("umask", fmt.Sprintf("0%o", g.Files.Mask()))
	if g.VRRPStartupDelay > 0 {
		w.line("vrrp_startup_delay", Seconds(g.VRRPStartupDelay))
	}
	if g.LogUnknownVRIDs {
		w.text("log_unknown_vrids")
	}
	if g.VMACPrefix != "vrrp" {
		w.given("VMAC prefix", g.VMACPrefix)
	}
	if g.VMACAddrPrefix != g.VMACPrefix {
		w.given("VMAC address prefix", g.VMACAddrPrefix)
	}
}
