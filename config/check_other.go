package config

import (
	"net/netip"
	"strings"
	"time"
)

// What checkers are aimed at, and what SMTP_CHECK, DNS_CHECK, FILE_CHECK and BFD_CHECK say.

// checkTarget reads an address for a checker. What stands behind / or - is cut off,
// as keepalived does it.
func (s *stmt) checkTarget() (netip.Addr, bool) {
	text := s.word(0)
	host := text
	if i := strings.IndexAny(text, "/-"); i >= 0 {
		host = text[:i]
	}
	a, err := netip.ParseAddr(host)
	if err != nil || a.Zone() != "" {
		s.errorf(s.at(0), "invalid-address", "%s: '%s' is not an IP address (names are not looked up)", s.title(), text)
		return netip.Addr{}, false
	}
	if host != text {
		s.mutedf(s.at(0), "extra-address-part", "%s: '%s' is not part of an address; %s is used", s.title(), text[len(host):], a)
	}
	return a.Unmap(), true
}

// connectIP is the address a checker connects to.
func connectIP() Keyword {
	k := custom("IP", 1, func(s *stmt, d *checkerDraft) bool {
		a, ok := s.checkTarget()
		if ok && d.BindAddr.IsValid() && d.BindAddr.Is4() != a.Is4() {
			s.errorf(s.at(0), "mixed-families", "connect_ip address %s does not match address family of bindto - skipping; write an address of the same family", a)
			return false
		}
		if ok {
			d.connectIP = a
		}
		return ok
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return addressIf(d.connectIP) })
	return k
}

// bindTo is the source address of a checker.
func bindTo() Keyword {
	k := custom("IP", 1, func(s *stmt, d *checkerDraft) bool {
		a, ok := s.checkTarget()
		to := d.target()
		if ok && to.Is4() != a.Is4() && (d.Kind != CheckSMTP || d.smtp != nil || d.connectIP.IsValid()) {
			s.errorf(s.at(0), "mixed-families", "bindto address %s does not match address family of connect_ip - skipping; write connect_ip before it, of the same family", a)
			return false
		}
		if ok {
			d.BindAddr = a
		}
		return ok
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return addressIf(d.BindAddr) })
	return k
}

// bindIf is the interface of a link-local address.
func bindIf() Keyword {
	k := custom("IF", 1, func(s *stmt, d *checkerDraft) bool {
		if len(s.word(0)) > maxLabel {
			s.errorf(s.at(0), "name-too-long", "Interface name %s is too long - ignoring; %d characters at most", s.word(0), maxLabel)
			return false
		}
		d.BindIf = s.word(0)
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(d.BindIf) })
	return k
}

// target is the address that the checker connects to.
func (d *checkerDraft) target() netip.Addr {
	if d.connectIP.IsValid() {
		return d.connectIP
	}
	return d.real.Addr
}

// reachable reports whether a socket can be opened to the target.
func (d *checkerDraft) reachable(s *stmt) bool {
	if a := d.target(); a.Is6() && a.IsLinkLocalUnicast() && d.BindIf == "" {
		s.errorf(s.pos(), "incomplete-block", "%s: Checker link local address %s requires a bind_if - skipping the checker; write bind_if IF", d.Kind, a)
		return false
	}
	if d.BindAddr.IsValid() && d.BindAddr.Is4() != d.target().Is4() {
		s.mutedf(d.at("bindto", d.Pos), "mixed-families", "%s: bindto %s is not of the family of %s - ignoring it", d.Kind, d.BindAddr, d.target())
		d.BindAddr = netip.Addr{}
	}
	return true
}

// openSMTPHost opens a host block of SMTP_CHECK: a checker of its own.
func openSMTPHost(s *stmt, d *checkerDraft) *checkerDraft {
	h := s.checker(d.real)
	h.smtp, h.Kind, h.Pos = d, CheckSMTP, s.pos()
	return h
}

// closeSMTPHost gives the host what the SMTP_CHECK around it says when that ends.
func closeSMTPHost(s *stmt, h *checkerDraft) {
	if h.reachable(s) {
		h.smtp.hosts = append(h.smtp.hosts, h)
	}
}

// inherit takes what a host says nothing about from the SMTP_CHECK around it.
func (d *checkerDraft) inherit(from *checkerDraft) {
	d.SMTP = from.SMTP
	if d.connectPort == 0 {
		d.connectPort = from.connectPort
	}
	if !d.connectIP.IsValid() && (!d.BindAddr.IsValid() || d.BindAddr.Is4() == from.target().Is4()) {
		d.connectIP = from.connectIP
	}
	if !d.BindAddr.IsValid() && from.BindAddr.IsValid() && from.BindAddr.Is4() == d.target().Is4() {
		d.BindAddr = from.BindAddr
	}
	if d.BindPort == 0 {
		d.BindPort = from.BindPort
	}
	if d.BindIf == "" {
		d.BindIf = from.BindIf
	}
	if !d.has("fwmark") {
		d.FWMark = from.FWMark
	}
	if d.alpha == nil {
		d.alpha = from.alpha
	}
	if d.logAll == nil {
		d.logAll = from.logAll
	}
	d.own = d.own.or(from.own)
}

// or takes what is not given from another.
func (c checkDefaults) or(other checkDefaults) checkDefaults {
	pick := func(a, b *time.Duration) *time.Duration {
		if a != nil {
			return a
		}
		return b
	}
	c.DelayLoop, c.DelayBeforeRetry = pick(c.DelayLoop, other.DelayLoop), pick(c.DelayBeforeRetry, other.DelayBeforeRetry)
	c.Warmup, c.ConnectTimeout = pick(c.Warmup, other.Warmup), pick(c.ConnectTimeout, other.ConnectTimeout)
	if c.Retry == nil {
		c.Retry = other.Retry
	}
	return c
}

// defaultHelo is what keepalived says in HELO.
const defaultHelo = "smtpchecker.keepalived.org"

// dnsType is the type of record to ask for.
func dnsType() Keyword {
	var names []string
	for _, t := range dnsTypes() {
		names = append(names, t.String())
	}
	k := custom(strings.Join(names, "|"), 1, func(s *stmt, d *checkerDraft) bool {
		for _, t := range dnsTypes() {
			if strings.EqualFold(s.word(0), t.String()) {
				d.DNS.Type = t
				return true
			}
		}
		text := ""
		if near := nearestOf(s.word(0), names); near != "" {
			text = "; did you mean '" + near + "'?"
		}
		s.errorf(s.at(0), "unknown-value", "Unknown DNS check type %s - ignoring; write %s%s", s.word(0), s.kw.Args, text)
		return false
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return written(d.DNS.Type.String()) })
	return k
}

// maxDNSLabel is the longest part of a name (RFC 1035).
const maxDNSLabel = 63

// dnsName is the name to ask for; the first one counts.
func dnsName() Keyword {
	k := custom("DOMAIN", 1, func(s *stmt, d *checkerDraft) bool {
		name := s.word(0)
		first, rest, dotted := strings.Cut(name, ".")
		switch {
		case d.has("name"):
			s.errorf(s.at(0), "duplicate-setting", "DNS_CHECK name already specified - ignoring; keep one")
			return false
		case name == ".":
		case strings.HasPrefix(name, ".") || strings.Contains(name, "..") || dotted && rest != "" && len(first) == 1:
			s.errorf(s.at(0), "invalid-dns-name", "DNS_CHECK name '%s' has empty label - ignoring; keepalived takes no first part of one letter, write another name", name)
			return false
		}
		for _, label := range strings.Split(name, ".") {
			if len(label) > maxDNSLabel {
				s.mutedf(s.at(0), "invalid-dns-name", "DNS_CHECK name '%s' has a part of more than %d characters: no server knows it", name, maxDNSLabel)
			}
		}
		d.DNS.Name = name
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(d.DNS.Name) })
	return k
}

// fileName is the track_file to follow.
func fileName() Keyword {
	k := custom("NAME", 1, func(s *stmt, d *checkerDraft) bool {
		if !s.defined("track_file", s.word(0)) {
			s.errorf(s.at(0), "unknown-tracker", "track_file %s not found; define it before this place%s", s.word(0), s.meant("track_file", s.word(0)))
			return false
		}
		d.File.TrackFile = s.word(0)
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(d.File.TrackFile) })
	return k
}

// fileWeight is what the number in the file is multiplied by.
func fileWeight() Keyword {
	k := custom("-2147483647..2147483647 [reverse|noreverse]", 1, func(s *stmt, d *checkerDraft) bool {
		n, junk := parseInt(s.word(0))
		if junk || n < -maxInt32 || n > maxInt32 {
			s.errorf(s.at(0), "number-out-of-range", "weight '%s' for track file must be in [-%d..%d]; ignored", s.word(0), maxInt32, maxInt32)
			return false
		}
		reverse := false
		switch s.word(1) {
		case "", "noreverse":
		case "reverse":
			reverse = true
		default:
			s.errorf(s.at(1), "unknown-option", "unknown track file weight option %s - ignoring; write reverse or noreverse", s.word(1))
			return false
		}
		weight := int(n)
		d.File.Weight, d.File.Reverse = &weight, reverse
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing {
		if d.File.Weight == nil {
			return nil
		}
		w := inRange(int64(*d.File.Weight), -maxInt32, maxInt32)
		if d.File.Reverse && w != nil {
			w[0].args = append(w[0].args, "reverse")
		}
		return w
	})
	return k
}

// bfdName is the bfd_instance to follow; the first one counts.
func bfdName() Keyword {
	k := custom("NAME", 1, func(s *stmt, d *checkerDraft) bool {
		name := s.word(0)
		switch {
		case d.BFD != "":
			s.errorf(s.at(0), "duplicate-setting", "BFD_CHECK - BFD %s already specified as %s; keep one", name, d.BFD)
			return false
		case !s.defined("bfd_instance", name):
			s.errorf(s.at(0), "unknown-tracker", "bfd_instance %s not found; define it before this place%s", name, s.meant("bfd_instance", name))
			return false
		}
		d.BFD = name
		return true
	})
	k.bind.show = showing(func(d *checkerDraft) []writing { return wordIf(d.BFD) })
	return k
}
