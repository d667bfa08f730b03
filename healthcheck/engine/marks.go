package engine

import (
	"cmp"
	"context"
	"errors"
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
	Set(firewall.Wanted) <-chan error
	Close(time.Duration) // removes what is there
	Leave()              // leaves it
}

// marking is what is marked.
type marking struct {
	marker Marker // nil until there is something to mark or to remove
	now    firewall.Marks
	stray  []string // tables of a life before, until there is a marker
	// awaited says what became of the marks that a reload no longer waits for; nil when it has, or did wait.
	awaited <-chan error
	// outgoing are services that serve until packets are marked for others.
	outgoing []lvs.Table
	restored uint64
	problem  string // "" if the kernel is as wanted
	// unmarkable says why nothing is marked, "" where packets can be.
	unmarkable string
}

const (
	// markPatience is how long a reload waits for packets to be marked. While somebody else changes the kernel's rules
	// they are not, and checks have to go on.
	markPatience = time.Second
	// tryPatience is how long is waited for the answer to whether packets can be marked: modules may have to be loaded for
	// it, and what runs goes on meanwhile.
	tryPatience = 10 * time.Second
	// unmarkPatience is how long a stop waits for the tables to go.
	unmarkPatience = 2 * time.Second
	// repairsAtOnce is how many repairs of the tables are told one by one: somebody may do it again and again.
	repairsAtOnce = 3
)

// tryMarks makes groups services by mark only where packets can be marked; mu is held. What could be done once is not
// tried again. As long as the kernel has no answer it is taken to be possible.
func (e *Engine) tryMarks(p *prepared) {
	w := marksOf(p.cfg.Global, p.setup.MarkKinds())
	if !slices.ContainsFunc(w.Of, func(m firewall.Marked) bool { return !e.markable[m] }) {
		return
	}
	p.tried = e.opt.TryMarks(w)
	select {
	case err := <-p.tried:
		p.tried = nil
		p.mayMark(err)
		for _, m := range w.Of {
			e.markable[m] = e.markable[m] || err == nil
		}
	case <-time.After(tryPatience):
	}
}

// mayMark takes the answer to whether packets can be marked.
func (p *prepared) mayMark(err error) {
	if errors.Is(err, firewall.ErrImpossible) {
		p.unmarkable, p.setup.Marks.On = err, false
	}
}

// tried takes an answer that was late.
func (l *loop) tried(err error) {
	p := l.active
	p.tried = nil
	if p.mayMark(err); p.unmarkable == nil {
		return
	}
	l.sayUnmarkable(p.unmarkable)
	setup := p.setup
	setup.Values = l.follow(p.cfg, setup)
	out := l.core.Configure(time.Now(), setup)
	l.changeOver(out.Tables)
	out.Tables = nil
	l.do(out)
}

// answers is where an answer comes that is still missing.
func (l *loop) answers() <-chan error {
	if l.active == nil {
		return nil
	}
	return l.active.tried
}

// marksOf has packets marked with the settings of a configuration.
func marksOf(g config.Global, ranges []lvs.Mapped) firewall.Marks {
	n := g.NFTables
	w := firewall.Marks{Settings: firewall.Settings{
		Table: n.IPVSTable, Priority: firewall.Priority(n.IPVSBasePriority()), Counters: n.Counters}}
	// Of two daemons with one table each would make that of the other anew.
	if name := g.Place.Instance; name != "" && n.IPVSTable == config.DefaultIPVSTable {
		w.Table += "_" + name
	}
	w.Of = make([]firewall.Marked, 0, len(ranges))
	for _, m := range ranges {
		w.Of = append(w.Of, firewall.Marked{First: m.First, Last: m.Last, Protocol: uint8(m.Protocol), Port: m.Port,
			Mark: m.Mark})
	}
	return w
}

// sayUnmarkable says that packets cannot be marked, once.
func (l *loop) sayUnmarkable(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != l.marking.unmarkable {
		l.e.log.Warn("nftables_ipvs: " + text + " - each address of a virtual_server_group is a service")
	}
	l.marking.unmarkable = text
}

// changeOver makes the tables of a new configuration so. A packet always has a service: those that it gets from now on
// are there before it is marked for them, and those that it had go after that.
func (l *loop) changeOver(tables []lvs.Table) {
	if l.table == nil {
		return
	}
	want := marksOf(l.global, l.core.Mapped())
	m := &l.marking
	if len(m.outgoing) == 0 && len(m.stray) == 0 && m.now.Settings == want.Settings && slices.Equal(m.now.Of, want.Of) {
		l.apply(tables)
		return
	}
	var stay []lvs.Table
	gone := l.marking.outgoing
	for _, t := range tables {
		if t.Gone {
			gone = append(gone, t)
			continue
		}
		stay = append(stay, t)
		// What was to go is wanted again.
		gone = slices.DeleteFunc(gone, func(g lvs.Table) bool { return g.Service == t.Service })
	}
	l.apply(stay)
	l.marking.outgoing = gone
	l.mark(want)
}

// mark has packets marked as wanted, and lets go what served them before.
func (l *loop) mark(w firewall.Marks) {
	m := &l.marking
	if m.unmarkable != "" {
		// There are no tables, whatever is written down, and none can go.
		if m.marker != nil {
			m.marker.Leave()
		}
		m.marker, m.awaited, m.stray, m.problem = nil, nil, nil, ""
		l.table.marks, l.table.tables = nil, nil
		l.table.remember()
	}
	if m.marker == nil && len(w.Of) == 0 && len(m.stray) == 0 {
		m.now = w
		l.letGo()
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
	// Before: a table that a crash leaves between being made and being written down would be nobody's. Of one that is
	// still awaited it is not known whether it is there.
	if m.awaited != nil {
		maps.Copy(names, l.table.tables)
	}
	for _, one := range []firewall.Marks{m.now, w} {
		if len(one.Of) > 0 {
			names[one.Table] = true
		}
	}
	l.table.marks, l.table.tables = l.core.Marks(), names
	l.table.remember()
	m.now, m.stray = w, nil
	m.awaited = m.marker.Set(w)
	select {
	case err := <-m.awaited:
		l.markedNow(err)
	case <-time.After(markPatience):
		l.e.log.Warn("nftables is busy: what was served before is until packets are marked",
			zap.Duration("waited", markPatience))
	}
}

// markedNow takes what became of the marks that were wanted last.
func (l *loop) markedNow(err error) {
	m := &l.marking
	m.awaited = nil
	if err != nil {
		return // what was there goes when the marker says that it works
	}
	l.letGo()
	maps.DeleteFunc(l.table.tables, func(name string, _ bool) bool { return len(m.now.Of) == 0 || name != m.now.Table })
	l.table.remember()
}

// letGo takes services away whose packets are marked for others.
func (l *loop) letGo() {
	gone := l.marking.outgoing
	l.marking.outgoing = nil
	l.apply(gone)
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
		if m.awaited == nil {
			l.markedNow(nil)
		}
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
	return services.Marks{On: l.global.NFTables.IPVSTable != "" && m.unmarkable == "", Table: m.now.Table,
		Ranges: len(m.now.Of), Restored: m.restored, Problem: cmp.Or(m.unmarkable, m.problem), Of: l.core.Marks()}
}
