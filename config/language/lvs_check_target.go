package language

import (
	"net/netip"
	"strings"
	"time"
)

// checkTarget reads an address for a checker. What stands behind / or - is cut off,
// as keepalived does it.
func (s *stmt) checkTarget() (netip.Addr, bool) {
	text := s.word(0)
	host := text
	if i := strings.IndexAny(text, "/-"); i >= 0 {
		host = text[:i]
	}
	a, err := netip.ParseAddr(host)
	// A zone is refused: the interface of a link-local address is said by bind_if.
	if err != nil || a.Zone() != "" {
		s.errorf(s.at(0), "invalid-address", "%s: '%s' is not an IP address (names are not looked up)", s.title(), text)
		return netip.Addr{}, false
	}
	//	connect_ip 192.0.2.1/24
	if host != text {
		s.mutedf(s.at(0), "extra-address-part", "%s: '%s' is not part of an address; %s is used", s.title(),
			text[len(host):], a)
	}
	// ::ffff:192.0.2.1 is the IPv4 address in it.
	return a.Unmap(), true
}

// connectIP is the address a checker connects to.
func connectIP() Keyword {
	k := custom("IP", 1, func(s *stmt, d *checkerDraft) bool {
		a, ok := s.checkTarget()
		// Whichever of the two stands second is refused.
		if ok && d.BindAddr.IsValid() && d.BindAddr.Is4() != a.Is4() {
			s.errorf(s.at(0), "mixed-families",
				"connect_ip address %s does not match address family of bindto - skipping; "+
					"write an address of the same family", a)
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
		//	bindto 192.0.2.9
		// above a connect_ip of another family is compared with the address of the server, as keepalived does it.
		to := d.target()
		if ok && to.Is4() != a.Is4() && (!d.of.hosts || d.smtp != nil || d.connectIP.IsValid()) {
			s.errorf(s.at(0), "mixed-families",
				"bindto address %s does not match address family of connect_ip - skipping; "+
					"write connect_ip before it, of the same family", a)
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
		// IFNAMSIZ without its NUL: the kernel has no longer names.
		if len(s.word(0)) > maxLabel {
			s.errorf(s.at(0), "name-too-long", "Interface name %s is too long - ignoring; %d characters at most",
				s.word(0), maxLabel)
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
	// A link-local address is on every interface.
	if a := d.target(); a.Is6() && a.IsLinkLocalUnicast() && d.BindIf == "" {
		s.errorf(s.pos(), "incomplete-block",
			"%s: Checker link local address %s requires a bind_if - skipping the checker; write bind_if IF", d.Kind, a)
		return false
	}
	if d.BindAddr.IsValid() && d.BindAddr.Is4() != d.target().Is4() {
		// Ignored and not refused: the check can be made from any address.
		s.mutedf(d.at("bindto", d.Pos), "mixed-families", "%s: bindto %s is not of the family of %s - ignoring it",
			d.Kind, d.BindAddr, d.target())
		d.BindAddr = netip.Addr{}
	}
	return true
}

// targetRows are the keywords of checkers that open a socket.
func targetRows() []Keyword {
	return []Keyword{
		row("connect_ip", connectIP(), "of real_server", "address to connect to"),
		row("connect_port",
			port(func(d *checkerDraft) *uint16 { return &d.connectPort }),
			"of real_server", "port to connect to"),
		row("bindto", bindTo(), "any", "source address"),
		row("bind_port", port(func(d *checkerDraft) *uint16 { return &d.BindPort }), "any", "source port"),
		row("bind_if", bindIf(), "any", "interface of a link-local address"),
		row("connect_timeout",
			secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.ConnectTimeout }, 1, maxTimerTicks),
			"real_server, virtual_server, else 5", "limit for connecting"),
		row("fwmark",
			number(func(d *checkerDraft) *uint32 { return &d.FWMark }, 0, maxUint32),
			"0", "mark on the packets of the check"),
	}
}

func tcpCheck() checkKind { return checkKind{rows: connectRows, retry: 1, pause: time.Second} }

// connectRows are the keywords of checkers that connect and no more.
func connectRows() []Keyword { return append(targetRows(), timingRows("1", "1")...) }
