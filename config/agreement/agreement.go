// Package agreement looks at the configurations of the directors of one network together: what has to be
// the same on all of them so that they hear each other, what has to differ, and what a takeover would change.
// The files are all it needs, keepalived's as well as our own. What it says has two places, each in the file of
// another director. It is pure.
package agreement

import (
	"fmt"
	"iter"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// A Director is one of those that share virtual routers and services.
type Director struct {
	File     string // as people call it
	Snapshot syntax.Snapshot
	Config   *config.Config // bound from Snapshot
	// Damaged tells that there are errors, for which parts of the file may have been left out: nothing is said to
	// be missing there.
	Damaged bool
}

// Of gives what there is to say about directors of one network: router by router, then service by service, then
// what a host has once.
func Of(directors []Director) []syntax.Diagnostic {
	c := &comparer{}
	for i := range directors {
		c.hosts = append(c.hosts, newHost(&directors[i]))
	}
	c.match()
	if c.nothingInCommon() {
		return c.said
	}
	for _, r := range c.routers {
		c.router(r)
	}
	c.sharedAddresses()
	c.groups()
	c.services()
	c.once()
	return c.said
}

type comparer struct {
	hosts   []*host
	routers []*router
	said    []syntax.Diagnostic
}

// A host is a director with its statements.
type host struct {
	*Director
	places places
}

func newHost(d *Director) *host { return &host{d, locate(d.Snapshot)} }

// A spot is a place in the file of a host.
type spot struct {
	host *host
	pos  syntax.Pos
}

// whole is the file of a host, where there is no statement to point at.
func (h *host) whole() spot { return spot{h, syntax.Pos{File: h.File}} }

// say tells of what is at one spot, and what is there at another.
func (c *comparer) say(s syntax.Severity, id string, at, other spot, there, format string, args ...any) {
	d := syntax.Diagnostic{Pos: at.pos, Severity: s, ID: id, Text: fmt.Sprintf(format, args...),
		Related: other.pos, RelatedText: there}
	one := []syntax.Diagnostic{d}
	at.host.Snapshot.Trace(one)
	c.said = append(c.said, one...)
}

// unlike gives each of those whose value is not the usual one, with one that has it. The usual value is that of
// most; of those that as many have, the first.
func unlike[M any, V comparable](all []M, value func(M) V) iter.Seq2[M, M] {
	count := map[V]int{}
	for _, m := range all {
		count[value(m)]++
	}
	usual := 0
	for i, m := range all {
		if count[value(m)] > count[value(all[usual])] {
			usual = i
		}
	}
	return func(yield func(odd, usual M) bool) {
		for _, m := range all {
			if value(m) != value(all[usual]) && !yield(m, all[usual]) {
				return
			}
		}
	}
}

// namesShown is how many names of one kind a finding lists.
const namesShown = 5

// some is a list of names that is not too long to read.
func some(names []string) string {
	list := strings.Join(names[:min(len(names), namesShown)], ", ")
	if more := len(names) - namesShown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}
