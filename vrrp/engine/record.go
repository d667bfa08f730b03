package engine

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"go.uber.org/zap"
)

// This file writes down for the life after this one which addresses it may have set: all of
// the configuration but those that are the host's own; and which routes and rules. That is known
// when a configuration is taken over, so nothing is written in a transition. Kernels from 5.18 on
// keep a mark with each address that says the same; the file speaks where there is none.

// openRecord reads what former lives have left.
func (e *Engine) openRecord() witnesses {
	w := witnesses{listed: map[placed]bool{}, lines: map[string]bool{}, keepalived: e.opt.FormerKeepalived}
	lives, err := e.opt.State.Former()
	if err != nil {
		e.log.Warn("cannot read all of what a former run has written down", zap.Error(err))
	}
	for _, l := range lives {
		w.former = true
		for _, line := range l.Lines {
			w.lines[line] = true
			// The other lines are of routes and rules: their keepers read them.
			if p, ok := parsePlaced(line); ok {
				w.listed[p] = true
			}
		}
	}
	return w
}

// settleWhose decides whose the addresses of a new configuration are that are there already,
// and takes over what former lives have left that it does not have any more.
func (e *Engine) settleWhose(first bool) {
	var w witnesses
	// Former lives are asked once: afterwards the record is our own.
	if first {
		w = e.openRecord()
	}
	e.recogniseAll(w)
	if first {
		e.adoptTables(w)
		for _, k := range e.keepers {
			k.adopt(w.lines)
		}
	}
	marks := e.host.keepsMarks()
	for index, list := range e.host.addrs {
		for _, a := range list {
			// Where the kernel marks addresses, the mark has to agree with the record: somebody
			// else may have set the same address since. recogniseAll has had those of e.cfg.
			p := placed{vip{e.host.links[index].Name, a.Prefix}, a.Peer}
			if w.listed[p] && !e.host.vips[p.vip] && (a.Marked() || !marks) {
				e.addrs.mine[p] = p.wanted()
			}
		}
	}
	e.remember()
}

// remember writes down which addresses may be ours, if that has changed.
func (e *Engine) remember() {
	if e.opt.State == nil {
		return
	}
	all := map[placed]bool{}
	for _, r := range e.routers.all {
		for _, c := range r.addresses {
			if p := placedOf(c.Wanted); !e.addrs.theirs[p.vip] {
				all[p] = true
			}
		}
	}
	// Also what is configured no longer: it is still there if its removal has failed.
	for p := range e.addrs.mine {
		all[p] = true
	}
	lines := make([]string, 0, len(all))
	for p := range maps.Keys(all) {
		lines = append(lines, p.String())
	}
	for _, k := range e.keepers {
		lines = append(lines, k.lines()...)
	}
	lines = append(lines, e.sysctls.Lines()...)
	lines = append(lines, e.gate.lines()...)
	// Sorted: the same addresses are the same lines.
	slices.Sort(lines)
	lines = slices.Compact(lines)
	if err := e.opt.State.Save(lines); err != nil {
		e.log.Warn("cannot write down which addresses are set, for the time after a crash", zap.Error(err))
	}
}

// forget ends the record when nothing of ours is left.
func (e *Engine) forget() {
	// Something could not be removed: the next life is to know of it.
	if e.holds() {
		return
	}
	if err := e.opt.State.Remove(); err != nil {
		e.log.Warn("cannot remove the record of the addresses", zap.Error(err))
	}
}

// String is a line of the record.
func (p placed) String() string {
	if p.peer.IsValid() {
		return fmt.Sprintf("%s %v peer %v", p.dev, p.prefix, p.peer)
	}
	return fmt.Sprintf("%s %v", p.dev, p.prefix)
}

func parsePlaced(line string) (placed, bool) {
	word := strings.Fields(line)
	// `eth0 10.0.0.1/24` or `eth0 10.0.0.1/32 peer 10.0.0.2`. The line of a route may have two
	// words as well, but the second one is JSON and no prefix.
	if len(word) != 2 && (len(word) != 4 || word[2] != "peer") {
		return placed{}, false
	}
	prefix, err := netip.ParsePrefix(word[1])
	if err != nil {
		return placed{}, false
	}
	p := placed{vip: vip{word[0], prefix}}
	if len(word) == 4 {
		if p.peer, err = netip.ParseAddr(word[3]); err != nil {
			return placed{}, false
		}
	}
	return p, true
}

// RecordedAddress is the address that a line of the record is about, and its interface; false for a line that is about
// something else.
func RecordedAddress(line string) (dev string, prefix netip.Prefix, ok bool) {
	p, ok := parsePlaced(line)
	return p.dev, p.prefix, ok
}
