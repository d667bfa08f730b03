// Package plan says what a reload would do to a daemon as it is: which virtual routers start anew, which addresses come
// and go, what makes one change its director, which servers lose their clients. Two configurations and the states of
// what runs are all it needs. It is pure.
package plan

import (
	"slices"

	"holdfast/config"
	"holdfast/config/difference"
	"holdfast/config/language"
	"holdfast/internal/state"
)

// Running is what is known of the things that run; what is not there is not known.
type Running struct {
	Instances []state.Instance
	Trackers  []state.Tracker
	Servers   []state.Server
}

// Of is the plan of a reload.
func Of(p state.Prospect, now Running) state.Plan {
	out := state.Plan{File: p.File, Generation: p.Generation, Refused: p.Refused, Findings: p.Findings,
		Gone: []string{}, Fixed: []string{}, Moves: []string{}, Routers: []state.PlannedRouter{},
		Addresses: []state.PlannedAddress{}, Services: []state.PlannedService{}, Statements: []state.PlannedObject{}}
	if out.Findings == nil {
		out.Findings = []state.Warning{}
	}
	if p.Fixed != "" {
		out.Fixed = append(out.Fixed, p.Fixed)
	}
	if p.Next == nil {
		return out
	}
	brief := difference.Briefly(p.Running, p.Next)
	out.Summary, out.Gone = brief.Changes, append(out.Gone, brief.Gone...)
	for _, d := range difference.CompareRedacted(p.Running, p.Next) {
		out.Statements = append(out.Statements, object(d))
	}
	out.Changes = len(out.Statements) > 0
	w := &writer{plan: &out, pairs: pairs(p.Running.Instances, p.Next.Instances), old: p.Running, next: p.Next, now: now}
	w.routers()
	w.addresses()
	w.services()
	return out
}

func object(d language.Difference) state.PlannedObject {
	o := state.PlannedObject{Class: d.Class, Name: d.Name, Kind: d.Kind.String(), Lines: []string{}, Effect: d.Effect}
	for _, l := range d.Lines {
		o.Lines = append(o.Lines, l.String())
	}
	return o
}

// A writer makes the parts of a plan.
type writer struct {
	plan      *state.Plan
	pairs     []pair
	old, next *config.Config
	now       Running
}

// A pair is a virtual router before and after; one of both is nil where it comes or goes.
type pair struct{ was, is *config.Instance }

// pairs matches instances as a reload does (semantics 7.1): those of the new configuration in its order, then what is
// gone. One that is another virtual router under the same name is a pair as well: it starts anew.
func pairs(old, next []config.Instance) []pair {
	all, taken := make([]pair, len(next)), make([]bool, len(old))
	claim := func(fits func(was, is *config.Instance) bool) {
		for i := range next {
			if all[i].is = &next[i]; all[i].was != nil {
				continue
			}
			for j := range old {
				if !taken[j] && fits(&old[j], &next[i]) {
					all[i].was, taken[j] = &old[j], true
					break
				}
			}
		}
	}
	same := func(was, is *config.Instance) bool { return was.Router() == is.Router() }
	named := func(was, is *config.Instance) bool { return was.Name == is.Name }
	claim(func(was, is *config.Instance) bool { return same(was, is) && named(was, is) })
	claim(same)
	claim(named)
	for j := range old {
		if !taken[j] {
			all = append(all, pair{was: &old[j]})
		}
	}
	return all
}

// anew reports whether the virtual router is another one afterwards.
func (p pair) anew() bool { return p.was != nil && p.is != nil && p.was.Router() != p.is.Router() }

func (p pair) name() string {
	switch {
	case p.was == nil:
		return p.is.Name
	case p.is == nil || p.was.Name == p.is.Name:
		return p.was.Name
	}
	return p.was.Name + " -> " + p.is.Name
}

// standing is what is known of an instance that runs; its state is empty when nothing is.
func (w *writer) standing(in *config.Instance) state.Instance {
	if in == nil {
		return state.Instance{}
	}
	i := slices.IndexFunc(w.now.Instances, func(s state.Instance) bool { return s.Name == in.Name })
	if i < 0 {
		return state.Instance{}
	}
	return w.now.Instances[i]
}
