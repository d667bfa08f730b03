package language

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// globalDraft is what global_defs fills.
type globalDraft struct {
	draft
	config.Global
	// vrrp_min_garp stood there; what it changes is known at the end of the block only.
	minGARP          bool
	scriptUserFailed bool       // script_user names nobody
	settled          syntax.Pos // of a script before script_user
	asRoot           bool       // a script stood before enable_script_security and script_user
	namespaceAt      syntax.Pos // of net_namespace
	// interfaceMissing: an interface is not there that must be. keepalived stops at that before it
	// looks at scripts.
	interfaceMissing bool
	scripts          scriptPlaces
}

// global is the draft of global_defs. Its blocks and the settings outside of blocks are bound before
// everything else, so it is complete when another chapter asks.
func (b *binder) global() *globalDraft { return part[globalDraft](b) }

func newGlobalDraft(env Env) *globalDraft {
	return &globalDraft{
		Global: config.Global{
			RouterID:              env.HostName,
			DefaultInterface:      "eth0",
			VMACPrefix:            "vrrp",
			Mail:                  config.Mail{Port: 25, ConnectTimeout: 30 * time.Second},
			StartupScriptTimeout:  10 * time.Second,
			ShutdownScriptTimeout: 10 * time.Second,
			VRRPMcastGroup4:       netip.AddrFrom4([4]byte{224, 0, 0, 18}),
			VRRPMcastGroup6:       netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12}),
			ChildWaitTime:         5 * time.Second,
			Scheduling:            config.Scheduling{AutoPriorityDelay: time.Second},
			Buffers:               config.Buffers{AdvertMultiplier: 3},
			NFTables:              config.NFTables{IPVSMark: 1000},
			SNMP:                  config.SNMP{VSInterval: 5 * time.Second},
			Files:                 config.Files{JSONVersion: 1},
			Defaults: config.Defaults{
				GARP:             config.GARP{Delay: 5 * time.Second, Repeat: 5, RefreshRepeat: 1},
				DownTimerAdverts: 3,
				Version:          2,
			},
		},
	}
}

// openGlobal gives all blocks of global_defs one draft: they count together (grammar 6.10).
func openGlobal(s *stmt, b *binder) *globalDraft { return b.global() }

// completeGlobal resolves what depends on other keywords of global_defs.
func (b *binder) completeGlobal() {
	g := b.global()
	b.env = b.env.withTables(g.Files)
	//	vrrp_min_garp
	// changes only what is still at its default (semantics 3.11).
	if g.minGARP {
		if !g.has("vrrp_garp_master_delay") {
			g.Defaults.GARP.Delay = 0
		}
		if !g.has("vrrp_garp_master_repeat") {
			g.Defaults.GARP.Repeat = 1
		}
	}
	// These follow the ones above, so they come after vrrp_min_garp.
	if !g.has("vrrp_garp_lower_prio_delay") {
		g.Defaults.GARP.LowerPrioDelay = g.Defaults.GARP.Delay
	}
	if !g.has("vrrp_garp_lower_prio_repeat") {
		g.Defaults.GARP.LowerPrioRepeat = g.Defaults.GARP.Repeat
	}
	// vmac_prefix and vmac_addr_prefix: the second follows the first unless it is set.
	if g.VMACAddrPrefix == "" {
		g.VMACAddrPrefix = g.VMACPrefix
	}
	// A mail server wants a name and a sender from everybody.
	host := b.env.HostName
	if g.Mail.Helo == "" {
		g.Mail.Helo = host
	}
	if g.Mail.From == "" && host != "" {
		g.Mail.From = "root@" + host
	}
	// A script without a user stood before enable_script_security, when there was no keepalived_script: keepalived
	// has settled on root there, for all scripts.
	if g.asRoot && g.EnableScriptSecurity && g.ScriptUser == "" && !g.scriptUserFailed {
		g.ScriptUser = "root"
	}
	// Here script_user may stand anywhere (grammar 6.9); a file that is to work with keepalived too has it further
	// up.
	if g.settled.IsValid() && b.hasScriptUser() {
		b.warnf(g.settled, "no-script-user",
			"keepalived runs no script as script_user, which stands below this one; move script_user up")
	}
	for _, c := range []*config.Command{&g.StartupScript, &g.ShutdownScript} {
		if problem := b.identityProblem(c.User, strings.TrimPrefix(c.Group, ":")); c.IsSet() && problem != "" {
			b.errorf(c.Pos, "unknown-user",
				"Invalid startup or shutdown script: %s; words after an unquoted command are user and group: "+
					"quote the whole command", problem)
			// With a user that is not there it could never run.
			*c = config.Command{}
		}
	}
	for _, c := range []*config.Command{&g.StartupScript, &g.ShutdownScript, &g.NotifyFIFO.Script,
		&g.VRRPNotifyFIFO.Script, &g.LVSNotifyFIFO.Script} {
		b.resolveUser(c, "script")
	}
	// Last: whoever completes an instance or a service reads what was settled here.
	b.cfg.Global = g.Global
}

// recipients is the notification_email list.
func recipients() Keyword {
	k := list("ADDRESS ...", func(s *stmt, g *globalDraft) {
		for _, w := range s.words() {
			g.Mail.To = append(g.Mail.To, w.Text)
		}
	})
	k.bind.show = showing(func(g *globalDraft) []writing {
		var entries [][]string
		for _, to := range g.Mail.To {
			entries = append(entries, []string{quoted(to)})
		}
		return listed(entries)
	})
	k.bind.done = func(s *stmt, _ any) {
		if s.node.Block == nil || len(s.node.Block.Nodes) == 0 {
			s.warnf(s.pos(), "empty-block", "empty notification_email block; write addresses or remove it")
		}
	}
	return k
}

// setSMTPServer takes a host and perhaps a port.
func setSMTPServer(s *stmt, g *globalDraft) bool {
	if len(s.args) > 1 {
		// A port that is refused costs the whole line: the server of before stays (grammar 8.2).
		n, ok := s.integer(1, 1, 65535, true)
		if !ok {
			return false
		}
		g.Mail.Port = uint16(n)
	}
	//	smtp_server mail.example.net 587
	// A test looks the name up, as keepalived does when it reads it; a daemon must not wait for a name server.
	if name := s.word(0); brokenIPv4(name) ||
		s.env.Test && s.env.Resolves != nil && !numeric(name) && !s.env.Resolves(name) {
		s.errorf(s.at(0), "invalid-address",
			"Invalid smtp server %s; write the name of a host that can be found, or a numeric "+
				"address such as 192.0.2.25", s.word(0))
		return false
	}
	g.Mail.Server = s.word(0)
	return true
}

// brokenIPv4 reports whether text looks like an IPv4 address and is none, also not one
// of the short forms that a resolver takes ("10.1" is 10.0.0.1).
func brokenIPv4(text string) bool {
	if !numeric(text) {
		return false
	}
	parts := strings.Split(text, ".")
	for i, part := range parts {
		// The last of fewer than four parts fills what is left of the address, so only a fourth one must be a byte.
		n, junk := parseInt(part)
		if junk || n > 255 && (i < len(parts)-1 || i == 3) {
			return true
		}
	}
	return len(parts) > 4
}

// numeric reports whether a resolver takes text for a number.
func numeric(text string) bool {
	return strings.Trim(text, "0123456789.") == "" || strings.HasPrefix(text, "0x")
}

func showSMTPServer(g *globalDraft) []writing {
	if g.Mail.Server == "" {
		return nil
	}
	return written(quoted(g.Mail.Server), strconv.Itoa(int(g.Mail.Port)))
}

func smtpTimeout() Keyword {
	k := custom(rangeText("SECONDS", 1, maxGARPSecs), 1, func(s *stmt, g *globalDraft) bool {
		n, ok := s.integer(0, 0, maxGARPSecs, true)
		if !ok {
			return false
		}
		// smtp_connect_timeout 0 is refused by nobody, and would let no mail through.
		if n == 0 {
			s.warnf(s.at(0), "number-corrected", "%s must be greater than 0, setting to 1", s.title())
			n = 1
		}
		g.Mail.ConnectTimeout = time.Duration(n) * time.Second
		return true
	})
	k.bind.show = showing(func(g *globalDraft) []writing {
		return inRange(int64(g.Mail.ConnectTimeout/time.Second), 1, maxGARPSecs)
	})
	return k
}

func setDynamicInterfaces(s *stmt, g *globalDraft) bool {
	if len(s.args) > 0 {
		// The keyword counts whatever stands behind it: only the option is refused.
		if g.IfChanges = s.word(0) == "allow_if_changes"; !g.IfChanges {
			s.errorf(s.at(0), "unknown-option", "%s: unknown option '%s'; the only one is allow_if_changes", s.title(),
				s.word(0))
		}
	}
	g.DynamicInterfaces = true
	return true
}

func showDynamicInterfaces(g *globalDraft) []writing {
	if g.IfChanges {
		return written("allow_if_changes")
	}
	return when(g.DynamicInterfaces)
}

// interfacePrefix takes the beginning of names of interfaces, which the kernel wants free of
// blanks, colons and slashes.
func interfacePrefix(p func(*globalDraft) *string) Keyword {
	k := custom("STRING", 1, func(s *stmt, g *globalDraft) bool {
		name := s.word(0)
		// keepalived takes it, and then the kernel refuses every interface whose name begins so.
		if name == "" || strings.ContainsAny(name, "/: \t\n") {
			s.mutedf(s.at(0), "name-too-long",
				"%s: '%s' cannot begin the name of an interface; leave out blanks, colons and slashes", s.title(), name)
			return false
		}
		*p(g) = name
		return true
	})
	k.bind.show = showing(func(g *globalDraft) []writing { return wordIf(*p(g)) })
	return k
}

func setLVSTimeouts(s *stmt, g *globalDraft) bool {
	took := false
	//	lvs_timeouts tcp 7200 tcpfin 120 udp 300
	// Pairs in any order. One that is refused takes its number with it and leaves the others alone.
	for i := 0; i+1 < len(s.args); i++ {
		var field *time.Duration
		switch s.word(i) {
		case "tcp":
			field = &g.LVSTimeouts.TCP
		case "tcpfin":
			field = &g.LVSTimeouts.TCPFin
		case "udp":
			field = &g.LVSTimeouts.UDP
		default:
			s.errorf(s.at(i), "unknown-option", "%s: unknown option '%s'; write tcp, tcpfin or udp and seconds",
				s.title(), s.word(i))
			continue
		}
		i++
		if n, ok := s.integer(i, 0, 2678400, false); ok {
			*field = time.Duration(n) * time.Second
		}
		took = true
	}
	if !took {
		s.errorf(s.pos(), "missing-value", "%s requires at least one option; write: lvs_timeouts %s", s.title(),
			s.kw.Args)
	}
	return took
}

func showLVSTimeouts(g *globalDraft) []writing {
	var args []string
	for _, t := range []struct {
		name string
		d    time.Duration
	}{{"tcp", g.LVSTimeouts.TCP}, {"tcpfin", g.LVSTimeouts.TCPFin}, {"udp", g.LVSTimeouts.UDP}} {
		// 0 is what the kernel has: nothing is set.
		if t.d > 0 {
			args = append(args, t.name, strconv.FormatInt(int64(t.d/time.Second), 10))
		}
	}
	if args == nil {
		return nil
	}
	return written(args...)
}

func showFlushOnStop(g *globalDraft) []writing {
	if g.LVSFlushOnStop == config.FlushServices {
		return written("VS")
	}
	return when(g.LVSFlushOnStop == config.FlushAll)
}

func setFlushOnStop(s *stmt, g *globalDraft) bool {
	switch s.word(0) {
	case "":
		g.LVSFlushOnStop = config.FlushAll
	//	lvs_flush_on_stop VS
	// without a line for each real server (semantics 8.17).
	case "VS":
		g.LVSFlushOnStop = config.FlushServices
	default:
		s.errorf(s.at(0), "unknown-value", "%s: unknown type '%s'; write VS or nothing", s.title(), s.word(0))
		return false
	}
	return true
}

func setGroup4(s *stmt, g *globalDraft) bool {
	return s.group(&g.VRRPMcastGroup4, netip.Addr.Is4, "IPv4")
}

func setGroup6(s *stmt, g *globalDraft) bool {
	return s.group(&g.VRRPMcastGroup6, netip.Addr.Is6, "IPv6")
}

func (s *stmt) group(field *netip.Addr, family func(netip.Addr) bool, name string) bool {
	a, ok := s.socketAddress(0)
	if !ok || !family(a) || !a.IsMulticast() {
		s.errorf(s.at(0), "not-multicast", "%s: '%s' is not an %s multicast address", s.title(), s.word(0), name)
		return false
	}
	*field = a
	return true
}

// fifo takes a path with owner and group; the first one wins.
func fifo(p func(*globalDraft) *config.FIFO) Keyword {
	k := custom("PATH [USER [GROUP]]", 1, func(s *stmt, g *globalDraft) bool {
		f := p(g)
		if f.Path != "" {
			s.warnf(s.pos(), "duplicate-setting", "%s already specified as %s - ignoring %s", s.title(), f.Path,
				s.word(0))
			return false
		}
		//	vrrp_notify_fifo /run/vrrp.fifo user group
		f.Path, f.User, f.Group = s.word(0), s.word(1), s.word(2)
		return true
	})
	k.bind.show = showing(func(g *globalDraft) []writing {
		f := p(g)
		return wordsIf(f.Path, f.User, f.Group)
	})
	return k
}

func fifoScript(p func(*globalDraft) *config.FIFO) Keyword {
	return globalScript(func(g *globalDraft) *config.Command { return &p(g).Script })
}

// globalScript is script for global_defs, where keepalived settles who scripts run as at
// the first script that does not say it.
func globalScript(p func(*globalDraft) *config.Command) Keyword {
	k := script(p)
	set := k.bind.set
	k.bind.set = func(s *stmt, target any) bool {
		if !set(s, target) {
			return false
		}
		// A script that names its user settles nothing for the others.
		if g, ok := target.(*globalDraft); ok && p(g).User == "" {
			s.settleScriptUser(g)
		}
		return true
	}
	return k
}

// realtime is a SCHED_RR priority: values out of range are moved into it.
func realtime(p func(*globalDraft) *int) Keyword {
	k := custom("1..99", 1, func(s *stmt, g *globalDraft) bool {
		n, ok := s.integer(0, -maxInt32, maxInt32, true)
		if !ok {
			return false
		}
		// SCHED_RR has these priorities (grammar 8.6).
		if c := min(max(n, 1), 99); c != n {
			s.warnf(s.at(0), "number-corrected", "%s: real-time priority %d is outside range [1, 99] - setting to %d",
				s.title(), n, c)
			n = c
		}
		*p(g) = int(n)
		return true
	})
	k.bind.show = showing(func(g *globalDraft) []writing { return inRange(int64(*p(g)), 1, 99) })
	return k
}
