package language

import (
	"net/netip"

	"holdfast/config"
	"holdfast/config/syntax"
)

// instanceDraft is a vrrp_instance while it is being read.
type instanceDraft struct {
	draft
	config.Instance
	// `IPv6` of the configuration follows from it: AnyFamily is not known there.
	family config.Family // once something told it
	// the keywords, of which the last one counts; what holds is found when strict mode is known (completeInstance)
	accept, noAccept bool
	// no_virtual_ipaddress: it is meant that there is no address
	noVIPs   bool
	debug    int
	ttlCheck bool // a peer has a TTL range, which implies check_unicast_src
	// what was written; it is cut to eight bytes and copied only if the type and the version allow it
	authPass  string
	smtpAlert *bool
	group     *groupDraft

	macNeedsVRID bool // the sixth octet of VMAC.MAC
	pollLink     bool // linkbeat_use_polling
}

// openInstance begins an instance. The second one of a name is skipped (grammar 6.10).
func openInstance(s *stmt, b *binder) *instanceDraft {
	if len(s.args) != 1 {
		s.errorf(s.pos(), "bad-name", "vrrp_instance must have a name of one word (quote it if it has blanks)")
		return nil
	}
	name := s.word(0)
	if d := b.vrrp().byName[name]; d != nil {
		s.report(syntax.Diagnostic{Pos: s.at(0), Severity: syntax.Error, Class: syntax.ClassConfigError,
			ID:   "duplicate-name",
			Text: "vrrp instance " + name + " already defined; give it another name", Related: d.Pos,
			RelatedText: "first defined here"})
		return nil
	}
	// The zero value is "not given" for most settings, and defaults are filled in at the end: many of them depend on
	// another setting.
	d := &instanceDraft{}
	d.Name, d.Pos = name, s.pos()
	d.UnicastTTL = 255
	b.vrrp().addInstance(d)
	b.object = name
	return d
}

// inherit fills in what the instance did not say from global_defs.
func (b *binder) inherit(d *instanceDraft) {
	g := b.global()
	def(d, "garp_master_delay", &d.GARPDelay, g.Defaults.GARP.Delay)
	def(d, "garp_master_repeat", &d.GARPRepeat, g.Defaults.GARP.Repeat)
	def(d, "garp_master_refresh", &d.GARPRefresh, g.Defaults.GARP.Refresh)
	def(d, "garp_master_refresh_repeat", &d.GARPRefreshRepeat, g.Defaults.GARP.RefreshRepeat)
	def(d, "garp_lower_prio_delay", &d.GARPLowerPrioDelay, g.Defaults.GARP.LowerPrioDelay)
	def(d, "garp_lower_prio_repeat", &d.GARPLowerPrioRepeat, g.Defaults.GARP.LowerPrioRepeat)
	def(d, "garp_extra_if", &d.GARPExtra, g.Defaults.GARPExtra) // has vmac_garp_intvl too, its other name
	d.GARPInterval, d.GNAInterval = g.Defaults.GARPInterval, g.Defaults.GNAInterval
	def(d, "down_timer_adverts", &d.DownTimerAdverts, g.Defaults.DownTimerAdverts)
	def(d, "lower_prio_no_advert", &d.LowerPrioNoAdvert, g.Defaults.LowerPrioNoAdvert)
	def(d, "higher_prio_send_advert", &d.HigherPrioSendAdvert, g.Defaults.HigherPrioSendAdvert)
	def(d, "owner_ignore_adverts", &d.OwnerIgnoreAdverts, g.Defaults.OwnerIgnoreAdverts)
	def(d, "skip_check_adv_addr", &d.SkipCheckAdvAddr, g.Defaults.SkipCheckAdvAddr)
	def(d, "check_unicast_src", &d.CheckUnicastSrc, g.Defaults.CheckUnicastSrc)
	def(d, "v3_checksum_as_v2", &d.V3ChecksumAsV2, g.Defaults.V3ChecksumAsV2)
	def(d, "strict_mode", &d.Strict, g.Defaults.Strict)
	// The nearest one that says something: the instance, smtp_alert_vrrp, smtp_alert.
	d.Notify.SMTPAlert = firstOf(false, d.smtpAlert, g.Defaults.SMTPAlertVRRP, g.Defaults.SMTPAlert)
	// Its group comes before global_defs; that is why groups are joined first.
	if !d.has("notify_priority_changes") {
		d.Notify.PriorityChanges = g.NotifyPriorityChanges
		if d.group != nil && d.group.has("notify_priority_changes") {
			d.Notify.PriorityChanges = d.group.Notify.PriorityChanges
		}
	}
	// The family is known by now, by the addresses or by another setting.
	if !d.MulticastGroup.IsValid() {
		d.MulticastGroup = g.VRRPMcastGroup4
		if d.IPv6 {
			d.MulticastGroup = g.VRRPMcastGroup6
		}
	}
}

// def sets a field to the inherited value if its keyword was not given.
func def[T any](d *instanceDraft, keyword key, field *T, inherited T) {
	if !d.has(keyword) {
		*field = inherited
	}
}

// settle remembers the address family that an instance follows: that of the
// first address which tells it. ok is false if this one contradicts.
func (d *instanceDraft) settle(a netip.Addr) (ok bool) {
	//	unicast_src_ip 2001:db8::1
	// above virtual_ipaddress makes it an IPv6 instance, and each address below has to agree.
	ok = agrees(&d.family, a)
	d.IPv6 = d.family == config.IPv6
	return ok
}

// setState takes MASTER or BACKUP, in capitals (grammar 4.5).
func setState(s *stmt, d *instanceDraft) bool {
	word := s.word(0)
	switch {
	case word != "MASTER" && word != "BACKUP":
		s.errorf(s.at(0), "unknown-value", "(%s) unknown state '%s'; write MASTER or BACKUP (capitals)", d.Name, word)
		return false
	// The first one counts (grammar 6.10), with one exception that 2.2.7 makes without a word: MASTER behind BACKUP.
	case d.has("state") && d.WantMaster && word == "BACKUP":
		s.warnf(s.at(0), "duplicate-setting", "(%s) state previously set as MASTER - ignoring BACKUP; MASTER stays",
			d.Name)
		return true
	case d.has("state") && !d.WantMaster && word == "MASTER":
		s.mutedf(s.at(0), "duplicate-setting", "(%s) state previously set as BACKUP; MASTER is used", d.Name)
	}
	d.StateGiven, d.WantMaster = true, word == "MASTER"
	return true
}

// stateText is the word for a state to aim for.
func stateText(master bool) string {
	if master {
		return "MASTER"
	}
	return "BACKUP"
}

// protocolVersion is the version, which is set once: another one behind it, or 2 behind
// IPv6 addresses, is ignored.
func protocolVersion() Keyword {
	k := number(func(d *instanceDraft) *int { return &d.Version }, 2, 3)
	set := k.bind.set
	k.bind.set = func(s *stmt, target any) bool {
		d := target.(*instanceDraft)
		before := d.Version
		// IPv6 addresses have told the version already (semantics 1.2).
		if before == 0 && d.IPv6 {
			before = 3
		}
		if !set(s, target) {
			return false
		}
		if before != 0 && before != d.Version {
			s.errorf(s.at(0), "duplicate-setting",
				"(%s) vrrp_version %d conflicts with configured or deduced version %d; ignoring", d.Name, d.Version,
				before)
			d.Version = before
			return false
		}
		return true
	}
	return k
}

// setInterface takes the interface that adverts are sent on.
func setInterface(s *stmt, d *instanceDraft) bool {
	name := s.word(0)
	// All directors have one of that name, and adverts on it reach nobody (semantics 4.5).
	if name == "lo" {
		s.errorf(s.at(0), "loopback-interface",
			"(%s) cannot use a loopback interface (lo) for vrrp - ignoring; name the interface the directors share",
			d.Name)
		return false
	}
	if d.Interface != "" && d.Interface != name {
		// it must exist all the same
		// The last one counts, and keepalived looks for each when it reads it.
		s.requireInterface(d.at("interface", s.pos()), d.Interface, "vrrp_instance "+d.Name)
	}
	d.Interface = name
	return true
}

// sourceAddress takes the address that adverts come from, for unicast and multicast alike.
func sourceAddress() Keyword {
	return custom("IP", 1, func(s *stmt, d *instanceDraft) bool {
		a, ok := s.socketAddress(0)
		if !ok {
			s.errorf(s.at(0), "invalid-address",
				"(%s) malformed src address [%s]; write a numeric IP address - skipping", d.Name, s.word(0))
			return false
		}
		if !d.settle(a) {
			s.errorf(s.at(0), "mixed-families",
				"(%s) address family of src address [%s] does not match the instance - skipping", d.Name, a)
			return false
		}
		// The place is for advice: an address that no interface has.
		d.SourceIP, d.SourcePos = a, s.at(0)
		return true
	})
}

// setGroupAddress takes the address that multicast adverts go to.
func setGroupAddress(s *stmt, d *instanceDraft) bool {
	a, ok := s.socketAddress(0)
	if !ok || !a.IsMulticast() {
		s.errorf(s.at(0), "not-multicast", "(%s) mcast_dst_ip %s is not a multicast address - skipping", d.Name,
			s.word(0))
		return false
	}
	if !d.settle(a) {
		s.errorf(s.at(0), "mixed-families",
			"(%s) address family of mcast_dst_ip %s does not match the instance - skipping", d.Name, a)
		return false
	}
	d.MulticastGroup = a
	return true
}

// addPeer reads one line of unicast_peer.
func addPeer(s *stmt, d *instanceDraft) {
	a, ok := s.socketAddress(0)
	if !ok {
		s.errorf(s.at(0), "invalid-address",
			"(%s) malformed unicast peer address[%s]; write a numeric IP address - skipping", d.Name, s.word(0))
		return
	}
	if !d.settle(a) {
		s.errorf(s.at(0), "mixed-families",
			"(%s) unicast peer address[%s] must be of the same family as the instance - skipping", d.Name, a)
		return
	}
	//	10.0.0.2 min_ttl 250 max_ttl 255
	// the TTL of what this peer sends; without the words any will do.
	p := config.Peer{Addr: a, MaxTTL: 255, Pos: s.at(0)}
	for i := 1; i < len(s.args); i++ {
		var field *uint8
		switch s.word(i) {
		case "min_ttl":
			field = &p.MinTTL
		case "max_ttl":
			field = &p.MaxTTL
		default:
			s.errorf(s.at(i), "unknown-option",
				"(%s) unknown unicast_peer option '%s'; write min_ttl or max_ttl and 0..255", d.Name, s.word(i))
			continue
		}
		i++
		if n, ok := s.integer(i, 0, 255, false); ok {
			*field = uint8(n)
			// One range is enough for the instance to look at sources too (semantics 2.11).
			d.ttlCheck = true
		}
	}
	// Taken as it stands, as keepalived does: who tests it finds out that nothing is heard.
	if p.MinTTL > p.MaxTTL {
		s.warnf(s.pos(), "limits-swapped",
			"(%s) min_ttl %d > max_ttl %d - all packets of %s will be discarded; swap them", d.Name, p.MinTTL, p.MaxTTL,
			a)
	}
	// A second one would get each advert twice.
	for _, q := range d.UnicastPeers {
		if q.Addr == a {
			s.mutedf(s.at(0), "duplicate-entry", "(%s) unicast peer %s is listed twice - ignoring", d.Name, a)
			return
		}
	}
	d.UnicastPeers = append(d.UnicastPeers, p)
}

// openAuth has the instance as its draft.
func openAuth(_ *stmt, d *instanceDraft) *instanceDraft { return d }

func setAuthType(s *stmt, d *instanceDraft) bool {
	switch s.word(0) {
	case "PASS":
		d.Auth = config.AuthPass
	case "AH":
		d.Auth = config.AuthAH
	default:
		s.errorf(s.at(0), "unknown-value", "(%s) unknown authentication type '%s'; write PASS or AH", d.Name, s.word(0))
		return false
	}
	return true
}

// setAuthPass takes the password.
func setAuthPass(s *stmt, d *instanceDraft) bool {
	d.authPass = s.word(0)
	// The field of the advert has eight bytes (semantics 2.12).
	if len(d.authPass) > len(d.AuthPass) {
		s.warnf(s.at(0), "password-too-long", "(%s) Truncating auth_pass to %d characters; give a shorter password",
			d.Name, len(d.AuthPass))
		d.authPass = d.authPass[:len(d.AuthPass)]
	}
	return true
}

func setNotifyDeleted(s *stmt, d *instanceDraft) bool {
	//	notify_deleted
	// alone asks for DELETED in place of FAULT when the instance is removed, and runs nothing by itself.
	d.Notify.DeletedSet = true
	if len(s.args) == 0 {
		return true
	}
	c, ok := s.commandOfUser()
	if ok {
		d.Notify.Deleted = c
	}
	return ok
}

// setNativeIPv6 is what told the family before the addresses did.
func setNativeIPv6(s *stmt, d *instanceDraft) bool {
	// Any address of the family says the same.
	if !d.settle(netip.IPv6Unspecified()) {
		s.errorf(s.pos(), "wrong-family", "(%s) Cannot specify native_ipv6 with IPv4 addresses; remove it", d.Name)
		return false
	}
	return true
}
