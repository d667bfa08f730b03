package language

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"holdfast/config"
)

// maxBFDName is the longest name of a bfd_instance.
const maxBFDName = 31

// bfdDraft is a bfd_instance while it is being read.
type bfdDraft struct {
	draft
	config.BFD
	// neighbor_ip was refused; without one the block is dropped, and this says that it has been said
	malformed bool
}

// bfdRows are the keywords of bfd_instance.
func bfdRows() []Keyword {
	neighbor := func() Keyword { return custom("IP", 1, setNeighbor) }
	return []Keyword{
		// Two spellings of one setting: a draft marks it under the first, so has and at need not
		// know the other.
		row("neighbor_ip",
			neighbor(),
			"required", "the other end", shows(func(d *bfdDraft) []writing { return addressIf(d.Neighbor) })),
		row("neighbour_ip", neighbor(), "", "another spelling of neighbor_ip", alias("neighbor_ip")),
		row("source_ip", address(func(d *bfdDraft) *netip.Addr { return &d.Source }), "any", "own address"),
		row("min_rx",
			milliseconds(func(d *bfdDraft) *time.Duration { return &d.MinRX }, 1),
			"10", "shortest interval to receive at"),
		row("min_tx",
			milliseconds(func(d *bfdDraft) *time.Duration { return &d.MinTX }, 1),
			"10", "interval to send at"),
		// RFC 5880 section 6.8.3 wants at least a second between packets while a session is not up,
		// so this range begins there.
		row("idle_tx",
			milliseconds(func(d *bfdDraft) *time.Duration { return &d.IdleTX }, 1000),
			"1000", "interval to send at while not up"),
		row("multiplier",
			number(func(d *bfdDraft) *uint8 { return &d.Multiplier }, 1, 255),
			"5", "packets missed until it is down"),
		row("passive",
			switchOn(func(d *bfdDraft) *bool { return &d.Passive }),
			"off", "wait for the neighbour to begin"),
		row("ttl", number(func(d *bfdDraft) *uint8 { return &d.TTL }, 1, 255), "255", "TTL of packets sent"),
		// The same field as ttl: which of the two words is right depends on the family of the
		// neighbour. It is written back as ttl, which means the same.
		row("hoplimit", number(func(d *bfdDraft) *uint8 { return &d.TTL }, 1, 255), "64", "hop limit of packets sent",
			shows(func(*bfdDraft) []writing { return nil })),
		// -1 is any number of hops. What is beyond the TTL itself is cut at the end of the block.
		row("max_hops",
			number(func(d *bfdDraft) *int { return &d.MaxHops }, -1, 255),
			"0", "how much a received TTL may have shrunk"),
		row("multihop",
			boolean(func(d *bfdDraft) *bool { return &d.Multihop }),
			"false", "use the port for several hops", since("2.2.8")),
		// noDefault: the weight may be said again, and the last one counts.
		row("weight",
			weightForm(func(d *bfdDraft) (*int, *bool) { return &d.Weight, &d.Reverse }, noDefault, -maxWeight,
				maxWeight),
			"0", "default weight of its trackers"),
		// Both words may stand in one block, which is the same as neither of them (closeBFD).
		row("vrrp", switchOn(func(d *bfdDraft) *bool { return &d.VRRP }), "both roles", "tell the vrrp role only"),
		row("checker",
			switchOn(func(d *bfdDraft) *bool { return &d.Checker }),
			"both roles", "tell the checker role only"),
	}
}

// setNeighbor takes the address of the other end, without which there is no session.
func setNeighbor(s *stmt, d *bfdDraft) bool {
	//	neighbor_ip 192.0.2.2
	a, ok := s.socketAddress(0)
	if !ok {
		s.errorf(s.at(0), "invalid-address",
			"BFD instance %s has malformed neighbor address %s, ignoring instance; write a numeric address", d.Name,
			s.word(0))
		// An address further down that can be read makes up for this one: closeBFD looks for one
		// before it drops the block.
		d.malformed = true
		return false
	}
	d.Neighbor = a
	return true
}

// milliseconds takes decimal milliseconds with three decimals, from lo up.
func milliseconds[T any](p func(*T) *time.Duration, lo int64) Keyword {
	// Intervals have 32 bits of microseconds in a packet (RFC 5880 section 4.1): these are the
	// whole milliseconds of the largest.
	const most = 4294967
	// Limits are kept in microseconds, the text has milliseconds.
	r := Range{Min: lo * 1000, Max: most * 1000, Unit: DecimalMillis}
	k := ranged(r, func(s *stmt, t *T) bool {
		//	min_rx 12.5
		// parseMicros takes its number for seconds: a thousandth of what it gives is microseconds.
		n, long, ok := parseMicros(s.word(0), 3)
		n /= 1000
		switch {
		case !ok:
			s.errorf(s.at(0), "invalid-number", "%s: '%s' is not a number of milliseconds (units are not written)",
				s.title(), s.word(0))
			return false
		case long:
			s.warnf(s.at(0), "number-rounded", "%s: number '%s' has too many decimal places, rounded to %s", s.title(),
				s.word(0), millisText(n))
		}
		if n < r.Min || n > r.Max {
			s.errorf(s.at(0), "number-out-of-range", "%s: number '%s' is outside range [%d, %d] milliseconds",
				s.title(), s.word(0), lo, most)
			return false
		}
		*p(t) = fromMicros(n)
		return true
	})
	// Every range begins above 0, so 0 was not given: written, it would be refused.
	k.bind.show = showing(func(t *T) []writing { return onlyIf(*p(t) != 0, millisText(micros(*p(t)))) })
	return k
}

// openBFD fills in the defaults that depend on nothing. The TTL depends on the family of the
// neighbour, and the roles on each other: those come at the end (closeBFD).
func openBFD(s *stmt, b *binder) *bfdDraft {
	return &bfdDraft{BFD: config.BFD{Name: s.word(0), MinRX: 10 * time.Millisecond, MinTX: 10 * time.Millisecond,
		IdleTX: time.Second, Multiplier: 5, Pos: s.pos()}}
}

// closeBFD takes a session, unless it could not be told from another. One that cannot be made is known all the same:
// keepalived takes it for down, wherever it is followed.
func closeBFD(s *stmt, d *bfdDraft) {
	// `vrrp` alone is for the vrrp role only; without either word both hear of the session.
	if !d.VRRP && !d.Checker {
		d.VRRP, d.Checker = true, true
	}
	if len(d.Name) > maxBFDName {
		s.errorf(s.at(0), "name-too-long",
			"BFD instance name %s too long (maximum length is %d characters) - ignoring; shorten it", d.Name,
			maxBFDName)
		return
	}
	taken := slices.ContainsFunc(s.cfg.BFDs, func(b config.BFD) bool { return b.Name == d.Name })
	switch {
	case d.reaches(s) && taken:
		s.errorf(s.at(0), "duplicate-name", "BFD instance %s already configured - ignoring; give it another name",
			d.Name)
	case d.Neighbor.IsValid() && d.possible(s):
		s.define("bfd_instance", d.Name)
		d.settleHops(s)
		// A block without neighbour leaves its name to another one.
		s.cfg.IdleBFDs = slices.DeleteFunc(s.cfg.IdleBFDs, func(b config.BFD) bool { return b.Name == d.Name })
		s.cfg.BFDs = append(s.cfg.BFDs, d.BFD)
	case !taken && s.define("bfd_instance", d.Name):
		s.cfg.IdleBFDs = append(s.cfg.IdleBFDs, d.BFD)
	}
}

// reaches reports whether there is a neighbour, and says that there is none.
func (d *bfdDraft) reaches(s *stmt) bool {
	if !d.Neighbor.IsValid() && !d.malformed {
		s.errorf(s.pos(), "incomplete-block",
			"BFD instance %s has no neighbor address set, disabling instance; write neighbor_ip IP", d.Name)
	}
	return d.Neighbor.IsValid()
}

// possible reports whether a session with a neighbour can be made, and says why not.
func (d *bfdDraft) possible(s *stmt) bool {
	switch {
	// Packets are given to a session by where they come from.
	case !s.define("neighbour", d.Neighbor.String()):
		s.errorf(d.at("neighbor_ip", s.pos()), "duplicate-neighbor",
			"BFD instance %s has duplicate neighbor address %s, ignoring instance", d.Name, d.Neighbor)
	// A socket has one family.
	case d.Source.IsValid() && d.Source.Is4() != d.Neighbor.Is4():
		s.errorf(d.at("source_ip", s.pos()), "mixed-families",
			"BFD instance %s source address %s and neighbor address %s are not of the same family, disabling instance",
			d.Name, d.Source, d.Neighbor)
	default:
		return true
	}
	return false
}

// settleHops settles how far packets go and come.
func (d *bfdDraft) settleHops(s *stmt) {
	// 255 for IPv4 and 64 for IPv6, unless ttl or hoplimit says another one.
	if d.TTL == 0 {
		d.TTL = pick[uint8](d.Neighbor.Is4(), 255, 64)
	}
	// A packet whose TTL is below ttl - max_hops is discarded (semantics 11.1). That difference is
	// 0 here, and a negative one would say no more.
	if d.MaxHops > int(d.TTL) {
		s.warnf(d.at("max_hops", s.pos()), "limits-swapped",
			"BFD instance %s: max_hops exceeds ttl/hoplimit - setting to %s; lower it", d.Name,
			strconv.Itoa(int(d.TTL)))
		d.MaxHops = int(d.TTL)
	}
}

// showBFDs gives each session back to a draft, whose rows write it. One that cannot be made is still followed by
// others.
func showBFDs(b *binder) []writing {
	var out []writing
	for _, d := range b.cfg.Sessions() {
		out = append(out, writing{args: []string{quoted(d.Name)}, inner: &bfdDraft{BFD: d}})
	}
	return out
}
