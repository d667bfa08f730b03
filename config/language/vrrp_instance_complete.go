package language

import (
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

const (
	defaultPriority = 100
	ownerPriority   = 255 // RFC 9568 section 5.2.4
	maxV3Interval   = 4095 * 10 * time.Millisecond
)

// completeInstances fills in defaults, corrects what does not fit together and
// says what cannot run. Fatal findings concern the whole configuration (grammar
// 9.2), so such an instance is left out only to keep Config well formed.
func (b *binder) completeInstances() {
	b.joinGroups()
	for _, d := range b.vrrp().instances {
		b.completeInstance(d)
	}
	// Across instances, when each of them is complete: version, family and peers are known then.
	b.checkVRIDs()
	b.checkSharedVIPs()
	b.shortenLinkDelays()
	b.pollOwnLinks()
	// What is left out here has had a fatal finding, so nothing will be run; who prints the configuration still gets
	// one.
	b.cfg.Instances = slices.Grow(b.cfg.Instances, len(b.vrrp().instances))
	for _, d := range b.vrrp().instances {
		if d.VRID != 0 && d.Interface != "" {
			b.cfg.Instances = append(b.cfg.Instances, d.Instance)
		}
	}
	for _, g := range b.vrrp().groups {
		g.Members = slices.DeleteFunc(g.Members, func(name string) bool {
			d := b.vrrp().byName[name]
			return d == nil || d.VRID == 0 || d.Interface == ""
		})
		b.cfg.Groups = append(b.cfg.Groups, g.SyncGroup)
	}
	// Its members may all have been left out.
	b.cfg.Groups = slices.DeleteFunc(b.cfg.Groups, func(g config.SyncGroup) bool { return len(g.Members) == 0 })
	// lvs_sync_daemon_interface, the one word of an instance that is about all of them.
	b.cfg.Global.SyncDaemon = b.global().SyncDaemon
	// Last, as with keepalived, which looks at scripts when everything else is there.
	b.checkScripts()
}

func (b *binder) completeInstance(d *instanceDraft) {
	// The order: what is inherited, then what others depend on (version, priority, interval), then what is cleared
	// because it does not fit to those.
	b.inherit(d)
	b.completeVersion(d)
	b.completePriority(d)
	b.completeInterval(d)
	b.completeAuth(d)
	b.completePreemption(d)
	b.completeUnicast(d)
	b.completeVIPs(d)
	b.completeVMAC(d)
	completeHMAC(&d.HMAC, d.AdvertInt)
	byKind(d.Tracks)
	b.dropOwnInterface(d)
	b.checkTrackedTwice(d)
	b.dropOwnerWeights(d)
	b.dropGroupWeights(d)
	b.resolveNotify(&d.Notify, d.Name)
	// RFC 3768, which is version 2, has no accept mode.
	if d.Strict && d.Version == 2 && d.accept {
		b.warnf(d.at("accept", d.Pos), "accept-without-effect",
			"(%s) accept mode does not comply with RFC 3768, version 2 - resetting; remove accept", d.Name)
		d.accept = false
	}
	// keepalived says so of an owner in strict mode only. It accepts in any case (config.Instance.Filtered).
	d.Accept = d.accept || !d.Strict && !d.noAccept || d.Strict && d.Priority == ownerPriority
	// Strict mode has other defaults than global_defs: nothing is sent in answer to a lower
	// priority unless the instance itself says so.
	if d.Strict && !d.has("garp_lower_prio_repeat") {
		d.GARPLowerPrioRepeat = 0
	}
	if d.Strict && !d.has("garp_lower_prio_delay") {
		d.GARPLowerPrioDelay = 0
	}
	if d.Strict && !d.has("lower_prio_no_advert") {
		d.LowerPrioNoAdvert = true
	}
	if d.VRID == 0 {
		b.required(d, "virtual_router_id", "no-virtual-router-id",
			sprintf("(%s) the virtual router id must be set; write virtual_router_id 1..255", d.Name))
	}
	if d.Interface == "" {
		b.required(d, "interface", "no-interface",
			sprintf("(%s) Unknown interface! The interface must be set; write interface NAME", d.Name))
		return
	}
	// The interface tells what VRF it is in.
	if d.VRF != "" {
		b.warnf(d.at("vrf", d.Pos), "vrf-with-interface",
			"(%s) Cannot specify VRF interface and interface - ignoring; remove vrf", d.Name)
		d.VRF = ""
	}
	b.requireInterface(d.at("interface", d.Pos), d.Interface, "vrrp_instance "+d.Name)
}

// completeVersion settles the version (semantics 1.2). It comes before whatever depends on it.
func (b *binder) completeVersion(d *instanceDraft) {
	if d.Version == 0 {
		d.Version = b.global().Defaults.Version
		// vrrp_version is for IPv4 instances: an IPv6 instance is of version 3 unless it says 2
		// itself.
		if d.IPv6 {
			d.Version = 3
		}
	}
	if d.IPv6 && d.Version == 2 && d.Strict {
		b.warnf(d.at("version", d.Pos), "wrong-family",
			"(%s) strict mode has no VRRP version 2 for IPv6 - using version 3", d.Name)
		d.Version = 3
	}
}

// completePriority fills in the priority, and looks whether the state fits to it.
func (b *binder) completePriority(d *instanceDraft) {
	if d.Priority == 0 {
		d.Priority = defaultPriority
		// `state MASTER` without a priority is the owner (semantics 1.5). A priority that was refused is 100 all the
		// same (grammar 8.6): no typing error makes an owner.
		if d.WantMaster && !d.has("priority") {
			d.Priority = ownerPriority
		}
	}
	// The RFC knows no initial state: only the owner of the addresses begins as master.
	if d.Strict && d.StateGiven && d.WantMaster && d.Priority != ownerPriority {
		b.warnf(d.at("state", d.Pos), "state-and-priority",
			"(%s) State MASTER must match being address owner (priority 255) in strict mode", d.Name)
		d.WantMaster = false
	}
}

// completeInterval makes the interval one that an advert of the version can say.
func (b *binder) completeInterval(d *instanceDraft) {
	if d.AdvertInt == 0 {
		d.AdvertInt = time.Second
	}
	// In version 2 a byte of seconds, in version 3 twelve bits of hundredths (semantics 1.3).
	pos, given := d.at("advert_int", d.Pos), secondsText(micros(d.AdvertInt))
	switch {
	case d.Version == 2:
		b.wholeInterval(d, pos, given)
	// The largest twelve-bit number is 4095.
	case d.AdvertInt > maxV3Interval:
		b.warnf(pos, "advert-interval-rounded",
			"(%s) VRRPv3 advertisement interval %ss is out of range. Must be less than 40.96s. Setting to 40.95s",
			d.Name, given)
		d.AdvertInt = maxV3Interval
	default:
		if rounded := max(d.AdvertInt.Round(10*time.Millisecond), 10*time.Millisecond); rounded != d.AdvertInt {
			b.warnf(pos, "advert-interval-rounded",
				"(%s) VRRPv3 advertisement interval %ss must be in units of 10ms - rounding to %ss", d.Name, given,
				secondsText(micros(rounded)))
			d.AdvertInt = rounded
		}
	}
}

// wholeInterval rounds the interval of a version 2 router, whose packet has room for whole seconds only.
func (b *binder) wholeInterval(d *instanceDraft, pos syntax.Pos, given string) {
	// Less than half a second would be rounded to 0, which no advert may say.
	rounded := max(d.AdvertInt.Round(time.Second), time.Second)
	if rounded == d.AdvertInt {
		return
	}
	b.warnf(pos, "advert-interval-rounded",
		"(%s) VRRPv2 advertisement interval %ss must be an integer. rounding to %d; "+
			"use version 3 for less than a second", d.Name, given, rounded/time.Second)
	d.AdvertInt = rounded
}

// completeAuth drops authentication that the version or the mode does not allow (semantics
// 2.12).
func (b *binder) completeAuth(d *instanceDraft) {
	pos := d.at("authentication", d.Pos)
	switch {
	case d.Auth == config.AuthNone:
		return
	case d.HMAC.Use:
		b.warnf(pos, "authentication-ignored",
			"(%s) auth_hmac and authentication exclude each other. Ignoring authentication; remove one of the blocks", d.Name)
	case d.Version == 3:
		b.warnf(pos, "authentication-ignored",
			"(%s) VRRP version 3 does not support authentication. Ignoring; remove the block or set version 2", d.Name)
	case d.Strict:
		b.warnf(pos, "authentication-ignored",
			"(%s) Strict mode does not support authentication. Ignoring; remove the block", d.Name)
	case d.IPv6:
		b.mutedf(pos, "authentication-ignored",
			"(%s) VRRP version 2 over IPv6 has no room for authentication. Ignoring; remove the block", d.Name)
	// An empty password would be eight zero bytes, which anybody sends.
	case d.authPass == "" && d.Auth == config.AuthPass:
		b.defaulted(d.Pos, "auth_pass", pos, "authentication-without-password",
			sprintf("(%s) Authentication specified but no password given. Ignoring; add auth_pass", d.Name))
	default:
		copy(d.AuthPass[:], d.authPass)
		if d.Auth == config.AuthAH && d.WantMaster && d.Priority != ownerPriority {
			b.warnf(d.at("state", d.Pos), "state-with-ah",
				"(%s) Initial state master is incompatible with AH authentication - clearing; set state BACKUP", d.Name)
			d.WantMaster = false
		}
		return
	}
	// Every case above but the default: the block does not count.
	d.Auth = config.AuthNone
}

// completePreemption clears what contradicts the priority or the state (semantics 1.14).
func (b *binder) completePreemption(d *instanceDraft) {
	// What it aims for at a start (semantics 1.5), which is what these settings contradict (semantics 1.14).
	wantsMaster := d.WantMaster || (!d.StateGiven && d.Priority == ownerPriority)
	if d.NoPreempt {
		pos := d.at("nopreempt", d.Pos)
		switch {
		case wantsMaster:
			b.warnf(pos, "nopreempt-without-effect",
				"(%s) nopreempt will not work with initial state MASTER - clearing; set state BACKUP on both directors",
				d.Name)
			d.NoPreempt = false
		// An owner with state BACKUP: it does not aim for MASTER, but no sender has a higher
		// priority.
		case d.Priority == ownerPriority:
			b.warnf(pos, "nopreempt-without-effect",
				"(%s) nopreempt is incompatible with priority 255. resetting nopreempt; use a lower priority", d.Name)
			d.NoPreempt = false
		}
	}
	// Looked at after nopreempt: one that was cleared does not contradict the delay any more.
	if d.PreemptDelay == 0 {
		return
	}
	pos := d.at("preempt_delay", d.Pos)
	switch {
	case d.Strict:
		b.warnf(pos, "preempt-delay-without-effect", "(%s) preempt_delay is incompatible with strict mode - resetting",
			d.Name)
	case wantsMaster:
		b.warnf(pos, "preempt-delay-without-effect",
			"(%s) preempt delay will not work with initial state MASTER - clearing; set state BACKUP", d.Name)
	case d.NoPreempt:
		b.warnf(pos, "preempt-delay-without-effect",
			"(%s) preempt_delay is incompatible with nopreempt mode - resetting; remove one of the two", d.Name)
	default:
		return
	}
	d.PreemptDelay = 0
}

// completeUnicast looks whether unicast has anybody to speak to (semantics 2.10).
func (b *binder) completeUnicast(d *instanceDraft) {
	if d.ttlCheck {
		d.CheckUnicastSrc = true
	}
	if len(d.UnicastPeers) > 0 {
		return
	}
	//	unicast_fault_no_peer
	// means unicast without a single peer: a fault, and no multicast instead.
	if d.FaultNoPeer {
		b.mutedf(d.at("unicast_fault_no_peer", d.Pos), "unicast-without-peers",
			"(%s) Cannot use unicast without any peers - going to fault state; "+
				"list the other directors in unicast_peer", d.Name)
		return
	}
	for _, keyword := range []key{"unicast_src_ip", "unicast_peer", "unicast_ttl", "check_unicast_src",
		"unicast_fault_no_peer", "old_unicast_checksum"} {
		// The first of them is enough: they all ask for the same list.
		if d.has(keyword) {
			b.warnf(d.at(keyword, d.Pos), "unicast-without-peers",
				"(%s) A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This "+
					"usage is deprecated - list the other directors in unicast_peer", d.Name)
			return
		}
	}
}

// completeVIPs gives addresses their interface, and drops those that are there twice.
func (b *binder) completeVIPs(d *instanceDraft) {
	// Before duplicates are looked for: the same address on two interfaces is two addresses.
	for a := range d.Addresses() {
		if a.Dev == "" {
			a.Dev = d.Interface
		}
	}
	// One map for both lists: the kernel has an address once, wherever it stands in the file.
	seen := map[addressKey]syntax.Pos{}
	d.VIPs = b.dropDuplicates(d, d.VIPs, seen)
	d.ExcludedVIPs = b.dropDuplicates(d, d.ExcludedVIPs, seen)
	if len(d.VIPs) > 0 {
		b.checkFirstAddress(d)
		return
	}
	pos := d.at("virtual_ipaddress", d.Pos)
	switch {
	// An advert of version 3 must have an address (semantics 1.30).
	case d.Version == 3 || d.Strict:
		pos, text := b.without(d.Pos, "virtual_ipaddress", pos,
			sprintf("(%s) No VIP specified; at least one is required: add virtual_ipaddress { ADDRESS/LEN }", d.Name))
		b.fatalf(pos, "no-address", "%s", text)
	case !d.noVIPs:
		b.defaulted(d.Pos, "virtual_ipaddress", pos, "no-address",
			sprintf("(%s) No VIP specified; at least one is sensible: add virtual_ipaddress { ADDRESS/LEN }", d.Name))
	}
}

// checkFirstAddress wants the first address of an IPv6 router that multicasts to be link-local (RFC 9568
// section 5.2.9, semantics 1.32). Another one works.
func (b *binder) checkFirstAddress(d *instanceDraft) {
	first := &d.VIPs[0]
	if !d.IPv6 || len(d.UnicastPeers) > 0 || first.Prefix.Addr().IsLinkLocalUnicast() {
		return
	}
	const hint = "; write one such as fe80::1/64 before the others"
	if d.Strict {
		b.warnf(first.Pos, "first-address-not-link-local",
			"(%s) the first IPv6 VIP address must be link local"+hint, d.Name)
		return
	}
	b.mutedf(first.Pos, "first-address-not-link-local",
		"(%s) the first IPv6 VIP address should be link local"+hint, d.Name)
}

// addressKey is what the kernel tells addresses apart by.
type addressKey struct {
	addr netip.Addr
	dev  string
}

func keyOfAddress(a *config.Address) addressKey { return addressKey{a.Prefix.Addr(), a.Dev} }

// dropDuplicates leaves out addresses that the instance has already.
func (b *binder) dropDuplicates(d *instanceDraft, list []config.Address,
	seen map[addressKey]syntax.Pos) []config.Address {
	return slices.DeleteFunc(list, func(a config.Address) bool {
		where, ok := seen[keyOfAddress(&a)]
		if !ok {
			seen[keyOfAddress(&a)] = a.Pos
			return false
		}
		b.report(syntax.Diagnostic{Pos: a.Pos, Severity: syntax.Warning, ID: "duplicate-entry",
			Text: sprintf("(%s) VIP %s duplicates an earlier one - ignoring; remove one of the two", d.Name,
				a.Prefix.Addr()),
			Related: where, RelatedText: "first here"})
		return true
	})
}

// checkVRIDs reports virtual routers that could not be told apart on the wire
// (semantics 2.11, 2.15).
func (b *binder) checkVRIDs() {
	type place struct {
		name string
		vrid uint8
		ipv6 bool
	}
	// By what an advert is told apart on the wire; peers or group come on top of that (sameRouter).
	before := map[place][]*instanceDraft{}
	for _, d := range b.vrrp().instances {
		// What it lacks has been reported (completeInstance), and cannot be compared.
		if d.VRID == 0 || d.Interface == "" {
			continue
		}
		at := place{d.Interface, d.VRID, d.IPv6}
		others := before[at]
		before[at] = append(others, d)
		for _, e := range others {
			if !sameRouter(d, e) {
				continue
			}
			family := "IPv4"
			if d.IPv6 {
				family = "IPv6"
			}
			b.report(syntax.Diagnostic{Pos: d.at("virtual_router_id", d.Pos), Severity: syntax.Fatal,
				About: syntax.About{Part: syntax.VRRPPart}, Class: syntax.ClassConfigError, ID: "duplicate-virtual-router-id",
				Text: sprintf("%s and %s both use VRID %d with %s on interface %s; "+
					"give one of them another virtual_router_id", e.Name, d.Name, d.VRID, family, d.Interface),
				Related: e.at("virtual_router_id", e.Pos), RelatedText: "also used here"})
			// One finding for each instance: those before it with this VRID have been compared with
			// each other.
			break
		}
	}
}

// sameRouter compares two instances with one VRID and family on one interface.
func sameRouter(d, e *instanceDraft) bool {
	if (len(d.UnicastPeers) > 0) != (len(e.UnicastPeers) > 0) {
		return false
	}
	if len(d.UnicastPeers) == 0 {
		return d.MulticastGroup == e.MulticastGroup
	}
	// One peer in common is enough: an advert from it could be meant for either.
	return slices.ContainsFunc(d.UnicastPeers, func(p config.Peer) bool {
		return slices.ContainsFunc(e.UnicastPeers, func(q config.Peer) bool { return p.Addr == q.Addr })
	})
}

// checkSharedVIPs reports an address that two virtual routers want to hold.
func (b *binder) checkSharedVIPs() {
	type place struct {
		owner string
		pos   syntax.Pos
	}
	// Allowed in keepalived, and there are files with it: whoever becomes master last has the address.
	held := map[addressKey]place{}
	for _, d := range b.vrrp().instances {
		for a := range d.Addresses() {
			if other, ok := held[keyOfAddress(a)]; ok {
				b.report(syntax.Diagnostic{Pos: a.Pos, Severity: syntax.Warning, ID: "address-of-two-routers",
					Text: sprintf("(%s) VIP %s is also a VIP of %s; each takes it from the "+
						"other - remove it from one", d.Name, a.Prefix.Addr(), other.owner),
					Related: other.pos, RelatedText: "also here"})
				continue
			}
			held[keyOfAddress(a)] = place{d.Name, a.Pos}
		}
	}
}

// required says that an object lacks a setting without which nothing can run.
func (b *binder) required(d *instanceDraft, keyword key, id, text string) {
	pos, text := b.without(d.Pos, keyword, d.Pos, text)
	b.fatalf(pos, id, "%s", text)
}
