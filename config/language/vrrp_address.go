package language

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
)

// addressReader reads the words of one address entry (semantics 3.2).
type addressReader struct {
	*stmt
	a    config.Address
	i    int // word being read
	drop bool
}

// addVIP reads one line of virtual_ipaddress.
func addVIP(s *stmt, d *instanceDraft) {
	a, ok := s.address()
	if !ok {
		return
	}
	// An advert is of one family. An excluded address is in no advert, and may be of the other.
	if !d.settle(a.Prefix.Addr()) {
		s.errorf(s.pos(), "mixed-families",
			"(%s) address family must match VRRP instance [%s] - ignoring; "+
				"put it into virtual_ipaddress_excluded or an instance of its own", d.Name, s.word(0))
		return
	}
	d.VIPs = append(d.VIPs, a)
}

// addExcludedVIP reads one line of virtual_ipaddress_excluded.
func addExcludedVIP(s *stmt, d *instanceDraft) {
	if a, ok := s.address(); ok {
		d.ExcludedVIPs = append(d.ExcludedVIPs, a)
	}
}

// address reads an entry of an address list.
func (s *stmt) address() (config.Address, bool) {
	r := addressReader{stmt: s}
	r.a.Pos = s.pos()
	//	10.0.0.1/24 dev eth1 label eth1:1
	// The address comes first, and the rest are words in any order.
	prefix, given, ok := s.prefix(0)
	if !ok {
		return config.Address{}, false
	}
	r.a.Prefix = prefix
	if !given && !slices.Contains(wordsText(s.args), "peer") { // the length is that of the peer
		bare := part[bareAddresses](s.binder)
		if bare.count++; bare.count == 1 {
			bare.first = r.a
		}
	}
	if prefix.Addr().Is6() && prefix.Bits() == 128 {
		r.a.LftGiven = true // a /128 is deprecated from the start: never a source address
	}
	// An option that is refused costs itself, unless the address would be another one without it (drop).
	for r.i = 1; r.i < len(s.args); r.i++ {
		r.option(s.word(r.i))
	}
	return r.a, !r.drop
}

// next is the value of the option being read.
func (r *addressReader) next(option string) (string, bool) {
	// The address counts without its last word.
	if r.i+1 >= len(r.args) {
		r.errorf(r.at(r.i), "missing-value", "no value for %s of %s; write one or remove the word", option, r.a.Prefix)
		return "", false
	}
	r.i++
	return r.word(r.i), true
}

// option reads a word behind the address, and the value of the word if it has one.
func (r *addressReader) option(name string) {
	switch name {
	case "dev":
		r.dev()
	case "scope":
		r.scope()
	case "brd", "broadcast":
		r.broadcast(name)
	case "label":
		r.label()
	case "peer":
		r.peer()
	case "preferred_lft":
		r.lifetime()
	case "track_group":
		r.trackGroup()
	case "home":
		r.a.Home = true
	case "-nodad":
		// The word takes back what keepalived does without it: no duplicate address detection
		// (semantics 3.2).
		r.a.DAD = true
	case "mngtmpaddr":
		r.a.MngTmpAddr = true
	case "noprefixroute":
		r.a.NoPrefixRoute = true
	case "autojoin":
		r.a.AutoJoin = true
	case "no_track":
		r.a.NoTrack = true
	case "use_vmac":
		r.a.VMAC = true
	default:
		text := "unknown word '" + name + "' for ip address " + r.a.Prefix.String() + " - ignoring"
		if host, _, _ := strings.Cut(name, "/"); r.i > 0 {
			//	10.0.0.1/24 10.0.0.2/24
			if _, ok := parseAddr(host); ok {
				text += "; write one address a line"
			}
		}
		if near := r.lang.Nearest("vrrp_instance/virtual_ipaddress/"+Entry, name); near != "" {
			text += "; did you mean '" + near + "'?"
		}
		r.errorf(r.at(r.i), "unknown-word", "%s", text)
	}
}

// dev takes the interface of the address.
func (r *addressReader) dev() {
	name, ok := r.next("dev")
	if !ok {
		return
	}
	// One that is written is tracked (semantics 3.4), one that is filled in later is not.
	r.a.Dev, r.a.DevGiven = name, true
	r.requireInterface(r.at(r.i), name, "ip address "+r.word(0))
}

// scopeNumber reads the name of a scope, or its number.
func scopeNumber(name string) (uint8, bool) {
	if n, ok := scopeNames()[name]; ok {
		return n, true
	}
	// `scope 0xfd` is one too.
	n, err := strconv.ParseUint(name, 0, 8)
	return uint8(n), err == nil
}

// scope takes the scope of an IPv4 address.
func (r *addressReader) scope() {
	name, ok := r.next("scope")
	if !ok {
		return
	}
	n, ok := scopeNumber(name)
	switch {
	case !ok:
		r.errorf(r.at(r.i), "unknown-value",
			"Invalid scope '%s' specified for %s - ignoring; write global, site, link, host or nowhere", name,
			r.a.Prefix)
	// The kernel finds the scope of an IPv6 address out for itself.
	case r.a.Prefix.Addr().Is6():
		r.errorf(r.at(r.i), "wrong-family", "Cannot specify scope for IPv6 addresses (%s) - ignoring scope; remove it",
			r.a.Prefix)
	default:
		r.a.Scope = n
	}
}

// broadcast takes an address, or a sign that stands for one.
func (r *addressReader) broadcast(name string) {
	word, ok := r.next(name)
	if !ok {
		return
	}
	p := r.a.Prefix
	if p.Addr().Is6() {
		r.errorf(r.at(r.i), "wrong-family", "IPv6 address %s has no broadcast address - ignoring; remove %s", p, name)
		return
	}
	switch word {
	// As `ip address` writes it: + for all host bits set, - for none.
	case "+":
		r.a.Broadcast = hostBits(p, true)
	case "-":
		r.a.Broadcast = hostBits(p, false)
	default:
		b, ok := parseAddr(word)
		if !ok || !b.Is4() {
			r.errorf(r.at(r.i), "invalid-address",
				"invalid broadcast '%s' for %s - skipping the address; write an IPv4 address, + or -", word, p)
			r.drop = true
			return
		}
		r.a.Broadcast = b
	}
}

// hostBits is the IPv4 address of p with all host bits set or cleared.
func hostBits(p netip.Prefix, ones bool) netip.Addr {
	base := p.Masked().Addr().As4()
	if ones {
		for i := p.Bits(); i < 32; i++ {
			base[i/8] |= 0x80 >> (i % 8)
		}
	}
	return netip.AddrFrom4(base)
}

// label takes the label of the address.
func (r *addressReader) label() {
	name, ok := r.next("label")
	if !ok {
		return
	}
	// The address goes with its label: without the label other programs would not find it.
	if len(name) > maxLabel {
		r.errorf(r.at(r.i), "name-too-long",
			"Address label %s is longer than maximum length %d - removing address %s; shorten it", name, maxLabel,
			r.a.Prefix)
		r.drop = true
		return
	}
	r.a.Label = name
}

// peer takes the other end of the link, with its length.
func (r *addressReader) peer() {
	if _, ok := r.next("peer"); !ok {
		return
	}
	p, _, ok := r.prefix(r.i)
	if !ok {
		return
	}
	// Without its peer the address is still one that can be set.
	if p.Addr().Is4() != r.a.Prefix.Addr().Is4() {
		r.errorf(r.at(r.i), "mixed-families", "peer %s is of another family than %s - ignoring", p, r.a.Prefix)
		return
	}
	r.a.Peer = p
}

// lifetime takes how long the address is chosen as a source address.
func (r *addressReader) lifetime() {
	word, ok := r.next("preferred_lft")
	if !ok {
		return
	}
	if word == "forever" {
		//	2001:db8::1/128 preferred_lft forever
		// takes the 0 of a /128 back, which it has from its length.
		r.a.LftGiven, r.a.PreferredLft = false, 0
		return
	}
	n, junk := parseInt(word)
	if junk || n < 0 || n > maxUint32 {
		r.errorf(r.at(r.i), "unknown-value", "invalid preferred_lft '%s' for %s - ignoring; write seconds or forever",
			word, r.a.Prefix)
		return
	}
	r.a.LftGiven, r.a.PreferredLft = true, time.Duration(n)*time.Second
}

// bareAddresses are those without a prefix length: how many, and the first of them.
type bareAddresses struct {
	count int
	first config.Address
}

// noteBare tells, once for all, of addresses without a prefix length.
func (b *binder) noteBare() {
	bare := part[bareAddresses](b)
	if bare.count == 0 {
		return
	}
	p, more := bare.first.Prefix, ""
	if bare.count > 1 {
		more = "; " + strconv.Itoa(bare.count-1) + " more like it"
	}
	b.notef(bare.first.Pos, "no-prefix-length",
		"%s is without a prefix length, taken as /%d; write it as %s to say so%s", p.Addr(), p.Bits(), p, more)
}

// addStaticAddress reads one line of static_ipaddress.
func addStaticAddress(s *stmt, b *binder) {
	a, ok := s.address()
	if !ok {
		return
	}
	if a.Dev == "" {
		//	default_interface eth1
		// in global_defs, wherever it stands: those are bound first.
		a.Dev = b.global().DefaultInterface
	}
	b.cfg.StaticAddresses = append(b.cfg.StaticAddresses, a)
}
