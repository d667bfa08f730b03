package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
)

// left is what a life writes down for the one after it. The kernel does not say who made
// a service: without it, one that is dropped from the configuration while nobody runs would
// stay for ever, and so would one of a life that was killed.
//
// One line for each service, "inet tcp 10.0.0.1 80" or "inet6 fwmark 5", "timeouts
// 900 120 300" in seconds, "switch sloppy_tcp 0", "mark 1000 tcp GROUP", "nftables TABLE", and for each real
// server that is not just up "down SERVER SERVICE" or "slow SERVER SERVICE", as log lines name them.
type left struct {
	services map[ipvs.ServiceID]bool
	servers  map[lvs.ServerOf]lvs.Standing
	marks    map[lvs.MarkedGroup]uint32
	tables   map[string]bool     // of nftables
	timeouts *ipvs.Timeouts      // the kernel's, from before ours were set; nil when not changed
	switches map[ipvs.Switch]int // from before ours were set
}

// recall is what the former lives left, all of which are dead. Old is the file of versions
// that did not say whose it is; "" is none. The error says what could not be read; the
// rest is given all the same.
func recall(f *statefile.File, old string) (left, error) {
	l := left{services: map[ipvs.ServiceID]bool{}, servers: map[lvs.ServerOf]lvs.Standing{},
		marks: map[lvs.MarkedGroup]uint32{}, tables: map[string]bool{}, switches: map[ipvs.Switch]int{}}
	var legacy []string
	if old != "" {
		legacy = append(legacy, old)
	}
	lives, err := f.Former(legacy...)
	errs := []error{err}
	for _, life := range lives {
		var bad error
		for _, line := range life.Lines {
			// A line that is wrong costs only itself, and the first of a file is told.
			if err := l.parse(line); err != nil && bad == nil {
				bad = fmt.Errorf("%s: %w", life.Path, err)
			}
		}
		errs = append(errs, bad)
	}
	return l, errors.Join(errs...)
}

// parse takes one line.
func (l *left) parse(line string) error {
	if strings.TrimSpace(line) == "" {
		return nil
	}
	var t [3]uint32
	if n, _ := fmt.Sscanf(line, "timeouts %d %d %d", &t[0], &t[1], &t[2]); n == 3 {
		if l.timeouts == nil { // those of the oldest life, which found the kernel's own
			l.timeouts = &ipvs.Timeouts{TCP: seconds(t[0]), TCPFin: seconds(t[1]), UDP: seconds(t[2])}
		}
		return nil
	}
	var name ipvs.Switch
	var value int
	if n, _ := fmt.Sscanf(line, "switch %s %d", &name, &value); n == 2 && slices.Contains(ipvs.Switches(), name) {
		if _, older := l.switches[name]; !older {
			l.switches[name] = value
		}
		return nil
	}
	if name, is := strings.CutPrefix(line, tableLine); is {
		l.tables[name] = true
		return nil
	}
	if rest, is := strings.CutPrefix(line, markLine); is {
		return l.parseMark(rest)
	}
	for standing, word := range standings() {
		if rest, is := strings.CutPrefix(line, word); is {
			server, service, _ := strings.Cut(rest, " ")
			l.servers[lvs.ServerOf{Service: service, Server: server}] = standing
			return nil
		}
	}
	id, err := parseService(line)
	if err != nil {
		return err
	}
	l.services[id] = true
	return nil
}

const (
	tableLine = "nftables "
	markLine  = "mark "
)

// standings are how lines about real servers begin.
func standings() map[lvs.Standing]string {
	return map[lvs.Standing]string{lvs.Down: "down ", lvs.Slow: "slow "}
}

// parseMark takes a mark with the group that has it, whose name is the rest of the line.
func (l *left) parseMark(text string) error {
	number, rest, _ := strings.Cut(text, " ")
	protocol, group, _ := strings.Cut(rest, " ")
	mark, err := strconv.ParseUint(number, 10, 32)
	if err != nil || mark == 0 || group == "" {
		return fmt.Errorf("not a mark of a group: %q", text)
	}
	for _, p := range []config.Protocol{config.TCP, config.UDP, config.SCTP} {
		if p.String() == protocol {
			l.marks[lvs.MarkedGroup{Group: group, Protocol: p}] = uint32(mark)
			return nil
		}
	}
	return fmt.Errorf("not a protocol: %q", protocol)
}

func seconds(n uint32) time.Duration { return time.Duration(n) * time.Second }

func parseService(line string) (ipvs.ServiceID, error) {
	var id ipvs.ServiceID
	word := strings.Fields(line)
	if len(word) < 3 {
		return id, fmt.Errorf("not a service: %q", line)
	}
	switch word[0] {
	case "inet":
		id.Family = ipvs.IPv4
	case "inet6":
		id.Family = ipvs.IPv6
	default:
		return id, fmt.Errorf("not an address family: %q", word[0])
	}
	if word[1] == "fwmark" {
		if n, err := fmt.Sscan(word[2], &id.FWMark); n != 1 || err != nil || id.FWMark == 0 {
			return id, fmt.Errorf("not a firewall mark: %q", word[2])
		}
		return id, nil
	}
	for _, p := range []ipvs.Protocol{ipvs.TCP, ipvs.UDP, ipvs.SCTP} {
		if p.String() == word[1] {
			id.Protocol = p
		}
	}
	// `inet tcp 10.0.0.1 80` has four words.
	if id.Protocol == 0 || len(word) != 4 {
		return id, fmt.Errorf("not a service: %q", line)
	}
	addr, err := netip.ParseAddr(word[2])
	if err != nil {
		return id, err
	}
	id.Addr = addr
	if _, err := fmt.Sscan(word[3], &id.Port); err != nil {
		return id, fmt.Errorf("not a port: %q", word[3])
	}
	return id, nil
}

func formatService(id ipvs.ServiceID) string {
	family := "inet"
	if id.Family == ipvs.IPv6 {
		family = "inet6"
	}
	if id.FWMark != 0 {
		return fmt.Sprintf("%s fwmark %d", family, id.FWMark)
	}
	return fmt.Sprintf("%s %s %s %d", family, id.Protocol, id.Addr, id.Port)
}

// lines is l as it is written down.
func (l left) lines() []string {
	lines := make([]string, 0, len(l.services)+len(l.servers)+1)
	for id := range l.services {
		lines = append(lines, formatService(id))
	}
	for g, mark := range l.marks {
		lines = append(lines, fmt.Sprintf("%s%d %v %s", markLine, mark, g.Protocol, g.Group))
	}
	for name := range l.tables {
		lines = append(lines, tableLine+name)
	}
	words := standings()
	for s, standing := range l.servers {
		lines = append(lines, words[standing]+s.Server+" "+s.Service)
	}
	// Sorted: the same services are the same file.
	slices.Sort(lines)
	if t := l.timeouts; t != nil {
		lines = append(lines, fmt.Sprintf("timeouts %d %d %d", t.TCP/time.Second, t.TCPFin/time.Second, t.UDP/time.Second))
	}
	for _, s := range ipvs.Switches() {
		if was, ours := l.switches[s]; ours {
			lines = append(lines, fmt.Sprintf("switch %s %d", s, was))
		}
	}
	return lines
}
