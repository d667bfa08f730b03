package language

import (
	"slices"
	"time"

	"holdfast/config"
)

// linkbeatInterfaces is the list of interfaces whose link state is asked for.
func linkbeatInterfaces() Keyword {
	// The words are in the order of the constants: no word is the first method that answers.
	methods := []string{"", "MII", "ETHTOOL", "IOCTL"}
	k := list("IF [MII|ETHTOOL|IOCTL]", func(s *stmt, b *binder) {
		// An interface that is not there is reported, and keepalived goes on without it.
		if s.unknownInterface("linkbeat interface") {
			return
		}
		l := config.LinkbeatInterface{Name: s.word(0), Pos: s.pos()}
		//	eth0 MII
		// Without a word all methods are tried. The interface is polled also if its word is refused.
		if m := slices.Index(methods, s.word(1)); m >= 0 && len(s.args) <= 2 {
			l.Method = config.LinkbeatMethod(m)
		} else {
			s.errorf(s.at(1), "unknown-value", "extra characters %s in linkbeat interface; write MII, ETHTOOL or IOCTL",
				s.word(1))
		}
		addLinkbeat(&b.cfg.Linkbeat, l)
	})
	k.bind.show = showing(func(b *binder) []writing {
		var lines [][]string
		for _, l := range b.cfg.Linkbeat.Interfaces {
			line := []string{quoted(l.Name)}
			if l.Method != config.LinkbeatAny {
				line = append(line, methods[l.Method])
			}
			lines = append(lines, line)
		}
		return listed(lines)
	})
	return k
}

// addLinkbeat adds an interface, or changes how it is asked.
func addLinkbeat(l *config.Linkbeat, i config.LinkbeatInterface) {
	if at := slices.IndexFunc(l.Interfaces,
		func(o config.LinkbeatInterface) bool { return o.Name == i.Name }); at >= 0 {
		// The last line about an interface counts.
		l.Interfaces[at].Method = i.Method
		return
	}
	l.Interfaces = append(l.Interfaces, i)
}

// shortenLinkDelays makes the delays of the instances' own interfaces such that a master whose link was down
// speaks again before a backup takes over (semantics 4.2).
func (b *binder) shortenLinkDelays() {
	for _, d := range b.vrrp().instances {
		at := slices.IndexFunc(b.cfg.LinkDelays, func(l config.LinkDelay) bool { return l.Interface == d.Interface })
		if at < 0 {
			continue
		}
		l := &b.cfg.LinkDelays[at]
		adverts := d.DownTimerAdverts - 1
		most := max(0, time.Duration(adverts)*d.AdvertInt-d.AdvertInt/256).Round(time.Microsecond)
		if max(l.Down, l.Up) <= most {
			continue
		}
		l.Down, l.Up = min(l.Down, most), min(l.Up, most)
		if adverts == 0 {
			b.mutedf(l.Pos, "link-delay-too-long",
				"%s: cannot use debounce timers with down_timer_adverts = 1 - resetting; there is no delay on %s",
				d.Name, l.Interface)
			continue
		}
		b.mutedf(l.Pos, "link-delay-too-long",
			"%s: interface %s debounce timer(s) not less that %d * advert_int - resetting; a backup would take over"+
				" before them, %ss is the longest", d.Name, l.Interface, adverts, secondsText(micros(most)))
	}
}

// pollOwnLinks adds the interfaces of instances with linkbeat_use_polling to the list, which is where they
// should stand.
func (b *binder) pollOwnLinks() {
	l := &b.cfg.Linkbeat
	for _, d := range b.vrrp().instances {
		listed := func(i config.LinkbeatInterface) bool { return i.Name == d.Interface }
		if d.pollLink && d.Interface != "" && !slices.ContainsFunc(l.Interfaces, listed) {
			l.Interfaces = append(l.Interfaces,
				config.LinkbeatInterface{Name: d.Interface, Pos: d.Pos})
		}
	}
}

// linkDelays is the list of times after which a link change is believed.
func linkDelays() Keyword {
	k := list("IF DOWN [UP], decimal seconds 0..255", func(s *stmt, b *binder) {
		if s.unknownInterface("up/down delay") {
			return
		}
		d := config.LinkDelay{Interface: s.word(0), Pos: s.pos()}
		//	eth0 2.5 0
		// the second number may be missing, which is 0.
		for i, field := range []*time.Duration{&d.Down, &d.Up} {
			if len(s.args) > i+1 {
				// What cannot be read is 0: the change counts at once.
				n, _ := s.micros(i+1, 0, 255_000_000)
				*field = fromMicros(n)
			}
		}
		// The last line about an interface counts, as in linkbeat_interfaces.
		b.cfg.LinkDelays = slices.DeleteFunc(b.cfg.LinkDelays,
			func(o config.LinkDelay) bool { return o.Interface == d.Interface })
		b.cfg.LinkDelays = append(b.cfg.LinkDelays, d)
	})
	k.bind.show = showing(func(b *binder) []writing {
		var lines [][]string
		for _, d := range b.cfg.LinkDelays {
			lines = append(lines, []string{quoted(d.Interface), secondsText(micros(d.Down)), secondsText(micros(d.Up))})
		}
		return listed(lines)
	})
	return k
}
