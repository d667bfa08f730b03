package netif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A Rule is a policy rule of routing, as somebody wants it and as the kernel keeps it: it names
// interfaces, which need not be there.
type Rule struct {
	IPv6         bool         `json:",omitzero"`
	Priority     uint32       `json:",omitzero"` // smaller ones come first
	Not          bool         `json:",omitzero"` // packets that do not match
	From, To     netip.Prefix `json:",omitzero"`
	IIF, OIF     string       `json:",omitzero"` // interfaces; "" is any
	TOS          uint8        `json:",omitzero"`
	Mark, Mask   uint32       `json:",omitzero"`
	Flow         uint32       `json:",omitzero"` // realms: from<<16 | to
	TunnelID     uint64       `json:",omitzero"`
	UIDs         Span         `json:",omitzero"`
	Transport    uint8        `json:",omitzero"` // IPPROTO_*; 0 is any
	Sport, Dport Span         `json:",omitzero"`
	Action       uint8        `json:",omitzero"` // FR_ACT_*
	Table        uint32       `json:",omitzero"` // of FR_ACT_TO_TBL
	Goto         uint32       `json:",omitzero"` // of FR_ACT_GOTO: a priority
	L3MDev       bool         `json:",omitzero"` // the table is that of the VRF device
	// Routes with a prefix of this length or a shorter one, and those over interfaces of this group, do
	// not count; -1 is none.
	SuppressLength, SuppressGroup int32 `json:",omitzero"`
	Proto                         uint8 `json:",omitzero"` // RTPROT_*: who set it
}

// A Span is a range of numbers, ends included; Set tells that there is one.
type Span struct {
	Set       bool
	Low, High uint32
}

// The actions of rules that the kernel knows (FR_ACT_*).
const (
	RuleToTable     = 1
	RuleGoto        = 2
	RuleNop         = 3
	RuleBlackhole   = 6
	RuleUnreachable = 7
	RuleProhibit    = 8
)

// String is the rule much as `ip rule` writes it.
func (r Rule) String() string {
	var b strings.Builder
	word := func(given bool, format string, args ...any) {
		if given {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	// `16384: from 10.0.0.0/24 lookup 100`: what a rule does stands last, as in `ip rule`.
	fmt.Fprintf(&b, "%d:", r.Priority)
	word(r.Not, "not")
	word(!r.From.IsValid(), "from all")
	word(r.From.IsValid(), "from %v", r.From)
	word(r.To.IsValid(), "to %v", r.To)
	word(r.TOS != 0, "tos %#02x", r.TOS)
	word(r.Mark != 0 || r.Mask != 0, "fwmark %#x/%#x", r.Mark, r.Mask)
	word(r.IIF != "", "iif %s", r.IIF)
	word(r.OIF != "", "oif %s", r.OIF)
	word(r.L3MDev, "lookup [l3mdev-table]")
	switch r.Action {
	case RuleToTable:
		word(!r.L3MDev, "lookup %d", r.Table)
	case RuleGoto:
		word(true, "goto %d", r.Goto)
	case RuleNop:
		word(true, "nop")
	case RuleBlackhole:
		word(true, "blackhole")
	case RuleUnreachable:
		word(true, "unreachable")
	case RuleProhibit:
		word(true, "prohibit")
	}
	return b.String()
}

// Marked reports whether the rule carries the mark of those that set virtual rules.
func (r Rule) Marked() bool { return r.Proto == protoKeepalived }

// ruleKernel is what rules need of the host: Kernel or Fake.
type ruleKernel interface {
	Rules() ([]Rule, error)
	ChangeRules([]Change[Rule]) []error
}

// A Rules makes policy rules be there.
type Rules = Applier[Rule, Rule, ruleSlot]

// NewRules gives an Applier of policy rules that works on k, a Kernel or a Fake.
func NewRules(k ruleKernel) *Rules { return newApplier[Rule, Rule, ruleSlot](rules{k}) }

// rules is the kind. The kernel tells them apart by all they have.
type rules struct{ k ruleKernel }

// ruleSlot is a place in the order of a family's rules; several may share it.
type ruleSlot struct {
	ipv6     bool
	priority uint32
}

func (k rules) index(string) (int, error) { return 0, unix.ENODEV } // a rule names its interfaces

func (k rules) resolve(r Rule, _ func(string) (int, error)) (Rule, error) { return r, nil }

func (k rules) read(asked []Rule) ([]Rule, error) {
	if len(asked) == 0 {
		return nil, nil
	}
	return k.k.Rules()
}

func (k rules) change(list []Change[Rule]) []error { return k.k.ChangeRules(list) }

func (k rules) slot(r Rule) ruleSlot { return ruleSlot{r.IPv6, r.Priority} }

func (k rules) is(have, want Rule) bool { return have == want }

func (k rules) equal(a, b Rule) bool { return a == b }

func (k rules) differsForGood(Rule, Rule, Rule) bool { return false }

func (k rules) differsInPlace(Rule, Rule) bool { return false }

func (k rules) differsUnseen(Rule, Rule, Rule) bool { return false }

func (k rules) coexists(Rule, Rule) bool { return true }

func (k rules) absent(err error) bool { return errors.Is(err, unix.ENOENT) }

func (k rules) text(r Rule) (what, where string) { return "rule " + r.String(), "" }

// Rules reads all policy rules of IPv4 and IPv6.
func (k *Kernel) Rules() ([]Rule, error) {
	var all []Rule
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		ask := nl.NewNetlinkRequest(unix.RTM_GETRULE, unix.NLM_F_DUMP)
		ask.AddData(&nl.RtMsg{RtMsg: unix.RtMsg{Family: family}})
		from := len(all)
		err := k.dump(ask, func(again bool, b []byte) {
			if again {
				all = all[:from]
			}
			if r, ok := parseRule(b); ok {
				all = append(all, r)
			}
		})
		if err != nil && !noFamily(err) {
			return nil, fmt.Errorf("read rules: %w", err)
		}
	}
	return all, nil
}

// ChangeRules carries out changes in order and gives one result for each: nil or the kernel's errno.
func (k *Kernel) ChangeRules(changes []Change[Rule]) []error {
	return k.exchange(len(changes), func(i int) *nl.NetlinkRequest { return ruleRequest(changes[i]) })
}

const ruleInvert = 2 // FIB_RULE_INVERT

func ruleRequest(c Change[Rule]) *nl.NetlinkRequest {
	// Without EXCL the kernel takes the same rule a second time.
	typ, flags := unix.RTM_NEWRULE, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL
	if c.Op == Delete {
		typ, flags = unix.RTM_DELRULE, unix.NLM_F_ACK
	}
	r := c.What
	req := nl.NewNetlinkRequest(typ, flags)
	// fib_rule_hdr: the type is the action, the flags are the rule's.
	msg := &nl.RtMsg{RtMsg: unix.RtMsg{Family: familyOf(r.IPv6), Tos: r.TOS, Type: r.Action}}
	if r.Not {
		msg.Flags |= ruleInvert
	}
	if r.Table < 256 {
		msg.Table = uint8(r.Table)
	}
	req.AddData(msg)
	add := func(given bool, typ int, data []byte) {
		if given {
			req.AddData(nl.NewRtAttr(typ, data))
		}
	}
	if r.From.IsValid() {
		msg.Src_len = uint8(r.From.Bits())
		add(true, unix.FRA_SRC, r.From.Addr().AsSlice())
	}
	if r.To.IsValid() {
		msg.Dst_len = uint8(r.To.Bits())
		add(true, unix.FRA_DST, r.To.Addr().AsSlice())
	}
	add(true, unix.FRA_PRIORITY, nl.Uint32Attr(r.Priority))
	// Mark 0 with a mask is a condition as well: packets without these bits.
	marks := r.Mark != 0 || r.Mask != 0
	add(marks, unix.FRA_FWMARK, nl.Uint32Attr(r.Mark))
	add(marks, unix.FRA_FWMASK, nl.Uint32Attr(r.Mask))
	add(r.Flow != 0, unix.FRA_FLOW, nl.Uint32Attr(r.Flow))
	// 0 is a length: `suppress_prefixlength 0` leaves out default routes. So none is -1.
	add(r.SuppressLength >= 0, unix.FRA_SUPPRESS_PREFIXLEN, nl.Uint32Attr(uint32(r.SuppressLength)))
	add(r.SuppressGroup >= 0, unix.FRA_SUPPRESS_IFGROUP, nl.Uint32Attr(uint32(r.SuppressGroup)))
	add(r.IIF != "", unix.FRA_IIFNAME, nl.ZeroTerminated(r.IIF))
	add(r.OIF != "", unix.FRA_OIFNAME, nl.ZeroTerminated(r.OIF))
	add(r.TunnelID != 0, unix.FRA_TUN_ID, binary.BigEndian.AppendUint64(nil, r.TunnelID))
	add(r.UIDs.Set, unix.FRA_UID_RANGE, append(nl.Uint32Attr(r.UIDs.Low), nl.Uint32Attr(r.UIDs.High)...))
	add(r.L3MDev, unix.FRA_L3MDEV, []byte{1})
	add(r.Proto != 0, unix.FRA_PROTOCOL, []byte{r.Proto})
	add(r.Transport != 0, unix.FRA_IP_PROTO, []byte{r.Transport})
	add(r.Sport.Set, unix.FRA_SPORT_RANGE, portRange(r.Sport))
	add(r.Dport.Set, unix.FRA_DPORT_RANGE, portRange(r.Dport))
	// Smaller ones stand in the header already.
	add(r.Table >= 256, unix.FRA_TABLE, nl.Uint32Attr(r.Table))
	add(r.Action == RuleGoto, unix.FRA_GOTO, nl.Uint32Attr(r.Goto))
	return req
}

func portRange(s Span) []byte {
	return append(nl.Uint16Attr(uint16(s.Low)), nl.Uint16Attr(uint16(s.High))...)
}

func parseRule(b []byte) (Rule, bool) {
	if len(b) < unix.SizeofRtMsg {
		return Rule{}, false
	}
	// fib_rule_hdr: family, lengths of destination and source, TOS, table, two unused, action,
	// flags.
	r := Rule{IPv6: b[0] == unix.AF_INET6, TOS: b[3], Table: uint32(b[4]), Action: b[7],
		Not: number(b[8:])&ruleInvert != 0, SuppressLength: -1, SuppressGroup: -1}
	attributes(b[unix.SizeofRtMsg:], func(typ uint16, v []byte) {
		a, _ := netip.AddrFromSlice(v)
		switch typ {
		case unix.FRA_SRC:
			r.From = netip.PrefixFrom(a, int(b[2]))
		case unix.FRA_DST:
			r.To = netip.PrefixFrom(a, int(b[1]))
		case unix.FRA_IIFNAME:
			r.IIF = text(v)
		case unix.FRA_OIFNAME:
			r.OIF = text(v)
		default:
			r.parseNumber(typ, v)
		}
	})
	// Whatever is written there means nothing, and rules are compared as a whole (is).
	if r.Action != RuleToTable {
		r.Table = 0
	}
	return r, true
}

// parseNumber reads the attributes that are numbers.
func (r *Rule) parseNumber(typ uint16, v []byte) {
	octet := func() uint8 {
		if len(v) == 0 {
			return 0
		}
		return v[0]
	}
	switch typ {
	case unix.FRA_PRIORITY:
		r.Priority = number(v)
	case unix.FRA_FWMARK:
		r.Mark = number(v)
	case unix.FRA_FWMASK:
		r.Mask = number(v)
	case unix.FRA_FLOW:
		r.Flow = number(v)
	// The kernel tells none as all ones, which is -1 as an int32.
	case unix.FRA_SUPPRESS_PREFIXLEN:
		r.SuppressLength = int32(number(v))
	case unix.FRA_SUPPRESS_IFGROUP:
		r.SuppressGroup = int32(number(v))
	case unix.FRA_TABLE:
		r.Table = number(v)
	case unix.FRA_GOTO:
		r.Goto = number(v)
	case unix.FRA_L3MDEV:
		r.L3MDev = octet() != 0
	case unix.FRA_PROTOCOL:
		r.Proto = octet()
	case unix.FRA_IP_PROTO:
		r.Transport = octet()
	case unix.FRA_TUN_ID:
		if len(v) >= 8 {
			r.TunnelID = binary.BigEndian.Uint64(v)
		}
	case unix.FRA_UID_RANGE:
		if len(v) >= 8 {
			r.UIDs = Span{true, number(v), number(v[4:])}
		}
	case unix.FRA_SPORT_RANGE:
		r.Sport = parsePorts(v)
	case unix.FRA_DPORT_RANGE:
		r.Dport = parsePorts(v)
	}
}

func parsePorts(v []byte) Span {
	if len(v) < 4 {
		return Span{}
	}
	return Span{true, uint32(binary.NativeEndian.Uint16(v)), uint32(binary.NativeEndian.Uint16(v[2:]))}
}

// RuleLost tells that a rule is gone.
type RuleLost struct{ Rule Rule }

func (RuleLost) isEvent() {}

// RuleGroups are for RuleLost.
func RuleGroups() Groups { return Groups{unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_RULE} }

func ruleEvent(b []byte) Event {
	if r, ok := parseRule(b); ok {
		return RuleLost{r}
	}
	return nil
}
