package mib

import (
	"holdfast/internal/agentx"
	"holdfast/internal/override"
)

// This file is what may be set, until the next reload: the priority of an instance and whether it preempts, and the
// weight of a real server.

// A Change is what setting a variable asks for, and what takes it back.
type Change struct{ Do, Undo override.Request }

// A writer makes a Change of a value for a variable of a column.
type writer[R any] struct {
	number uint32
	of     func(*R, agentx.Value) (Change, agentx.Error)
}

func (t *table[R]) write(name agentx.OID, v agentx.Value) (Change, agentx.Error) {
	rest := name[len(t.entry):]
	for _, w := range t.writers {
		if len(rest) == 0 || rest[0] != w.number {
			continue
		}
		if n, is := t.row(rest[1:]); is {
			return w.of(&t.rows[n], v)
		}
	}
	return Change{}, agentx.NotWritable
}

// Write is what setting a variable asks for; the error says why it may not be set, or not to this value.
func (t Tree) Write(name agentx.OID, v agentx.Value) (Change, agentx.Error) {
	for _, p := range t {
		if name.Begins(p.base()) {
			if c, err := p.write(name, v); err != agentx.NotWritable {
				return c, err
			}
		}
	}
	return Change{}, agentx.NotWritable
}

// setting is a request of an SNMP manager about an instance.
func setting(verb override.Verb, r *router) override.Request {
	return override.Request{Verb: verb, Name: r.Instance.Name, By: override.BySNMP, UntilReload: true}
}

func instanceWriters() []writer[router] {
	return []writer[router]{
		{7, func(r *router, v agentx.Value) (Change, agentx.Error) {
			if v.Type != agentx.Integer {
				return Change{}, agentx.WrongType
			}
			if n := v.Int(); n < 1 || n > 255 {
				return Change{}, agentx.WrongValue
			}
			do := setting(override.AskPriority, r)
			undo := do
			do.Priority, undo.Priority = uint8(v.Int()), r.RouterObjects.Priority
			return Change{do, undo}, agentx.NoError
		}},
		{13, func(r *router, v agentx.Value) (Change, agentx.Error) {
			if v.Type != agentx.Integer {
				return Change{}, agentx.WrongType
			}
			on := v.Int() == truth(true).Int()
			if !on && v.Int() != truth(false).Int() {
				return Change{}, agentx.WrongValue
			}
			do, before := setting(override.AskPreempt, r), r.Preempt
			undo := do
			do.Preempt, undo.Preempt = &on, &before
			return Change{do, undo}, agentx.NoError
		}},
	}
}

func serverWriters() []writer[server] {
	return []writer[server]{{7, func(r *server, v agentx.Value) (Change, agentx.Error) {
		switch {
		case r.sorry:
			return Change{}, agentx.NotWritable
		case v.Type != agentx.Integer:
			return Change{}, agentx.WrongType
		}
		n, before := v.Int(), int(r.Effective)
		if n < 0 || n > override.MaxWeight {
			return Change{}, agentx.WrongValue
		}
		do := override.Request{Verb: override.AskWeight, Name: r.of.ServerName(r.RealServer), Service: r.of.Name(),
			By: override.BySNMP, UntilReload: true}
		undo := do
		do.Weight = &n
		switch r.Override {
		case override.Drain, override.Maint: // which lasts longer than what would take its place
			return Change{}, agentx.ResourceUnavailable
		case override.Weight:
			undo.Weight = &before
		}
		return Change{do, undo}, agentx.NoError
	}}}
}
