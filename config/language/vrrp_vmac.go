package language

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// ipvlanModes are the words of config.IPVLANMode, by number.
func ipvlanModes() []string {
	return wordsOf(config.IPVLANBridge, config.IPVLANPrivate, config.IPVLANVEPA)
}

// ownInterfaceRows are the keywords about interfaces of a virtual router's own.
func ownInterfaceRows() []Keyword {
	return []Keyword{
		// Words may stand in any order and each is told by its form: a MAC address has colons, and
		// what is nothing else is a name.
		row("use_vmac",
			custom("[[name] IF] [MAC] [netlink_notify_msg] [group G]", 0, setVMAC),
			"off; named vrrp.VRID", "use the virtual MAC address of the RFC on an interface of its own",
			shows(showVMAC)),
		row("use_vmac_addr",
			switchOn(func(d *instanceDraft) *bool { return &d.VMAC.Addrs }),
			"off", "virtual MAC addresses also for addresses on other interfaces"),
		row("vmac_xmit_base",
			switchOn(func(d *instanceDraft) *bool { return &d.VMAC.XmitBase }),
			"off", "send advertisements from the parent of the virtual MAC interface"),
		row("use_ipvlan",
			custom("[[name] IF] [IP] [bridge|private|vepa] [group G]", 0, setIPVLAN),
			"off", "use an ipvlan interface of its own", shows(showIPVLAN)),
	}
}

// ifaceWords reads the words after use_vmac and use_ipvlan that both have.
type ifaceWords struct {
	*stmt
	d     *instanceDraft
	name  *string
	group *config.Named
}

// newer reads `name IF` and `group G`, which 2.2.7 does not know; used tells how many
// words they were.
func (w ifaceWords) newer(i int) (used int) {
	word := w.word(i)
	// `use_vmac name` with nothing behind it is an interface called name.
	if word != "name" && word != "group" || i+1 >= len(w.args) {
		return 0
	}
	w.warnf(w.at(i), "later-keepalived",
		"(%s) %s takes '%s' as the interface's name before keepalived 2.2.8; write the name alone", w.d.Name,
		w.keywordName(), word)
	if word == "name" {
		w.take(i + 1)
		return 2
	}
	// Both words are used up even if the group is not found: its name must not be taken for that
	// of the interface.
	g, ok := w.lookUp(groupsOf, w.word(i+1), maxInt32)
	if !ok {
		w.errorf(w.at(i+1), "unknown-name",
			"(%s) interface group '%s' is not found - ignoring; write a number or a name in group", w.d.Name,
			w.word(i+1))
		return 2
	}
	*w.group = g
	return 2
}

// take takes word i as the name of the interface.
func (w ifaceWords) take(i int) {
	name := w.word(i)
	// define is asked last because it remembers the name: one that is refused for another reason
	// stays free for others.
	switch {
	case *w.name != "":
		w.errorf(w.at(i), "duplicate-setting", "(%s) %s: interface name already specified - ignoring '%s'; write one",
			w.d.Name, w.keywordName(), name)
	case name == "" || len(name) > maxLabel || strings.ContainsAny(name, "/: \t"):
		w.errorf(w.at(i), "name-too-long",
			"(%s) %s: interface name '%s' too long or invalid characters - ignoring; %d characters at most", w.d.Name,
			w.keywordName(), name, maxLabel)
	case w.env.taken(name):
		w.errorf(w.at(i), "interface-name-taken",
			"(%s) interface %s already exists and is not ours; ignoring the name after %s - choose another", w.d.Name,
			name, w.keywordName())
	case !w.define("interface of a virtual router", name):
		w.errorf(w.at(i), "interface-name-taken",
			"(%s) another VRRP instance is already using %s - ignoring name; choose another", w.d.Name, name)
	default:
		*w.name = name
	}
}

// taken reports whether an interface of the host has a name that one of ours is to have. Without a host to ask no name
// is taken.
func (e *Env) taken(name string) bool {
	if e.Foreign != nil {
		return e.Foreign(name)
	}
	return e.Interface != nil && e.Interface(name)
}

// setVMAC reads what stands behind use_vmac:
//
//	use_vmac vrrp.51 02:00:5e:00:01:33 netlink_notify_msg
func setVMAC(s *stmt, d *instanceDraft) bool {
	v := &d.VMAC
	v.Use = true
	w := ifaceWords{s, d, &v.Name, &v.Group}
	hasMAC := false
	for i := 0; i < len(s.args); i++ {
		word := s.word(i)
		if used := w.newer(i); used > 0 {
			i += used - 1
			continue
		}
		switch {
		// In the first place it would be the name of the interface, and is too long for one.
		case word == "netlink_notify_msg" && i > 0:
			v.Notify = true
		case strings.Contains(word, ":") && hasMAC:
			s.errorf(s.at(i), "duplicate-setting",
				"(%s) VMAC interface address already specified - ignoring %s; write one", d.Name, word)
		case strings.Contains(word, ":"):
			hasMAC = w.mac(i, &v.MAC)
		default:
			w.take(i)
		}
	}
	return true
}

// mac reads a MAC address; one of five octets gets the VRID as the sixth.
func (w ifaceWords) mac(i int, mac *[6]byte) bool {
	word := w.word(i)
	parts := strings.Split(word, ":")
	var octets []byte
	for _, p := range parts {
		// `0:0:5e:0:1:33` has octets of one digit, which is fine.
		var octet byte
		if n, err := fmt.Sscanf(p+" ", "%2x ", &octet); n != 1 || err != nil || len(p) > 2 {
			octets = nil
			break
		}
		octets = append(octets, octet)
	}
	switch {
	case len(octets) < 5:
		w.errorf(w.at(i), "invalid-hex",
			"(%s) VMAC invalid MAC address %s - ignoring; write six pairs of hexadecimal digits, or five", w.d.Name,
			word)
		return false
	// The lowest bit of the first octet marks the address of a group.
	case octets[0]&1 != 0:
		w.errorf(w.at(i), "invalid-hardware-address",
			"(%s) VMAC MAC address is multicast %s - ignoring; the first octet must be even", w.d.Name, word)
		return false
	case len(octets) > 6:
		w.mutedf(w.at(i), "invalid-hardware-address",
			"(%s) VMAC MAC address %s is too long, what is behind six octets does not count", w.d.Name, word)
	}
	// The sixth octet is then the virtual router id, which may stand below (completeVMAC).
	w.d.macNeedsVRID = len(octets) == 5
	copy(mac[:], octets)
	return true
}

// showVMAC writes use_vmac. The MAC address has its VRID by now, so it is written whole.
func showVMAC(d *instanceDraft) []writing {
	v := d.VMAC
	var args []string
	if v.Name != "" {
		args = append(args, quoted(v.Name))
	}
	// Zero is the address of the RFC, which needs no word.
	if v.MAC != ([6]byte{}) {
		args = append(args, macText(v.MAC))
	}
	if v.Group.Set {
		args = append(args, "group", quoted(v.Group.String()))
	}
	if v.Notify {
		args = append(args, "netlink_notify_msg")
	}
	return onlyIf(v.Use, args...)
}

// macText is a hardware address as six pairs of digits.
func macText(mac [6]byte) string {
	octets := make([]string, len(mac))
	for i, o := range mac {
		octets[i] = fmt.Sprintf("%02x", o)
	}
	return strings.Join(octets, ":")
}

// setIPVLAN reads what stands behind use_ipvlan:
//
//	use_ipvlan ipvl51 10.0.0.9/24 bridge
func setIPVLAN(s *stmt, d *instanceDraft) bool {
	v := &d.IPVLAN
	v.Use = true
	w := ifaceWords{s, d, &v.Name, &v.Group}
	hasMode := false
	for i := 0; i < len(s.args); i++ {
		word := s.word(i)
		if used := w.newer(i); used > 0 {
			i += used - 1
			continue
		}
		// With or without a length; what has no address before its slash is a name.
		host, _, _ := strings.Cut(word, "/")
		_, isAddress := parseAddr(host)
		switch mode := slices.Index(ipvlanModes(), word); {
		case mode >= 0 && hasMode:
			s.errorf(s.at(i), "duplicate-setting", "(%s) ipvlan type already specified - ignoring '%s'; write one",
				d.Name, word)
		case mode >= 0:
			v.Mode, hasMode = config.IPVLANMode(mode), true
		case isAddress:
			w.address(i)
		default:
			w.take(i)
		}
	}
	return true
}

// address takes the source address of an ipvlan interface.
func (w ifaceWords) address(i int) {
	v := &w.d.IPVLAN
	p, _, ok := w.prefix(i)
	switch {
	case !ok:
	case v.Addr.IsValid():
		w.errorf(w.at(i), "duplicate-setting", "(%s) ipvlan address already specified - ignoring '%s'; write one",
			w.d.Name, w.word(i))
	// It tells the family of the instance where nothing above it has.
	case !w.d.settle(p.Addr()):
		w.errorf(w.at(i), "mixed-families", "(%s) ipvlan address [%s] must match the family of the instance - skipping",
			w.d.Name, w.word(i))
	default:
		v.Addr = p
	}
}

// showIPVLAN writes use_ipvlan, with its mode even where that is the default.
func showIPVLAN(d *instanceDraft) []writing {
	v := d.IPVLAN
	var args []string
	if v.Name != "" {
		args = append(args, quoted(v.Name))
	}
	if v.Addr.IsValid() {
		args = append(args, v.Addr.String())
	}
	args = append(args, v.Mode.String())
	if v.Group.Set {
		args = append(args, "group", quoted(v.Group.String()))
	}
	return onlyIf(v.Use, args...)
}

// completeVMAC looks at how the keywords of own interfaces fit together.
func (b *binder) completeVMAC(d *instanceDraft) {
	v := &d.VMAC
	at := func(keyword key) syntax.Pos { return d.at(keyword, d.Pos) }
	// There is no other interface to send from.
	if v.XmitBase && !v.Use {
		b.warnf(at("vmac_xmit_base"), "vmac-settings",
			"(%s) vmac_xmit_base is only valid with a vmac; add use_vmac or remove it", d.Name)
		v.XmitBase = false
	}
	// Corrected, as keepalived does it: peers are talked to from the parent interface.
	if v.Use && !v.XmitBase && len(d.UnicastPeers) > 0 {
		b.warnf(at("use_vmac"), "vmac-settings", "(%s) unicast with use_vmac requires vmac_xmit_base; add it", d.Name)
		v.XmitBase = true
	}
	// A finding and no correction: a virtual MAC interface has it set always (semantics 3.6).
	if v.Use && d.PromoteSecondaries {
		b.warnf(at("promote_secondaries"), "vmac-settings",
			"(%s) promote_secondaries is automatically set for vmacs - remove it", d.Name)
	}
	if d.IPVLAN.Use && !d.IPv6 && !d.IPVLAN.Addr.IsValid() {
		b.warnf(at("use_ipvlan"), "vmac-settings",
			"(%s) IPv4 ipvlan requires a source ip address to be configured; write it after use_ipvlan", d.Name)
	}
	// It is what adverts come from, unless another is written.
	if d.IPVLAN.Use && d.IPVLAN.Addr.IsValid() && !d.SourceIP.IsValid() {
		d.SourceIP = d.IPVLAN.Addr.Addr()
	}
	// `virtual_router_id` may stand below use_vmac.
	if d.macNeedsVRID {
		v.MAC[5] = d.VRID
	}
}
