package admin

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/ipvs"
)

// Names turns names into numbers and back.
type Names interface {
	// Addr is the address of a host in a family.
	Addr(host string, f ipvs.Family) (netip.Addr, error)
	// Port is the port of a service of a protocol.
	Port(service string, p ipvs.Protocol) (uint16, error)
	// Host is the name of an address, "" if it has none.
	Host(a netip.Addr) string
	// Service is the name of a port, "" if it has none.
	Service(port uint16, p ipvs.Protocol) string
}

// Parse understands a command line, which begins with the command itself; an empty one shows the table. Names of hosts
// and services in it are asked for. The error is an *Error.
func Parse(words []string, names Names) (Command, error) { return parse(words, names, false) }

// parse is Parse. What is restored may be a table that somebody has made who is not asked whether it makes sense.
func parse(words []string, names Names, restoring bool) (Command, error) {
	if len(words) == 0 {
		return Command{Action: List}, nil
	}
	opts, rest, err := scan(words)
	if err != nil {
		return Command{}, err
	}
	if len(opts) == 0 || !opts[0].command || !strings.HasPrefix(words[0], "-") {
		return Command{}, &Error{Status: statusRefused,
			Text: "the first word has to be a command: -L, -A, -E, -D, -a, -e, -d, -C, -Z, -S, -R, --set, " +
				"--start-daemon or --stop-daemon"}
	}
	l := line{
		action: opts[0].action, command: opts[0].name(), operand: opts[0].value,
		given: map[string]found{}, restoring: restoring,
	}
	if err := l.collect(opts[1:]); err != nil {
		return Command{}, err
	}
	if l.action != SetTimeouts && len(rest) > 0 {
		return Command{}, misuse("unexpected word %q", rest[0])
	}
	return l.understand(rest, names)
}

// A line is a command line taken apart: each option that was given, by its long name and by its group.
type line struct {
	action  Action
	command string
	operand string // of the command
	given   map[string]found

	restoring bool
}

// collect takes the options behind the command. Each may stand once.
func (l *line) collect(opts []found) error {
	groups := map[string]found{}
	for _, f := range opts {
		switch before, twice := groups[f.group]; {
		case f.command:
			return misuse("%s and %s are two commands", l.command, f.name())
		case !f.on.has(l.action) && l.action != Help:
			return misuse("%s has no option %s", l.command, f.name())
		case twice && before.long == f.long:
			return misuse("%s is given twice", f.name())
		case twice:
			return misuse("%s and %s exclude each other", before.name(), f.name())
		}
		groups[f.group] = f
		l.given[f.long] = f
	}
	return nil
}

func (l *line) has(long string) bool { _, ok := l.given[long]; return ok }

// understand makes the command of its options.
func (l *line) understand(rest []string, names Names) (c Command, err error) {
	c.Action = l.action
	op, change := l.action.op()
	c.Change.Op = op
	if c.Selected, err = l.service(&c.Change.Service, names); err != nil {
		return c, err
	}
	if change && !c.Selected {
		return c, misuse("%s needs a service: -t, -u, --sctp-service or -f", l.command)
	}
	if change {
		c.Selected = false // that is no selection
	}
	switch l.action {
	case AddService, EditService:
		err = l.settings(&c.Change)
	case AddDest, EditDest, DeleteDest:
		err = l.dest(&c.Change, names)
	case SetTimeouts:
		c.Timeouts, err = timeouts(rest)
	case StartDaemon, StopDaemon:
		c.Daemon, err = l.daemon()
	case List:
		c.View, err = l.view(c.Selected)
	case Save:
		c.View = View{Numeric: l.has("numeric"), Thresholds: l.has("thresholds")}
	}
	return c, err
}

// service finds the service that is named, if one is.
func (l *line) service(id *ipvs.ServiceID, names Names) (named bool, err error) {
	for long, p := range map[string]ipvs.Protocol{
		"tcp-service": ipvs.TCP, "udp-service": ipvs.UDP, "sctp-service": ipvs.SCTP,
	} {
		f, ok := l.given[long]
		if !ok {
			continue
		}
		if l.has("ipv6") {
			return false, misuse("-6 is for a mark, which -f gives")
		}
		e, err := parseEndpoint(f.value, p, names)
		if err != nil {
			return false, misuse("%s %s: %v", f.name(), f.value, err)
		}
		*id = ipvs.ServiceID{Family: ipvs.FamilyOf(e.addr), Protocol: p, Addr: e.addr, Port: e.port}
		return true, nil
	}
	f, ok := l.given["fwmark-service"]
	if !ok {
		if l.has("ipv6") {
			return false, misuse("-6 is for a mark, which -f gives")
		}
		return false, nil
	}
	n, err := strconv.ParseUint(f.value, 10, 32)
	if err != nil || n == 0 {
		return false, misuse("-f %s: want a mark of 1..4294967295", f.value)
	}
	*id = ipvs.ServiceID{Family: ipvs.IPv4, FWMark: uint32(n)}
	if l.has("ipv6") {
		id.Family = ipvs.IPv6
	}
	return true, nil
}

// number is the value of an option, or its default.
func (l *line) number(long string, low, high, otherwise int64) (int64, error) {
	f, ok := l.given[long]
	if !ok || f.arg == optional && !f.given {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(strings.TrimLeft(f.value, " "), 10, 64)
	if err != nil || n < low || n > high {
		return 0, misuse("%s %s: want %d..%d", f.name(), f.value, low, high)
	}
	return n, nil
}

const (
	// longestTimeout is that of persistence and of connections: a month.
	longestTimeout     = 31 * 24 * 60 * 60
	defaultPersistence = 360 // seconds
)

// settings reads the settings of a service.
func (l *line) settings(c *ipvs.Command) error {
	s := ipvs.ServiceSettings{Scheduler: "wlc", Engine: l.given["pe"].value}
	if f, ok := l.given["scheduler"]; ok {
		s.Scheduler = f.value
	}
	seconds, err := l.number("persistent", 1, longestTimeout, defaultPersistence)
	if err != nil {
		return err
	}
	if l.has("persistent") {
		s.Flags |= ipvs.Persistent
		s.Timeout = time.Duration(seconds) * time.Second
	}
	if l.has("ops") {
		if c.Service.FWMark == 0 && c.Service.Protocol != ipvs.UDP && !l.restoring {
			return misuse("-o is for services of UDP and marks")
		}
		s.Flags |= ipvs.OnePacket
	}
	if c.Service.FWMark == 0 && c.Service.Port == 0 && s.Flags&ipvs.Persistent == 0 {
		return misuse("a service without a port, which is for all ports, has to be persistent: -p")
	}
	if f, ok := l.given["netmask"]; ok {
		if s.PrefixLen, s.OddMask, err = parseMask(f.value, c.Service.Family); err != nil {
			return misuse("-M %s: %v", f.value, err)
		}
	}
	flags, err := schedulerFlags(l.given["sched-flags"].value, s.Scheduler, l.has("sched-flags"))
	if err != nil {
		return err
	}
	s.Flags |= flags
	c.Settings = s
	return nil
}

// schedulerFlags reads flags between commas. Those with a scheduler in their name are of that one alone.
func schedulerFlags(text, scheduler string, given bool) (flags ipvs.Flags, err error) {
	if !given {
		return 0, nil
	}
	for word := range strings.SplitSeq(text, ",") {
		f, ok := map[string]ipvs.Flags{
			"flag-1": ipvs.Sched1, "flag-2": ipvs.Sched2, "flag-3": ipvs.Sched3,
			"sh-fallback": ipvs.Sched1, "sh-port": ipvs.Sched2, "mh-fallback": ipvs.Sched1, "mh-port": ipvs.Sched2,
		}[word]
		if !ok {
			return 0, misuse("-b %s: there is no flag %q; there are flag-1, flag-2, flag-3, "+
				"sh-fallback, sh-port, mh-fallback and mh-port", text, word)
		}
		if of, _, _ := strings.Cut(word, "-"); of != "flag" && of != scheduler {
			return 0, misuse("-b %s: %s is for scheduler %s, and this one is %s", text, word, of, scheduler)
		}
		flags |= f
	}
	return flags, nil
}

// timeouts reads what stands behind --set.
func timeouts(words []string) (t ipvs.Timeouts, err error) {
	if len(words) != 3 {
		return t, misuse("--set wants three numbers of seconds: TCP, TCP after FIN, UDP")
	}
	for i, at := range []*time.Duration{&t.TCP, &t.TCPFin, &t.UDP} {
		n, err := strconv.ParseInt(words[i], 10, 64)
		if err != nil || n < 0 || n > longestTimeout {
			return t, misuse("--set %s: want 0..%d seconds", words[i], longestTimeout)
		}
		*at = time.Duration(n) * time.Second
	}
	return t, nil
}

// view reads what is to be shown.
func (l *line) view(selected bool) (View, error) {
	v := View{Numeric: l.has("numeric"), Exact: l.has("exact"), Unsorted: l.has("nosort"), JSON: l.has("json"),
		Engines: l.has("persistent-conn")}
	parts := []struct {
		long string
		what Part
	}{
		// Of those that can be asked for together the first is shown, as ipvsadm does.
		{"stats", Stats}, {"rate", Rates}, {"thresholds", Thresholds},
		{"persistent-conn", Persistence}, {"tun-info", Tunnels},
	}
	for _, p := range slices.Backward(parts) {
		if l.has(p.long) {
			v.What = p.what
		}
	}
	alone := []struct {
		long string
		what Part
	}{{"connection", Connections}, {"timeout", Timeouts}, {"daemon", Daemons}}
	for i, p := range alone {
		if !l.has(p.long) {
			continue
		}
		for _, other := range []string{"stats", "rate", "thresholds", "tun-info", "connection", "timeout", "daemon"} {
			if l.has(other) && other != p.long {
				return v, misuse("%s and %s exclude each other", l.given[p.long].name(), l.given[other].name())
			}
		}
		if selected {
			return v, misuse("%s is not of one service", l.given[p.long].name())
		}
		v.What = alone[i].what
	}
	return v, nil
}
