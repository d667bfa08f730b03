// Package metric is what the daemon counts and measures, for Prometheus: the table of all families, series as values,
// and the text that a scrape reads. Roles make Tables of their snapshots; who writes the text need not look into them.
package metric

import "slices"

// A Type is what kind of number a family is.
type Type string

// The types of the text format.
const (
	Gauge     Type = "gauge"
	Counter   Type = "counter"
	Histogram Type = "histogram"
)

// A Family is series of one name, which one role tells.
type Family struct {
	Name   string
	Type   Type
	Help   string
	Labels []string // their names
	From   string   // the role that tells it, Supervisor or AnyRole
}

// Who tells a family besides a role.
const (
	Supervisor = ""
	AnyRole    = "any"
)

// Families are all families that there are, in the order of the page about them.
func Families() []Family {
	return slices.Concat(ofDaemon(), ofRoles(), ofRouters(), ofServices(), ofNeighbors(), ofSessions())
}

// byName are all families that may be asked for.
func byName() map[string]Family {
	all := append(Families(), OfGen2brain()...)
	m := make(map[string]Family, len(all))
	for _, f := range all {
		m[f.Name] = f
	}
	return m
}
