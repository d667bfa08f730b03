package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/internal/report/routers"
	"holdfast/vrrp"
)

// This file keeps things on the host that have no say in the election: routes and policy rules of masters, and what
// the host is to have from start to stop. Virtual addresses have a file of their own (addresses.go): an instance
// that cannot have them is no master.

// theHost is no router: what it wants is there from start to stop. Nobody wants what stray has.
const (
	theHost vrrp.ID = 0
	stray   vrrp.ID = ^vrrp.ID(0)
)

// A thing is one line of the configuration as it is to be on the host.
type thing[W any] struct {
	what    W
	devs    []string // interfaces that its router must not be without
	noTrack bool     // nobody minds its going (semantics 3.5)
	group   string   // track_group of a thing of the host
	nth     int      // which one of its list in the configuration it is of, from 0
	line    string   // in the record
}

// given are the names that are not empty.
func given(names ...string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}

// keptKind is what is special about a kind of things.
type keptKind[W any] struct {
	name string                          // a word: "route"
	of   func(*router) []thing[W]        // while its router is master
	host func(*config.Config) []thing[W] // from start to stop
	text func(W) string
	// left reports whether w, if it is there, was left by a former life that is said to have listed it or not.
	left func(w W, listed bool) bool
	// possible reports whether it makes sense to try; nil always. What is there nevertheless stays.
	possible func(W) bool
	// lost reports whether an event may mean that w is gone.
	lost    func(ev netif.Event, w W) bool
	renamed func(w W, old, name string) W
	groups  netif.Groups // where the kernel tells of things that go
}

// kept keeps the things of a kind. One goroutine uses it.
type kept[W any] struct {
	kind    keptKind[W]
	applier interface {
		Apply(want, owned []W) (netif.Outcome[W], error)
	}
	tell func(vrrp.Log)

	// Who has things, and whose come first: of a thousand instances often none, and each event asks.
	order  []vrrp.ID
	things map[vrrp.ID][]thing[W]
	names  map[vrrp.ID]string  // of all instances
	tracks map[string][]string // interfaces of things of the host, by track_group
	wanted map[vrrp.ID]bool
	asked  map[vrrp.ID]bool // since the last apply: what is added for them was not lost
	// mine are those that this life has set or a former one may have left, by their lines.
	mine map[string]owned[W]
	// failed is what could not be done in the last apply: the lines it was about, or the errors.
	failed   map[string]string
	throttle throttle[string]
	repairAt time.Time // zero: nothing to repair
	retry    backoff
}

// owned is a thing that is ours to remove, with whom it is for.
type owned[W any] struct {
	what W
	id   vrrp.ID
}

func newKept[W any](kind keptKind[W], a interface {
	Apply(want, owned []W) (netif.Outcome[W], error)
}, tell func(vrrp.Log)) *kept[W] {
	// What the host is to have is wanted from the start, without any election.
	return &kept[W]{kind: kind, applier: a, tell: tell, wanted: map[vrrp.ID]bool{theHost: true},
		asked: map[vrrp.ID]bool{}, mine: map[string]owned[W]{}, failed: map[string]string{}}
}

// configure takes a new configuration; it has an effect with the next apply.
func (k *kept[W]) configure(routers []*router, cfg *config.Config) {
	k.things = map[vrrp.ID][]thing[W]{}
	k.names = make(map[vrrp.ID]string, len(routers))
	k.tracks = map[string][]string{}
	// In this order they are set: static things before those of routers (semantics 3.15).
	k.order = k.order[:0]
	have := func(id vrrp.ID, list []thing[W]) {
		if len(list) > 0 {
			k.order = append(k.order, id)
			k.things[id] = list
		}
	}
	have(theHost, k.kind.host(cfg))
	for _, r := range routers {
		k.names[r.id] = r.name()
		have(r.id, k.kind.of(r))
	}
	for id, list := range k.things {
		for i := range list {
			t := &list[i]
			t.line = k.lineOf(t.what)
			if id == theHost && t.group != "" {
				k.tracks[t.group] = append(k.tracks[t.group], t.devs...)
			}
		}
	}
	// What the next apply adds for the host is new, not lost and restored.
	k.asked[theHost] = true
}

// lineOf is the line of the record that stands for a thing, and tells it from others.
func (k *kept[W]) lineOf(w W) string {
	b, err := json.Marshal(w)
	if err != nil { // a plain value of a kind that tests marshal
		return k.kind.name + " " + k.kind.text(w)
	}
	return k.kind.name + " " + string(b)
}

func (k *kept[W]) parse(line string) (w W, ok bool) {
	text, ok := strings.CutPrefix(line, k.kind.name+" ")
	return w, ok && json.Unmarshal([]byte(text), &w) == nil
}

// adopt takes over what former lives may have left: things of the configuration, and what is in the lines
// of their records. Whether they are there shows when they are removed.
func (k *kept[W]) adopt(lines map[string]bool) {
	for id, list := range k.things {
		for _, t := range list {
			if k.kind.left(t.what, lines[t.line]) {
				k.mine[t.line] = owned[W]{t.what, id}
			}
		}
	}
	for line := range lines {
		w, ok := k.parse(line)
		if _, known := k.mine[line]; ok && !known && k.kind.left(w, true) {
			// Of a configuration of before: nobody wants it, so the next release removes it.
			k.mine[line] = owned[W]{w, stray}
		}
	}
}

// want says whether a router wants its things.
func (k *kept[W]) want(id vrrp.ID, on bool) {
	if delete(k.wanted, id); on {
		k.wanted[id] = true
	}
	k.asked[id] = true
}

// settle ends a reload: those for which wants says so want what their configuration says.
func (k *kept[W]) settle(wants func(vrrp.ID) bool) {
	// Also those without things: what they had before is theirs as long as they want.
	k.want(theHost, true)
	for id := range k.names {
		k.want(id, wants(id))
	}
}

// owners are who wants what now, by lines, and all of that in order.
func (k *kept[W]) owners() (all []thing[W], of map[string]vrrp.ID) {
	of = map[string]vrrp.ID{}
	for _, id := range k.order {
		if !k.wanted[id] {
			continue
		}
		for _, t := range k.things[id] {
			// Two routers may have the same line: it is set once, for the first of them.
			if _, twice := of[t.line]; !twice {
				of[t.line] = id
				all = append(all, t)
			}
		}
	}
	return all, of
}

// ready are those of things that it makes sense to try.
func (k *kept[W]) ready(things []thing[W]) []W {
	var list []W
	for _, t := range things {
		if k.possible(t.what) {
			list = append(list, t.what)
		}
	}
	return list
}

func (k *kept[W]) possible(w W) bool { return k.kind.possible == nil || k.kind.possible(w) }

// release removes what nobody wants any more. It leaves what a master is to have in exchange for
// something else: that goes when the other is there.
func (k *kept[W]) release() {
	_, of := k.owners()
	var gone []W
	for line, m := range k.mine {
		if _, wanted := of[line]; !wanted && !k.wanted[m.id] {
			gone = append(gone, m.what)
		}
	}
	if len(gone) > 0 {
		out, err := k.applier.Apply(nil, gone)
		k.removed(out)
		maps.Copy(k.failed, k.failures(nil, out, err))
	}
}

// provide sets what the host is to have from start to stop, and touches nothing else.
func (k *kept[W]) provide(now time.Time) {
	of := map[string]vrrp.ID{}
	for _, t := range k.things[theHost] {
		of[t.line] = theHost
	}
	want := k.ready(k.things[theHost])
	if len(want) == 0 {
		return
	}
	out, err := k.applier.Apply(want, nil)
	k.added(now, of, out)
	maps.Copy(k.failed, k.failures(of, out, err))
}

// apply makes the host as wanted.
func (k *kept[W]) apply(now time.Time) {
	// Whatever a repair was planned for is done by this apply.
	k.repairAt = zeroTime
	all, of := k.owners()
	want := k.ready(all)
	have := make([]W, 0, len(k.mine))
	for line, m := range k.mine {
		// What is wanted and makes no sense to try is not touched: it stays where it is there.
		if _, wanted := of[line]; !wanted || k.possible(m.what) {
			have = append(have, m.what)
		}
	}
	if len(want)+len(have) == 0 {
		k.retry, k.failed = backoff{}, map[string]string{}
		return
	}
	out, err := k.applier.Apply(want, have)
	k.removed(out)
	k.added(now, of, out)
	k.failed = k.failures(of, out, err)
	clear(k.asked)
	switch {
	case err == nil:
		k.retry = backoff{}
	case !k.retry.planned() || k.retry.due(now):
		// An apply for another reason, before the retry was due, does not make the pause longer.
		k.retry.fail(now)
	}
}

func (k *kept[W]) removed(out netif.Outcome[W]) {
	for _, w := range out.Removed {
		delete(k.mine, k.lineOf(w))
	}
}

// added notes what an apply has set, and tells of what had been lost.
func (k *kept[W]) added(now time.Time, of map[string]vrrp.ID, out netif.Outcome[W]) {
	for _, w := range out.Doubtful {
		line := k.lineOf(w)
		k.mine[line] = owned[W]{w, of[line]}
	}
	for _, w := range out.Added {
		line := k.lineOf(w)
		id := of[line]
		k.mine[line] = owned[W]{w, id}
		_, failed := k.failed[line]
		switch what := k.called(id, w); {
		case k.asked[id]:
			// Wanted since the last apply: it is new, nobody has removed it.
		case failed:
			k.say(vrrp.Info, id, "%s could be set now", what)
		default:
			k.say(vrrp.Warning, id, "restored %s", what)
			if k.throttle.done(now, line) {
				k.say(vrrp.Warning, id, "%s was removed %d times by somebody else, restoring once per %v from now on",
					what, repairsAtOnce, repairPause)
			}
		}
	}
}

// failures is what could not be done, by lines or by errors; it tells what is new of it.
func (k *kept[W]) failures(of map[string]vrrp.ID, out netif.Outcome[W], err error) map[string]string {
	failed := map[string]string{}
	refused := map[error]bool{}
	for _, r := range out.Refused {
		line := k.lineOf(r.Wanted)
		// It is joined into err as well, and is told here with its owner.
		refused[r] = true
		if failed[line] = r.Err.Error(); k.failed[line] != failed[line] {
			k.say(vrrp.Error, of[line], "cannot %v", r)
		}
	}
	for _, one := range split(err) {
		if text := one.Error(); !refused[one] {
			if failed[text] = text; k.failed[text] == "" {
				k.say(vrrp.Error, theHost, "cannot %s", text)
			}
		}
	}
	return failed
}

// called is what w is called in the log.
func (k *kept[W]) called(id vrrp.ID, w W) string {
	if id == theHost {
		return "static " + k.kind.name + " " + k.kind.text(w)
	}
	return k.kind.name + " " + k.kind.text(w)
}

func (k *kept[W]) say(level vrrp.Level, id vrrp.ID, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if name := k.names[id]; name != "" {
		k.tell(vrrp.Log{Level: level, Instance: name, Text: fmt.Sprintf("(%s) %s", name, text)})
		return
	}
	k.tell(vrrp.Log{Level: level, Text: text})
}

// suspect takes an event, and reports whether something that somebody minds may have gone with it.
func (k *kept[W]) suspect(ev netif.Event) bool {
	for id, list := range k.things {
		if !k.wanted[id] {
			continue
		}
		for _, t := range list {
			if !t.noTrack && k.kind.lost(ev, t.what) {
				return true
			}
		}
	}
	return false
}

// moved takes the new name of an interface: what stands on it has gone along.
func (k *kept[W]) moved(old, name string) {
	for line, m := range k.mine {
		// The line has the name of the interface in it: the key changes with it.
		m.what = k.kind.renamed(m.what, old, name)
		if now := k.lineOf(m.what); now != line {
			delete(k.mine, line)
			k.mine[now] = m
		}
	}
}

// hasten brings another attempt at what failed forward.
func (k *kept[W]) hasten(now time.Time) { k.retry.hasten(now) }

// repair puts back what is gone, now or later if somebody is fighting us for it.
func (k *kept[W]) repair(now time.Time) {
	// One is planned, which will find this loss too.
	if !k.repairAt.IsZero() {
		return
	}
	if at := k.throttle.next(now); at.After(now) {
		k.repairAt = at
		return
	}
	k.apply(now)
}

// next is when expire has something to do, zero if it has not.
func (k *kept[W]) next() time.Time { return earlier(k.repairAt, k.retry.at) }

func (k *kept[W]) expire(now time.Time) {
	if at := k.next(); !at.IsZero() && !at.After(now) {
		k.apply(now)
	}
}

// devices are the interfaces that an instance must not be without: those of its things, and of things of
// the host in the track_groups that it belongs to (semantics 3.4, 3.15).
func (k *kept[W]) devices(r *router, groups []config.TrackGroup) []string {
	var list []string
	for _, t := range k.things[r.id] {
		if !t.noTrack {
			list = append(list, t.devs...)
		}
	}
	for _, g := range groups {
		if slices.Contains(g.Members, r.name()) {
			list = append(list, k.tracks[g.Name]...)
		}
	}
	return list
}

// follows are the groups in which the kernel tells of things that go, none if there are none to be kept.
func (k *kept[W]) follows() netif.Groups {
	if len(k.things) > 0 {
		return k.kind.groups
	}
	return nil
}

// lines are for the record: everything that may be ours.
func (k *kept[W]) lines() []string {
	var list []string
	for _, things := range k.things {
		for _, t := range things {
			// Also those of a backup: a crash may come when they are set.
			list = append(list, t.line)
		}
	}
	for line := range k.mine {
		list = append(list, line)
	}
	return list
}

// empty reports whether nothing is left that would be ours to remove.
func (k *kept[W]) empty() bool { return len(k.mine) == 0 }

func (k *kept[W]) name() string { return k.kind.name }

// set tells of what somebody has in the configuration, line by line, whether it is on the host; nil without any.
func (k *kept[W]) set(id vrrp.ID) (all []bool) {
	for _, t := range k.things[id] {
		_, failed := k.failed[t.line]
		is := k.wanted[id] && !failed && k.possible(t.what)
		if t.nth < len(all) { // another thing of the same line
			all[t.nth] = all[t.nth] && is
			continue
		}
		all = append(all, is)
	}
	return all
}

// repairs are how often things of the kind were put back.
func (k *kept[W]) repairs() routers.Repair {
	return routers.Repair{Object: k.kind.name, Count: k.throttle.total}
}
