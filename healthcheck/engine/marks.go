package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/firewall"
	"holdfast/internal/report/services"
)

// This file has packets marked whose services are found by mark (nftables_ipvs, semantics 8.15).

// A Marker marks packets on their way to IPVS; firewall.Keeper is one.
type Marker interface {
	Set(firewall.Wanted) <-chan struct{}
	Close(time.Duration) // removes what is there
	Leave()              // leaves it
}

// marking is what is marked.
type marking struct {
	marker   Marker // nil until there is something to mark or to remove
	now      firewall.Marks
	stray    []string // tables of a life before, until there is a marker
	restored uint64
	problem  string // "" if the kernel is as wanted
}

const (
	// markPatience is how long a reload waits for packets to be marked. While somebody else changes the kernel's rules
	// they are not, and checks have to go on.
	markPatience = time.Second
	// unmarkPatience is how long a stop waits for the tables to go.
	unmarkPatience = 2 * time.Second
	// repairsAtOnce is how many repairs of the tables are told one by one: somebody may do it again and again.
	repairsAtOnce = 3
)

// marksWanted is what is to be marked with the configuration that the core has.
func (l *loop) marksWanted() firewall.Marks {
	n := l.global.NFTables
	w := firewall.Marks{Settings: firewall.Settings{
		Table: n.IPVSTable, Priority: firewall.Priority(n.IPVSBasePriority()), Counters: n.Counters}}
	// Of two daemons with one table each would make that of the other anew.
	if name := l.global.Place.Instance; name != "" && n.IPVSTable == config.DefaultIPVSTable {
		w.Table += "_" + name
	}
	for _, m := range l.core.Mapped() {
		w.Of = append(w.Of, firewall.Marked{First: m.First, Last: m.Last, Protocol: uint8(m.Protocol), Port: m.Port,
			Mark: m.Mark})
	}
	return w
}

// changeOver makes the tables of a new configuration so. A packet always has a service: those that it gets from now on
// are there before it is marked for them, and those that it had go after that.
func (l *loop) changeOver(tables []lvs.Table) {
	if l.table == nil {
		return
	}
	want := l.marksWanted()
	if len(l.marking.stray) == 0 && l.marking.now.Settings == want.Settings && slices.Equal(l.marking.now.Of, want.Of) {
		l.apply(tables)
		return
	}
	var gone, stay []lvs.Table
	for _, t := range tables {
		if t.Gone {
			gone = append(gone, t)
		} else {
			stay = append(stay, t)
		}
	}
	l.apply(stay)
	l.mark(want)
	l.apply(gone)
}

// mark has packets marked as wanted.
func (l *loop) mark(w firewall.Marks) {
	m := &l.marking
	if m.marker == nil && len(w.Of) == 0 && len(m.stray) == 0 {
		m.now = w
		return
	}
	names := map[string]bool{}
	for _, name := range m.stray {
		names[name] = true
	}
	if m.marker == nil {
		stray := m.stray
		if len(w.Of) > 0 && !names[w.Table] {
			stray = append(stray, w.Table)
		}
		m.marker = l.e.opt.OpenMarks(stray, l.reportMarks())
	}
	if len(m.now.Of) > 0 {
		names[m.now.Table] = true
	}
	if len(w.Of) > 0 {
		names[w.Table] = true
	}
	// Before: a table that a crash leaves between being made and being written down would be nobody's.
	l.table.marks, l.table.tables = l.core.Marks(), names
	l.table.remember()
	m.now, m.stray = w, nil
	select {
	case <-m.marker.Set(w):
	case <-time.After(markPatience):
		l.e.log.Warn("nftables is busy: services change before packets are marked for them",
			zap.Duration("waited", markPatience))
		return // the names of before are still those of tables that may be there
	}
	maps.DeleteFunc(names, func(name string, _ bool) bool { return len(w.Of) == 0 || name != w.Table })
	l.table.remember()
}

// reportMarks gives what a Marker tells its reports to, one after the other: it must not wait for the loop, which may
// wait for it.
func (l *loop) reportMarks() func(firewall.Report) {
	reports := make(chan firewall.Report, 64)
	go func() {
		for {
			select {
			case r := <-reports:
				_ = l.e.call(context.Background(), func() { l.markerSays(r) }) // an engine that has ended says nothing
			case <-l.e.ended:
				return
			}
		}
	}()
	return func(r firewall.Report) {
		select {
		case reports <- r:
		case <-l.e.ended:
		}
	}
}

// markerSays takes a report of the marker.
func (l *loop) markerSays(r firewall.Report) {
	m := &l.marking
	switch {
	case r.Err != nil:
		m.problem = r.Err.Error()
		l.e.log.Error("packets to virtual_server_groups are not marked (nftables_ipvs): " + m.problem)
	case r.Restored == 0:
		m.problem = ""
		l.e.log.Info("packets to virtual_server_groups are marked now")
	default:
		m.restored = r.Restored
		if r.Restored <= repairsAtOnce || r.Restored%100 == 0 {
			text := fmt.Sprintf("nftables table %s was removed or changed by somebody else, made it again (%d times so far)",
				m.now.Table, r.Restored)
			if r.Restored == repairsAtOnce {
				text += "; if that is another daemon, give each a table of its own (nftables_ipvs NAME, or instance)"
			}
			l.e.log.Warn(text)
		}
	}
}

// stopMarking ends it, when the services are gone.
func (l *loop) stopMarking(keep bool) {
	switch m := l.marking.marker; {
	case m == nil:
	case keep:
		m.Leave()
	default:
		m.Close(unmarkPatience)
	}
}

// marksState describes it for a dump.
func (l *loop) marksState() services.Marks {
	m := &l.marking
	return services.Marks{On: l.global.NFTables.IPVSTable != "", Table: m.now.Table, Ranges: len(m.now.Of),
		Restored: m.restored, Problem: m.problem, Of: l.core.Marks()}
}
