package agreement

import (
	"fmt"
	"net/netip"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// This file is what has to be the same in adverts: what is not is refused by the other side, and then all of them are
// masters.

// bothMasters is what comes of adverts that are refused.
const bothMasters = "and both are master"

// adverts says what keeps the members of a router from hearing each other.
func (c *comparer) adverts(r *router) {
	for m, u := range unlike(r.members, func(m member) bool { return m.in.IPv6 }) {
		c.say(syntax.Error, "pair-family-differs", m.at("virtual_ipaddress"), u.at("virtual_ipaddress"),
			"adverts over "+family(u.in),
			"(%s) adverts are sent over %s here and over %s in %s: none is heard, %s; the first address decides",
			m.in.Name, family(m.in), family(u.in), u.host.File, bothMasters)
	}
	heard := r.speaking(func(m member) any { return m.in.IPv6 })
	for m, u := range unlike(heard, func(m member) uint8 { return m.in.VRID }) {
		c.say(syntax.Error, "pair-vrid-differs", m.at("virtual_router_id"), u.at("virtual_router_id"),
			fmt.Sprintf("virtual_router_id %d", u.in.VRID),
			"(%s) virtual_router_id %d here and %d in %s, with the same addresses: they are two routers to each other, %s",
			m.in.Name, m.in.VRID, u.in.VRID, u.host.File, bothMasters)
	}
	for m, u := range unlike(heard, func(m member) int { return m.in.Version }) {
		c.say(syntax.Error, "pair-version-differs", m.version(), u.version(), fmt.Sprintf("version %d", u.in.Version),
			"(%s) VRRP version %d here and %d in %s: each refuses the adverts of the other, %s; set version, or vrrp_version "+
				"in global_defs", m.in.Name, m.in.Version, u.in.Version, u.host.File, bothMasters)
	}
	heard = r.speaking(func(m member) any { return [3]any{m.in.IPv6, m.in.VRID, m.in.Version} })
	c.destinations(heard)
	c.passwords(heard, c.signatures(heard))
	c.hidden(heard)
	c.intervals(heard)
	c.checksums(heard)
}

// speaking are the members with the usual value of what comes first: what else differs matters only among them.
func (r *router) speaking(value func(member) any) []member {
	odd := map[*host]bool{}
	for m := range unlike(r.members, value) {
		odd[m.host] = true
	}
	var all []member
	for _, m := range r.members {
		if !odd[m.host] {
			all = append(all, m)
		}
	}
	return all
}

func family(in *config.Instance) string {
	if in.IPv6 {
		return "IPv6"
	}
	return "IPv4"
}

// version is where the version of an instance is written.
func (m member) version() spot {
	at := m.at("version")
	if general, ok := m.host.global("vrrp_version"); ok && at.pos == m.in.Pos {
		return general
	}
	return at
}

// cast is where adverts go.
type cast struct {
	unicast bool
	group   netip.Addr
}

func castOf(m member) cast {
	if len(m.in.UnicastPeers) > 0 || m.in.FaultNoPeer {
		return cast{unicast: true}
	}
	return cast{group: m.in.MulticastGroup}
}

// String is how adverts are sent.
func (t cast) String() string {
	switch {
	case t.unicast:
		return "to unicast peers"
	case t.group.IsValid():
		return "to the group " + t.group.String()
	}
	return "as multicast"
}

func (c *comparer) destinations(all []member) {
	where := []string{"unicast_peer", "mcast_dst_ip", "unicast_fault_no_peer"}
	for m, u := range unlike(all, castOf) {
		c.say(syntax.Error, "pair-destination-differs", m.at(where...), u.at(where...),
			"adverts are sent "+castOf(u).String(),
			"(%s) adverts are sent %s here and %s in %s: neither takes those of the other, %s", m.in.Name, castOf(m),
			castOf(u), u.host.File, bothMasters)
	}
}

// password is what an advert of version 2 has to have. It is never shown.
type password struct {
	kind config.Auth
	text [8]byte
}

// passwords compares authentication, but for those of whom something was said already.
func (c *comparer) passwords(all []member, said map[*host]bool) {
	of := func(m member) password {
		if m.in.Auth == config.AuthNone {
			return password{}
		}
		return password{m.in.Auth, m.in.AuthPass}
	}
	for m, u := range unlike(all, of) {
		if said[m.host] || said[u.host] {
			continue
		}
		if unknown(m, u) {
			continue
		}
		if m.in.Auth == u.in.Auth {
			c.say(syntax.Error, "pair-authentication-differs", m.at("authentication/auth_pass"),
				u.at("authentication/auth_pass"),
				"another auth_pass", "(%s) auth_pass is not the one of %s: each refuses the adverts of the other, %s; the first 8 "+
					"characters count", m.in.Name, u.host.File, bothMasters)
			continue
		}
		c.say(syntax.Error, "pair-authentication-differs", m.at("authentication/auth_type", "authentication"),
			u.at("authentication/auth_type", "authentication"), authName(u.in),
			"(%s) %s here and %s in %s: each refuses the adverts of the other, %s", m.in.Name, authName(m.in), authName(u.in),
			u.host.File, bothMasters)
	}
}

// hidden tells of passwords that one of two files does not show.
func (c *comparer) hidden(all []member) {
	for _, m := range all[min(1, len(all)):] {
		if u := all[0]; unknown(m, u) {
			c.say(syntax.Note, "pair-secret-hidden", m.at("authentication/auth_pass"), u.at("authentication/auth_pass"),
				"auth_pass of the other director", "(%s) auth_pass is not shown here or in %s: whether both are the same is "+
					"not known", m.in.Name, u.host.File)
		}
	}
}

// unknown reports whether two that authenticate in the same way may have one password or two.
func unknown(m, u member) bool {
	return m.in.Auth == u.in.Auth && m.in.Auth != config.AuthNone && (m.in.Hidden() || u.in.Hidden())
}

// authName is the authentication that counts: version 3 and strict mode have none, whatever is written.
func authName(in *config.Instance) string {
	return [...]string{"no authentication", "authentication PASS", "authentication AH"}[in.Auth]
}

// signatures compares auth_hmac, and gives the hosts of whom it has said something.
func (c *comparer) signatures(all []member) map[*host]bool {
	said := map[*host]bool{}
	for i, m := range all {
		for _, o := range all[:i] {
			why := refused(o.in.HMAC, m.in.HMAC, o.host.File, m.host.File)
			if why == "" {
				why = refused(m.in.HMAC, o.in.HMAC, m.host.File, o.host.File)
			}
			if why != "" {
				c.say(syntax.Error, "pair-hmac-differs", m.at("auth_hmac"), o.at("auth_hmac"), "auth_hmac of the other director",
					"(%s) %s, %s", m.in.Name, why, bothMasters)
				said[m.host] = true
				break
			}
		}
	}
	return said
}

// refused is why a receiver refuses the signature of a sender, "" if it does not, or if the files do not tell.
func refused(sender, receiver config.HMAC, from, by string) string {
	signs := sender.Use && sender.Mode != config.HMACReceiveOnly
	switch {
	case signs && !receiver.Use:
		return fmt.Sprintf("auth_hmac signs the adverts of %s, and %s, which has none, refuses them", from, by)
	case !signs && receiver.Use && receiver.Mode == config.HMACEnforce:
		return fmt.Sprintf("adverts of %s are not signed, and auth_hmac of %s refuses them", from, by)
	case !signs:
		return ""
	}
	signing, theirs := keyOf(sender, sender.Active), keyOf(receiver, sender.Active)
	switch {
	case theirs == nil:
		return fmt.Sprintf("adverts of %s are signed with key %d of auth_hmac, which %s does not have", from, sender.Active,
			by)
	case signing != nil && known(signing) && known(theirs) && signing.Text != theirs.Text:
		return fmt.Sprintf("key %d of auth_hmac, with which %s signs, is another one in %s", sender.Active, from, by)
	}
	return ""
}

// known reports whether a text shows a key: it may be in a file, or hidden.
func known(k *config.HMACKey) bool { return k.Text != "" && !k.Hidden() }

// keyOf is the key with a number, of several the last.
func keyOf(h config.HMAC, id uint8) *config.HMACKey {
	for i := len(h.Keys) - 1; i >= 0; i-- {
		if h.Keys[i].ID == id {
			return &h.Keys[i]
		}
	}
	return nil
}

func (c *comparer) intervals(all []member) {
	for m, u := range unlike(all, func(m member) time.Duration { return m.in.AdvertInt }) {
		here, there := seconds(m.in.AdvertInt), seconds(u.in.AdvertInt)
		if m.in.Version == 2 {
			c.say(syntax.Error, "pair-interval-differs", m.at("advert_int"), u.at("advert_int"), "advert_int "+there,
				"(%s) advert_int %s here and %s in %s: in version 2 each refuses the adverts of the other, %s", m.in.Name, here,
				there, u.host.File, bothMasters)
			continue
		}
		c.say(syntax.Warning, "pair-interval-differs", m.at("advert_int"), u.at("advert_int"), "advert_int "+there,
			"(%s) advert_int %s here and %s in %s: a backup goes by the interval of the master, so how soon a failure is seen "+
				"depends on who is master", m.in.Name, here, there, u.host.File)
	}
}

func seconds(d time.Duration) string { return fmt.Sprint(d.Seconds()) }

// checksums says where those of version 3 over IPv4 are made in ways that the other side does not take.
func (c *comparer) checksums(all []member) {
	bare := func(m member) bool { return m.in.Version == 3 && !m.in.IPv6 && m.in.V3ChecksumAsV2 }
	for m, u := range unlike(all, bare) {
		with, without := m, u
		if bare(u) {
			with, without = u, m
		}
		c.say(syntax.Error, "pair-checksum-differs", with.at("v3_checksum_as_v2"), without.at(), "without v3_checksum_as_v2",
			"(%s) v3_checksum_as_v2 in %s and not in %s, which refuses the adverts and becomes master as well", m.in.Name,
			with.host.File, without.host.File)
	}
	for _, m := range all {
		for _, o := range all {
			if castOf(m).unicast && m.in.Version == 3 && !m.in.IPv6 && !bare(m) && m.in.UnicastChecksum == config.ChecksumOld &&
				o.in.UnicastChecksum == config.ChecksumNew {
				c.say(syntax.Error, "pair-checksum-differs", m.at("old_unicast_checksum"), o.at("old_unicast_checksum"),
					"old_unicast_checksum never", "(%s) old_unicast_checksum here, and %s refuses the old form, and becomes "+
						"master as well",
					m.in.Name, o.host.File)
			}
		}
	}
}
