package mib

import (
	"testing"

	"holdfast/internal/agentx"
	"holdfast/internal/override"
)

// What may be set, to what, and what takes it back.
func TestWrites(t *testing.T) {
	a := answer(bound(t, "services"))
	servers := a.Sources[0].Report.Objects.Services[0].Servers
	servers[0].Override, servers[1].Override = override.Weight, override.Drain
	services := Of(a, everything(), Moment{Now: now()})
	routers := view1(bound(t, "much"))
	for name, c := range map[string]struct {
		tree     Tree
		at       agentx.OID
		value    agentx.Value
		err      agentx.Error
		do, undo string
	}{
		"priority":         {routers, under(2, 3, 1, 7, 1), agentx.Int(7), agentx.NoError, "priority VI_1 7", "priority VI_1 100"},
		"priority 0":       {routers, under(2, 3, 1, 7, 1), agentx.Int(0), agentx.WrongValue, "", ""},
		"priority -1":      {routers, under(2, 3, 1, 7, 1), agentx.Int(-1), agentx.WrongValue, "", ""},
		"a gauge":          {routers, under(2, 3, 1, 7, 1), agentx.Gauge(7), agentx.WrongType, "", ""},
		"preempt":          {routers, under(2, 3, 1, 13, 1), agentx.Int(2), agentx.NoError, "preempt VI_1 false", "preempt VI_1 true"},
		"no truth":         {routers, under(2, 3, 1, 13, 1), agentx.Int(3), agentx.WrongValue, "", ""},
		"a text":           {routers, under(2, 3, 1, 13, 1), agentx.Bytes("1"), agentx.WrongType, "", ""},
		"no instance":      {routers, under(2, 3, 1, 7, 99), agentx.Int(7), agentx.NotWritable, "", ""},
		"no index":         {routers, under(2, 3, 1, 7), agentx.Int(7), agentx.NotWritable, "", ""},
		"another column":   {routers, under(2, 3, 1, 8, 1), agentx.Int(7), agentx.NotWritable, "", ""},
		"a scalar":         {routers, under(1, 2, 0), agentx.Bytes("x"), agentx.NotWritable, "", ""},
		"of the RFC":       {routers, vrrpv3MIB().With(1, 1, 1, 1, 7, 2, 51, 1), agentx.Gauge(7), agentx.NotWritable, "", ""},
		"weight once more": {services, under(3, 4, 1, 7, 1, 2), agentx.Int(0), agentx.NoError, "weight [127.0.0.2]:tcp:8080 0", "weight [127.0.0.2]:tcp:8080 3"},
		"weight of a mark": {services, under(3, 4, 1, 7, 2, 1), agentx.Int(7), agentx.NoError, "weight [127.0.0.2]:none:0 7", "weight [127.0.0.2]:none:0 default"},
		"weight too large": {services, under(3, 4, 1, 7, 2, 1), agentx.Int(65536), agentx.WrongValue, "", ""},
		"of one drained":   {services, under(3, 4, 1, 7, 1, 3), agentx.Int(7), agentx.ResourceUnavailable, "", ""},
		"of the sorry one": {services, under(3, 4, 1, 7, 1, 1), agentx.Int(7), agentx.NotWritable, "", ""},
	} {
		got, err := c.tree.Write(c.at, c.value)
		if err != c.err || said(got.Do) != c.do || said(got.Undo) != c.undo {
			t.Errorf("%s: %q, back %q, %v", name, said(got.Do), said(got.Undo), err)
		}
		if err == agentx.NoError && (got.Do.By != override.BySNMP || !got.Do.UntilReload || !got.Undo.UntilReload) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// said is a request in words.
func said(r override.Request) string {
	switch r.Verb {
	case override.AskPriority:
		return "priority " + r.Name + " " + agentx.OID{uint32(r.Priority)}.String()[1:]
	case override.AskPreempt:
		return "preempt " + r.Name + map[bool]string{true: " true", false: " false"}[*r.Preempt]
	case override.AskWeight:
		if r.Weight == nil {
			return "weight " + r.Name + " default"
		}
		return "weight " + r.Name + " " + agentx.OID{uint32(*r.Weight)}.String()[1:]
	}
	return ""
}
