package sysbus

import (
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Interfaces that every object has.
const (
	standard       = "org.freedesktop.DBus"
	introspectable = standard + ".Introspectable"
	peer           = standard + ".Peer"
	properties     = standard + ".Properties"
	failed         = standard + ".Error."
)

// Kind is what somebody on the bus wants done.
type Kind uint8

// The methods that do something.
const (
	PrintData Kind = iota + 1
	PrintStats
	PrintStatsClear
	Reload
	Announce
)

// A Request is what somebody on the bus wants done; the zero Request is nothing.
type Request struct {
	Kind     Kind
	Instance string // of Announce: the virtual router
}

// A result is what comes back of a call: values, or an error with its name on the bus.
type result struct {
	values []any
	failed string
	text   string
}

func refused(name, format string, args ...any) result {
	return result{failed: failed + name, text: fmt.Sprintf(format, args...)}
}

// A call is one of a method.
type call struct {
	path         dbus.ObjectPath
	face, member string
	args         []any
	signature    string
}

// callOf takes a message apart.
func callOf(m *dbus.Message) call {
	c := call{args: m.Body}
	c.path, _ = m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	c.face, _ = m.Headers[dbus.FieldInterface].Value().(string)
	c.member, _ = m.Headers[dbus.FieldMember].Value().(string)
	if s, is := m.Headers[dbus.FieldSignature].Value().(dbus.Signature); is {
		c.signature = s.String()
	}
	return c
}

// introspects reports whether it asks what is at a path.
func (c call) introspects() bool {
	return c.member == "Introspect" && (c.face == "" || c.face == introspectable) && c.signature == ""
}

// methodsOf are those of an object, by interface: the signature of what they take.
func methodsOf(own string) map[string]map[string]string {
	all := map[string]map[string]string{
		introspectable: {"Introspect": ""},
		peer:           {"Ping": "", "GetMachineId": ""},
		properties:     {"Get": "ss", "GetAll": "s", "Set": "ssv"},
	}
	switch own {
	case routerFace:
		all[own] = map[string]string{"SendGarp": ""}
	case daemonFace:
		all[own] = map[string]string{"PrintData": "", "PrintStats": "", "PrintStatsClear": "", "ReloadConfig": ""}
	}
	return all
}

// answer says what comes back of a call, and what is to be done for it.
func (f *face) answer(c call, machine string) (result, Request) {
	own, r := "", f.at(c.path)
	switch {
	case r != nil:
		own = routerFace
	case c.path == f.daemon():
		own = daemonFace
	case c.introspects() && len(f.below(c.path)) > 0:
		return result{values: []any{f.introspect(c.path, "")}}, Request{}
	case c.face == peer && c.signature == "":
		// Of a connection, whatever the object.
	default:
		return refused("UnknownMethod", "Object does not exist at path “%s”", c.path), Request{}
	}
	methods := methodsOf(own)
	// A call need not say which interface it means.
	if c.face == "" {
		for name, of := range methods {
			if _, has := of[c.member]; has {
				c.face = name
			}
		}
	}
	of, is := methods[c.face]
	if !is {
		return refused("UnknownMethod", "No such interface “%s” on object at path %s", c.face, c.path), Request{}
	}
	takes, is := of[c.member]
	switch {
	case !is:
		return refused("UnknownMethod", "No such method “%s”", c.member), Request{}
	case takes != c.signature:
		return refused("InvalidArgs", "Type of message, “(%s)”, does not match expected type “(%s)”", c.signature,
			takes), Request{}
	}
	switch c.member {
	case "Introspect":
		return result{values: []any{f.introspect(c.path, own)}}, Request{}
	case "Ping":
		return result{}, Request{}
	case "GetMachineId":
		return result{values: []any{machine}}, Request{}
	case "Get", "GetAll", "Set":
		return r.property(own, c), Request{}
	case "SendGarp":
		return result{}, Request{Announce, r.name}
	}
	kinds := map[string]Kind{"PrintData": PrintData, "PrintStats": PrintStats, "PrintStatsClear": PrintStatsClear,
		"ReloadConfig": Reload}
	return result{}, Request{Kind: kinds[c.member]}
}

// property answers what is asked of the properties of an object, which is a virtual router unless r is nil.
func (r *router) property(own string, c call) result {
	if len(c.args) == 0 {
		return refused("InvalidArgs", "an argument is missing")
	}
	if of, _ := c.args[0].(string); of != own {
		return refused("InvalidArgs", "No such interface “%s”", of)
	}
	all := map[string]dbus.Variant{}
	if r != nil {
		// Introspection says that it is a string, and keepalived gives a structure with one: programs expect that.
		all["Name"] = dbus.MakeVariant(struct{ Name string }{text(r.name)})
		all["State"] = dbus.MakeVariant(struct {
			Number uint32
			Name   string
		}{uint32(r.state), r.state.String()})
	}
	if c.member == "GetAll" {
		return result{values: []any{all}}
	}
	name, _ := c.args[1].(string)
	value, is := all[name]
	switch {
	case !is:
		return refused("InvalidArgs", "No such property “%s”", name)
	case c.member == "Set":
		return refused("InvalidArgs", "Property “%s” is not writable", name)
	}
	return result{values: []any{value}}
}

// text is a name as the bus takes it: of other bytes it would hang up.
func text(name string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "\uFFFD")
}
