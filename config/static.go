package config

import (
	"slices"
	"time"

	"holdfast/config/syntax"
)

// What is held from start to stop, and what limits and watches interfaces outside of
// virtual routers.

// TrackGroup names the virtual routers that fail when a static address, route or rule
// that names the group goes.
type TrackGroup struct {
	Name    string
	Members []string // not looked up
	Pos     syntax.Pos
}

// GARPGroup limits the rate of gratuitous ARP and of unsolicited neighbour
// advertisements over several interfaces together.
type GARPGroup struct {
	ARPInterval time.Duration
	NAInterval  time.Duration
	Interfaces  []string
	Pos         syntax.Pos
}

// Linkbeat says whose link state is asked for in turns.
type Linkbeat struct {
	All        bool // linkbeat_use_polling: of every interface
	Interfaces []LinkbeatInterface
}

// LinkbeatInterface is one line of linkbeat_interfaces.
type LinkbeatInterface struct {
	Name   string
	Method LinkbeatMethod
	Pos    syntax.Pos
}

// LinkbeatMethod is how the state of a link is asked for.
type LinkbeatMethod uint8

// LinkbeatAny is the first method that answers.
const (
	LinkbeatAny LinkbeatMethod = iota
	LinkbeatMII
	LinkbeatEthtool
	LinkbeatIOCTL
)

// LinkDelay is how long a change of an interface's link is not believed, to 255 s.
type LinkDelay struct {
	Interface string
	Down, Up  time.Duration
	Pos       syntax.Pos
}

type trackGroupDraft struct {
	draft
	TrackGroup
}

type garpGroupDraft struct {
	draft
	GARPGroup
}

func trackGroupRows() []Keyword {
	return []Keyword{row("group", trackGroupMembers(), "", "the virtual routers that fail")}
}

func garpGroupRows() []Keyword {
	interval := func(p func(*garpGroupDraft) *time.Duration) Keyword { return seconds(p, 0, maxInt32) }
	return []Keyword{
		row("garp_interval", interval(func(d *garpGroupDraft) *time.Duration { return &d.ARPInterval }), "0", "pause between two gratuitous ARPs"),
		row("gna_interval", interval(func(d *garpGroupDraft) *time.Duration { return &d.NAInterval }), "0", "pause between two unsolicited neighbour advertisements"),
		row("interface", custom("IF", 1, func(s *stmt, d *garpGroupDraft) bool { s.limitInterface(d, 0); return true }), "", "one interface"),
		row("interfaces", garpInterfaces(), "", "interfaces that share the limit"),
	}
}

func openTrackGroup(s *stmt, b *binder) *trackGroupDraft {
	if len(s.args) != 1 {
		s.errorf(s.pos(), "bad-name", "track_group must have a name of one word - skipping")
		return nil
	}
	if !s.define("track_group", s.word(0)) {
		s.errorf(s.at(0), "duplicate-name", "track_group %s already defined; give it another name", s.word(0))
		return nil
	}
	return &trackGroupDraft{TrackGroup: TrackGroup{Name: s.word(0), Pos: s.pos()}}
}

func closeTrackGroup(s *stmt, d *trackGroupDraft) {
	s.cfg.TrackGroups = append(s.cfg.TrackGroups, d.TrackGroup)
}

func trackGroupMembers() Keyword {
	k := list("INSTANCE ...", func(s *stmt, d *trackGroupDraft) { d.Members = append(d.Members, wordsText(s.words())...) })
	k.bind.open = func(s *stmt, target any) any {
		d := target.(*trackGroupDraft)
		if d.has("group") {
			s.errorf(s.pos(), "duplicate-setting", "Group list already specified for track_group %s; write one list", d.Name)
			return nil
		}
		return d
	}
	k.bind.done = func(s *stmt, target any) {
		if d := target.(*trackGroupDraft); len(d.Members) == 0 {
			s.warnf(s.pos(), "empty-block", "track group %s has an empty group block; write the names of vrrp_instances", d.Name)
		}
	}
	k.bind.show = showing(func(d *trackGroupDraft) []writing { return listed(namesByLine(d.Members)) })
	return k
}

// namesByLine writes names, one a line.
func namesByLine(names []string) [][]string {
	var out [][]string
	for _, name := range names {
		out = append(out, []string{quoted(name)})
	}
	return out
}

// trackGroupWord takes the name of a track_group, in an entry of a static list.
func trackGroupWord[T any](p func(*T) *string) Keyword {
	k := custom("NAME", 1, func(s *stmt, t *T) bool {
		switch {
		case *p(t) != "":
			s.errorf(s.at(0), "duplicate-setting", "track_group %s is a duplicate - ignored; an entry has one", s.word(0))
		case !s.defined("track_group", s.word(0)):
			s.errorf(s.at(0), "unknown-track-group", "track_group %s not found - ignored; define it before this place%s", s.word(0), s.meant("track_group", s.word(0)))
		default:
			*p(t) = s.word(0)
		}
		return true
	})
	k.bind.show = showing(func(t *T) []writing { return wordIf(*p(t)) })
	return k
}

func openGARPGroup(s *stmt, b *binder) *garpGroupDraft {
	return &garpGroupDraft{GARPGroup: GARPGroup{Pos: s.pos()}}
}

func closeGARPGroup(s *stmt, d *garpGroupDraft) {
	if !d.has("garp_interval") && !d.has("gna_interval") {
		s.errorf(s.pos(), "incomplete-block", "garp_group does not have any delay set - removing; write garp_interval or gna_interval")
		return
	}
	s.cfg.GARPGroups = append(s.cfg.GARPGroups, d.GARPGroup)
}

func garpInterfaces() Keyword {
	k := list("IF ...", func(s *stmt, d *garpGroupDraft) {
		for i := range s.args {
			s.limitInterface(d, i)
		}
	})
	k.bind.done = func(s *stmt, _ any) {
		if s.node.Block == nil || len(s.node.Block.Nodes) == 0 {
			s.warnf(s.pos(), "empty-block", "empty garp_group interfaces block; write the names of interfaces or remove it")
		}
	}
	k.bind.show = showing(func(d *garpGroupDraft) []writing { return listed(namesByLine(d.Interfaces)) })
	return k
}

// limitInterface adds an interface to a garp_group; it belongs to one only.
func (s *stmt) limitInterface(d *garpGroupDraft, i int) {
	name := s.word(i)
	if !s.requireInterface(s.at(i), name, "garp_group") {
		return
	}
	if !s.define("interface of a garp_group", name) {
		s.warnf(s.at(i), "duplicate-setting", "garp_group already specified for %s - ignoring; an interface belongs to one", name)
		return
	}
	d.Interfaces = append(d.Interfaces, name)
}

// unknownInterface reports an interface that is not there, where keepalived goes on
// without it.
func (s *stmt) unknownInterface(user string) bool {
	if s.env.Interface == nil || s.env.Interface(s.word(0)) || s.global.DynamicInterfaces {
		return false
	}
	s.say(syntax.Warning, syntax.ClassCannotRun, s.at(0), "interface-missing", "unknown interface %s specified for %s; correct the name", s.word(0), user)
	return true
}

// linkbeatInterfaces is the list of interfaces whose link state is asked for.
func linkbeatInterfaces() Keyword {
	methods := []string{"", "MII", "ETHTOOL", "IOCTL"}
	k := list("IF [MII|ETHTOOL|IOCTL]", func(s *stmt, b *binder) {
		if s.unknownInterface("linkbeat interface") {
			return
		}
		l := LinkbeatInterface{Name: s.word(0), Pos: s.pos()}
		if m := slices.Index(methods, s.word(1)); m >= 0 && len(s.args) <= 2 {
			l.Method = LinkbeatMethod(m)
		} else {
			s.errorf(s.at(1), "unknown-value", "extra characters %s in linkbeat interface; write MII, ETHTOOL or IOCTL", s.word(1))
		}
		addLinkbeat(&b.cfg.Linkbeat, l)
	})
	k.bind.show = showing(func(b *binder) []writing {
		var lines [][]string
		for _, l := range b.cfg.Linkbeat.Interfaces {
			line := []string{quoted(l.Name)}
			if l.Method != LinkbeatAny {
				line = append(line, methods[l.Method])
			}
			lines = append(lines, line)
		}
		return listed(lines)
	})
	return k
}

// addLinkbeat adds an interface, or changes how it is asked.
func addLinkbeat(l *Linkbeat, i LinkbeatInterface) {
	if at := slices.IndexFunc(l.Interfaces, func(o LinkbeatInterface) bool { return o.Name == i.Name }); at >= 0 {
		l.Interfaces[at].Method = i.Method
		return
	}
	l.Interfaces = append(l.Interfaces, i)
}

// linkDelays is the list of times after which a link change is believed.
func linkDelays() Keyword {
	k := list("IF DOWN [UP], decimal seconds 0..255", func(s *stmt, b *binder) {
		if s.unknownInterface("up/down delay") {
			return
		}
		d := LinkDelay{Interface: s.word(0), Pos: s.pos()}
		for i, field := range []*time.Duration{&d.Down, &d.Up} {
			if len(s.args) > i+1 {
				n, _ := s.micros(i+1, 0, 255_000_000)
				*field = fromMicros(n)
			}
		}
		b.cfg.LinkDelays = slices.DeleteFunc(b.cfg.LinkDelays, func(o LinkDelay) bool { return o.Interface == d.Interface })
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

// addStaticAddress reads one line of static_ipaddress.
func addStaticAddress(s *stmt, b *binder) {
	a, ok := s.address()
	if !ok {
		return
	}
	if a.Dev == "" {
		a.Dev = b.global.DefaultInterface
	}
	b.cfg.StaticAddresses = append(b.cfg.StaticAddresses, a)
}

func showTrackGroups(b *binder) []writing {
	var out []writing
	for _, g := range b.cfg.TrackGroups {
		out = append(out, writing{args: []string{quoted(g.Name)}, inner: &trackGroupDraft{TrackGroup: g}})
	}
	return out
}

func showGARPGroups(b *binder) []writing {
	var out []writing
	for _, g := range b.cfg.GARPGroups {
		out = append(out, writing{inner: &garpGroupDraft{GARPGroup: g}})
	}
	return out
}
