package reload

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// maker makes parts of configurations.
type maker struct{ *rand.Rand }

func (m maker) chance(n, of int) bool { return m.IntN(of) < n }

func (m maker) oneOf(words ...string) string { return words[m.IntN(len(words))] }

// An option is a statement that a block may have.
type option struct {
	word string
	// make gives its text; slot and dev are those of the router it is for.
	make func(m maker, slot int, dev string) string
	only func(slot int) bool // nil: all
}

func (o option) may(slot int) bool { return o.only == nil || o.only(slot) }

// some are some of the statements, each at most once: one in n, and those without which no script may run.
func (m maker) some(list []option, slot, n int) (lines []line) {
	for _, o := range list {
		must := o.word == "script_user" || o.word == "enable_script_security" || needed(o.word)
		if o.may(slot) && (must || m.chance(1, n)) {
			lines = append(lines, line{o.word, o.make(m, slot, "eth0")})
		}
	}
	return lines
}

// word is a statement without arguments, number one with a number.
func word(w string, only func(int) bool) option {
	return option{w, func(maker, int, string) string { return w }, only}
}

func number(w string, low, high int) option {
	return option{w, func(m maker, _ int, _ string) string { return fmt.Sprint(w, " ", low+m.IntN(high-low+1)) }, nil}
}

func flag(w string) option {
	return option{w, func(m maker, _ int, _ string) string {
		return w + " " + m.oneOf("true", "on", "yes", "false", "off", "no")
	}, nil}
}

// text is a statement with one of these arguments.
func text(w string, args ...string) option {
	return option{w, func(m maker, _ int, _ string) string { return w + " " + m.oneOf(args...) }, nil}
}

func four(slot int) bool { return !IsSix(slot) }

// globals are the statements of global_defs that concern virtual routers.
var globals = []option{
	{"enable_script_security", word("enable_script_security", nil).make, nil},
	{"script_user", text("script_user", "root").make, nil},
	text("router_id", "one", "two"),
	number("vrrp_garp_master_delay", 1, 9), number("vrrp_garp_master_repeat", 1, 3),
	number("vrrp_garp_master_refresh", 0, 60), number("vrrp_garp_master_refresh_repeat", 1, 2),
	number("vrrp_garp_lower_prio_delay", 0, 5), number("vrrp_garp_lower_prio_repeat", 0, 3),
	text("vrrp_garp_interval", "0.001", "0.0001"), text("vrrp_gna_interval", "0.001", "0.0001"),
	text("vrrp_garp_extra_if", "20", "all 30"), flag("vrrp_min_garp"),
	flag("vrrp_lower_prio_no_advert"), flag("vrrp_higher_prio_send_advert"), flag("vrrp_owner_ignore_adverts"),
	word("vrrp_check_unicast_src", nil), flag("vrrp_skip_check_adv_addr"), flag("vrrp_notify_priority_changes"),
	word("fifo_write_vrrp_states_on_reload", nil), number("vrrp_rx_bufs_multiplier", 1, 9),
	text("vrrp_rx_bufs_policy", "MTU", "ADVERT", "4096"), text("vmac_prefix", "vrrp", "vm"),
	text("smtp_alert_vrrp", "false", "off"), number("json_version", 1, 2),
	text("reload_time_file", "/run/when", "/run/then"), word("reload_repeat", nil),
	text("tmp_config_directory", "/tmp", "/run"),
}

// statements are those of a vrrp_instance that do not say who it is on the wire.
var statements = []option{
	{"virtual_ipaddress", makeAddresses("virtual_ipaddress", 90), nil},
	{"virtual_ipaddress_excluded", makeAddresses("virtual_ipaddress_excluded", 91), nil},
	{"virtual_routes", makeRoutes, nil},
	{"virtual_rules", makeRules, nil},
	number("garp_master_delay", 1, 9), number("garp_master_repeat", 1, 3), number("garp_master_refresh", 0, 60),
	number("garp_master_refresh_repeat", 1, 2), number("garp_lower_prio_delay", 0, 5),
	number("garp_lower_prio_repeat", 0, 3), text("garp_extra_if", "20", "all 30"),
	flag("lower_prio_no_advert"), flag("higher_prio_send_advert"), flag("skip_check_adv_addr"),
	{"owner_ignore_adverts", flag("owner_ignore_adverts").make, isOwner},
	word("check_unicast_src", isUnicast), word("dont_track_primary", nil),
	word("accept", func(s int) bool { return s%2 == 0 }),
	word("no_accept", func(s int) bool { return s%2 == 1 && isPlain(s) }),
	{"preempt_delay", number("preempt_delay", 0, 9).make, isPlain},
	{"down_timer_adverts", number("down_timer_adverts", 3, 5).make, nil},
	number("debug", 0, 4), number("kernel_rx_buf_size", 4096, 65536),
	word("promote_secondaries", func(slot int) bool { return !isVMAC(slot) }),
	flag("notify_priority_changes"), text("smtp_alert", "false", "off"),
	notify("notify_master"), notify("notify_backup"), notify("notify_fault"), notify("notify_stop"),
	notify("notify_deleted"), notify("notify"), notify("notify_master_rx_lower_pri"),
	{"track_interface", makeTrack("track_interface", "eth1"), func(s int) bool { return deviceOf(s) != "eth1" }},
	{"track_script", makeTrack("track_script", "well"), isMovable},
	{"track_file", makeTrack("track_file", "number"), isMovable},
	{"track_process", makeTrack("track_process", "first"), isMovable},
	{"track_bfd", makeTrack("track_bfd", "session"), isMovable},
	{"authentication", func(m maker, _ int, _ string) string {
		return "authentication {\n        auth_type " + m.oneOf("PASS", "AH") + "\n        auth_pass " +
			m.oneOf("secret", "word") + "\n    }"
	}, isOwner},
	{"auth_hmac", func(m maker, _ int, _ string) string {
		const keys = "auth_hmac {\n        key 1 %032d\n        key 2 %032d\n        active_key %d\n    }"
		return fmt.Sprintf(keys, 1, 2, 1+m.IntN(2))
	}, isUnicast},
	{"unicast_ttl", number("unicast_ttl", 64, 255).make, isUnicast},
	{"v3_checksum_as_v2", flag("v3_checksum_as_v2").make, func(s int) bool { return four(s) && isPlain(s) }},
}

func notify(w string) option {
	return option{w, func(m maker, _ int, _ string) string { return fmt.Sprint(w, ` "/bin/true `, m.IntN(3), `"`) }, nil}
}

// makeTrack tracks a thing with a weight: the thing may be unwell.
func makeTrack(word, name string) func(maker, int, string) string {
	return func(m maker, _ int, _ string) string {
		reverse := ""
		if m.chance(1, 4) {
			reverse = " reverse"
		}
		return fmt.Sprintf("%s {\n        %s weight %d%s\n    }", word, name, 2+m.IntN(19), reverse)
	}
}

// isOwner and isUnicast are the slots of routers of version 2, which own their addresses, and of those with peers.
func isOwner(slot int) bool { return slot%4 == 3 && four(slot) && !IsBackup(slot) }

func isUnicast(slot int) bool { return slot == 4 || slot == 6 }

// isVMAC are the slots of routers that live on an interface of their own.
func isVMAC(slot int) bool { return slot == 1 || slot == 5 }

// Interval is the advert_int of the router in a slot, in milliseconds.
func Interval(slot int) int {
	if isOwner(slot) {
		return 1000
	}
	return 100
}

// isMovable are the slots whose priority trackers may move.
func isMovable(slot int) bool { return !isOwner(slot) }

// isPlain are the slots of routers of version 3 that are alone.
func isPlain(slot int) bool { return !isOwner(slot) && !IsBackup(slot) }

func deviceOf(slot int) string {
	if slot%2 == 1 && !IsBackup(slot) && !isVMAC(slot) {
		return "eth1"
	}
	return "eth0"
}

func (m maker) router(slot int) *router {
	r := &router{slot: slot, dev: deviceOf(slot)}
	add := func(word, format string, args ...any) {
		r.fixed = append(r.fixed, line{word, fmt.Sprintf(word+" "+format, args...)})
	}
	add("interface", "%s", r.dev)
	add("virtual_router_id", "%d", VRID(slot))
	add("advert_int", "%g", float64(Interval(slot))/1000)
	switch {
	case isOwner(slot):
		add("version", "2")
		add("state", "MASTER")
		add("priority", "255")
	case IsBackup(slot):
		add("version", "3")
		add("priority", "%d", 50+m.IntN(9))
		if m.chance(1, 3) {
			add(m.oneOf("nopreempt", "preempt"), "")
		}
	default:
		add("version", "3")
		add("state", "BACKUP")
		add("priority", "%d", 100+m.IntN(50))
	}
	if IsSix(slot) {
		add("native_ipv6", "")
	}
	if isUnicast(slot) {
		add("unicast_src_ip", "10.80.0.1")
		add("unicast_peer", "{\n        10.80.0.2\n        10.80.0.3 min_ttl 1 max_ttl 255\n    }")
		add("old_unicast_checksum", "never")
	}
	if isVMAC(slot) {
		add("use_vmac", "")
		if m.chance(1, 2) {
			add("vmac_xmit_base", "")
		}
	}
	for i, o := range statements {
		if o.may(slot) && (i == 0 || m.chance(1, 6)) {
			r.free = append(r.free, line{o.word, o.make(m, slot, r.dev)})
		}
	}
	return r
}

// group makes a group of routers that are in none; the members are as quick as each other.
func (m maker) group(f *File) {
	g := group{name: fmt.Sprintf("G%d", m.IntN(9))}
	for slot, r := range f.routers {
		if r != nil && !IsBackup(slot) && !isOwner(slot) && f.groupOf(slot) < 0 && m.chance(1, 4) {
			g.members = append(g.members, slot)
		}
	}
	if len(g.members) < 2 || slices.ContainsFunc(f.groups, func(o group) bool { return o.name == g.name }) {
		return
	}
	for _, o := range []option{word("sync_group_tracking_weight", nil), notify("notify_master"), notify("notify"),
		notify("notify_backup"), notify("notify_fault"), notify("notify_stop"), text("smtp_alert", "false"),
		flag("notify_priority_changes"), {"track_file", makeTrack("track_file", "number"), nil},
		{"track_script", makeTrack("track_script", "well"), nil}} {
		if m.chance(1, 5) {
			g.free = append(g.free, line{o.word, o.make(m, 0, "")})
		}
	}
	f.groups = append(f.groups, g)
}

// entries is a block with a list of n entries, each of another number.
func (m maker) entries(word string, low, n int, entry func(k int) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s {\n", word)
	numbers := m.Perm(6)[:low+m.IntN(n)]
	if word == "virtual_ipaddress" && !slices.Contains(numbers, 0) {
		numbers[0] = 0 // that of IPv6 is link-local, and has to be the first
	}
	slices.Sort(numbers)
	for _, k := range numbers {
		fmt.Fprintf(&b, "        %s\n", strings.TrimSpace(entry(k)))
	}
	return b.String() + "    }"
}

// makeAddresses makes a list of addresses that only this router and this list have.
func makeAddresses(word string, net int) func(maker, int, string) string {
	return func(m maker, slot int, dev string) string {
		return m.entries(word, 1, 4, func(k int) string {
			if IsSix(slot) {
				if k == 0 {
					return fmt.Sprintf("fe80::%d:%d:%d", net, slot, k) + m.words(1, "", "preferred_lft forever", "no_track")
				}
				return fmt.Sprintf("2001:db8:%d:%d::%d/64", net, slot, k+1) +
					m.words(2, "", "preferred_lft 0", "-nodad", "home", "no_track", "noprefixroute")
			}
			return fmt.Sprintf("10.%d.%d.%d/32", net, slot, k+1) +
				m.words(2, "", "dev "+dev, "scope link", "scope global", "label "+dev+":v", "preferred_lft 100000", "no_track",
					"brd 10.255.255.255")
		})
	}
}

// words are up to n of these, each keyword once.
func (m maker) words(n int, list ...string) (text string) {
	for range n {
		w := m.oneOf(list...)
		first, _, _ := strings.Cut(w, " ")
		if !strings.Contains(text, " "+first) {
			text += " " + w
		}
	}
	return text
}

func makeRoutes(m maker, slot int, _ string) string {
	return m.entries("virtual_routes", 1, 3, func(k int) string {
		if IsSix(slot) {
			return fmt.Sprintf("2001:db8:92:%d::%d/128 dev eth0", slot, k+1) +
				m.words(2, "table 200", "metric 7", "mtu 1400", "hoplimit 9", "no_track")
		}
		dst := fmt.Sprintf("10.92.%d.%d", slot, k+1)
		if k == 5 {
			return fmt.Sprintf("%s %s table 300 no_track", m.oneOf("blackhole", "unreachable", "prohibit"), dst)
		}
		return dst + m.oneOf(" dev eth0", " via 10.80.0.2 dev eth0", " via 10.80.0.3 dev eth0 onlink") +
			m.words(2, "table 200", "metric 7", "src 10.80.0.1", "mtu lock 1400", "advmss 1000", "initcwnd 20", "tos 16",
				"realms 3", "no_track", "rtt 300ms", "window 9000", "quickack 1")
	})
}

func makeRules(m maker, slot int, _ string) string {
	return m.entries("virtual_rules", 1, 2, func(k int) string {
		from, to := fmt.Sprintf("from 10.93.%d.%d", slot, k+1), "to 10.1.1.1"
		if IsSix(slot) {
			from, to = fmt.Sprintf("from 2001:db8:93:%d::%d", slot, k+1), "to 2001:db8::1"
		}
		return from + m.words(3, to, "fwmark 5", "iif eth0", "oif eth1", "tos 16", "no_track") + " " +
			m.oneOf("table 200", "table 200 suppress_prefixlength 3", "lookup 300", "blackhole", "prohibit") +
			fmt.Sprintf(" preference %d", 1000+10*slot+k)
	})
}

// statics are blocks of things held from start to stop.
func (m maker) statics() (blocks []string) {
	if m.chance(1, 2) {
		blocks = append(blocks, m.entries("static_ipaddress", 1, 3, func(k int) string {
			return fmt.Sprintf("10.94.0.%d/32 dev eth0", k+1) + m.words(1, "", "scope link", "no_track")
		})+"\n")
	}
	if m.chance(1, 2) {
		blocks = append(blocks, m.entries("static_routes", 1, 3, func(k int) string {
			return fmt.Sprintf("10.95.0.%d dev eth0", k+1) + m.words(1, "table 200", "metric 9", "no_track")
		})+"\n")
	}
	if m.chance(1, 2) {
		blocks = append(blocks, m.entries("static_rules", 1, 2, func(k int) string {
			return fmt.Sprintf("from 10.96.0.%d table 200 preference %d", k+1, 2000+k) + m.words(1, "", "no_track")
		})+"\n")
	}
	if m.chance(1, 4) {
		const block = "garp_group {\n    garp_interval 0.00%d\n    gna_interval 0.001\n    %s\n}\n"
		blocks = append(blocks, fmt.Sprintf(block, 1+m.IntN(3), m.oneOf("interface eth0", "interfaces {\n eth0 eth1\n    }")))
	}
	return blocks
}
