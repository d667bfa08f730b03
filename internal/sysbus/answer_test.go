package sysbus

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

func testFace() *face {
	f := &face{base: root}
	f.configure(cfg(vi("VI_1", "eth0", 10), vi("b\xff\x00", "eth0", 11)))
	f.tell("VI_1", master, time.Unix(1, 0))
	return f
}

// Each call that there is and what is wrong with others, with the errors of keepalived 2.2.7.
func TestAnswers(t *testing.T) {
	const one, all = root + "/Instance/eth0/10/IPv4", root + "/Vrrp"
	for _, c := range []struct {
		path, face, member string
		args               []any
		want               string
		does               Request
	}{
		{one, properties, "Get", []any{routerFace, "Name"}, `@v ("VI_1",)`, Request{}},
		{one, properties, "Get", []any{routerFace, "State"}, `@v @(us) (2, "Master",)`, Request{}},
		{one, "", "Get", []any{routerFace, "Name"}, `@v ("VI_1",)`, Request{}},
		{one, properties, "GetAll", []any{routerFace}, `{"Name": <("VI_1",)>, "State": <@(us) (2, "Master",)>}`, Request{}},
		{root + "/Instance/eth0/11/IPv4", properties, "Get", []any{routerFace, "Name"}, "@v (\"b\uFFFD\",)", Request{}},
		{one, properties, "Get", []any{routerFace, "Bogus"}, "InvalidArgs: No such property “Bogus”", Request{}},
		{one, properties, "Get", []any{daemonFace, "Name"}, "InvalidArgs: No such interface “org.keepalived.Vrrp1.Vrrp”", Request{}},
		{one, properties, "GetAll", []any{peer}, "InvalidArgs: No such interface “org.freedesktop.DBus.Peer”", Request{}},
		{one, properties, "Set", []any{routerFace, "Name", dbus.MakeVariant("x")}, "InvalidArgs: Property “Name” is not writable", Request{}},
		{one, properties, "Get", []any{routerFace}, "InvalidArgs: Type of message, “(s)”, does not match expected type “(ss)”", Request{}},
		{all, properties, "GetAll", []any{daemonFace}, "{}", Request{}},
		{all, properties, "Get", []any{daemonFace, "x"}, "InvalidArgs: No such property “x”", Request{}},
		{one, routerFace, "SendGarp", nil, "", Request{Announce, "VI_1"}},
		{one, "", "SendGarp", nil, "", Request{Announce, "VI_1"}},
		{one, daemonFace, "PrintData", nil, "UnknownMethod: No such interface “org.keepalived.Vrrp1.Vrrp” on object at path " + one, Request{}},
		{all, daemonFace, "PrintData", nil, "", Request{Kind: PrintData}},
		{all, daemonFace, "PrintStats", nil, "", Request{Kind: PrintStats}},
		{all, daemonFace, "PrintStatsClear", nil, "", Request{Kind: PrintStatsClear}},
		{all, daemonFace, "ReloadConfig", nil, "", Request{Kind: Reload}},
		{all, daemonFace, "ReloadConfig", []any{"x"}, "InvalidArgs: Type of message, “(s)”, does not match expected type “()”", Request{}},
		{all, daemonFace, "CreateInstance", nil, "UnknownMethod: No such method “CreateInstance”", Request{}},
		{all, daemonFace, "SendGarp", nil, "UnknownMethod: No such method “SendGarp”", Request{}},
		{root + "/Instance/eth0", routerFace, "SendGarp", nil, "UnknownMethod: Object does not exist at path “" + root + "/Instance/eth0”", Request{}},
		{"/nowhere", introspectable, "Introspect", nil, "UnknownMethod: Object does not exist at path “/nowhere”", Request{}},
		{all, peer, "Ping", nil, "", Request{}},
		{"/nowhere", peer, "Ping", nil, "", Request{}},
		{"/", peer, "GetMachineId", nil, `"0123"`, Request{}},
	} {
		m := dbus.Message{Headers: map[dbus.HeaderField]dbus.Variant{dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath(c.path)),
			dbus.FieldMember: dbus.MakeVariant(c.member)}, Body: c.args}
		if c.face != "" {
			m.Headers[dbus.FieldInterface] = dbus.MakeVariant(c.face)
		}
		if len(c.args) > 0 {
			m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(c.args...))
		}
		r, does := testFace().answer(callOf(&m), "0123")
		got := strings.TrimPrefix(r.failed, failed) + ": " + r.text
		if r.failed == "" {
			got = ""
			for _, v := range r.values {
				if p, is := v.(dbus.Variant); is {
					got += "@v "
					v = p.Value()
				}
				got += strings.TrimPrefix(dbus.MakeVariant(v).String(), "@a{sv} ")
			}
		}
		if got != c.want || does != c.does {
			t.Errorf("%s %s %s%q: %s, %v; want %s, %v", c.path, c.face, c.member, c.args, got, does, c.want, c.does)
		}
	}
}

// node is what is read of an introspection.
type node struct {
	Name       string `xml:"name,attr"`
	Interfaces []struct {
		Name    string `xml:"name,attr"`
		Methods []struct {
			Name string `xml:"name,attr"`
			Args []struct {
				Type      string `xml:"type,attr"`
				Direction string `xml:"direction,attr"`
			} `xml:"arg"`
		} `xml:"method"`
	} `xml:"interface"`
	Nodes []node `xml:"node"`
}

// From the root everything is found, and each method takes what is said of it.
func TestIntrospection(t *testing.T) {
	f := testFace()
	var walk func(path string) []string
	walk = func(path string) (found []string) {
		r, _ := f.answer(call{path: dbus.ObjectPath(path), face: introspectable, member: "Introspect"}, "")
		var n node
		if err := xml.Unmarshal([]byte(r.values[0].(string)), &n); err != nil {
			t.Fatal(err)
		}
		for _, i := range n.Interfaces {
			found = append(found, path+" "+i.Name)
			for _, m := range i.Methods {
				takes := ""
				for _, a := range m.Args {
					if a.Direction == "in" {
						takes += a.Type
					}
				}
				if said, is := methodsOf(n.Interfaces[len(n.Interfaces)-1].Name)[i.Name][m.Name]; !is || said != takes {
					t.Errorf("%s.%s takes %q, and is said to take %q", i.Name, m.Name, said, takes)
				}
			}
		}
		for _, below := range n.Nodes {
			found = append(found, walk(strings.TrimSuffix(path, "/")+"/"+below.Name)...)
		}
		return found
	}
	got := strings.Join(walk("/"), "\n")
	for _, want := range []string{root + "/Vrrp " + daemonFace, root + "/Instance/eth0/10/IPv4 " + routerFace,
		root + "/Instance/eth0/11/IPv4 " + properties, root + "/Vrrp " + peer} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not found:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 12 {
		t.Errorf("%d interfaces of three objects:\n%s", n, got)
	}
}

// Whatever is called, there is an answer that can be sent.
func FuzzAnswer(f *testing.F) {
	f.Add(root+"/Vrrp", properties, "Get", "ss", "x", "y")
	f.Add(root+"/Instance/eth0/10/IPv4", "", "Set", "ssv", routerFace, "Name")
	f.Fuzz(func(t *testing.T, path, iface, member, signature, first, second string) {
		c := call{path: dbus.ObjectPath(path), face: iface, member: member, signature: signature}
		for n := range min(len(signature), 3) {
			c.args = append(c.args, []any{first, second, uint32(7)}[n])
		}
		r, _ := testFace().answer(c, "")
		if text(r.text) == "" && r.failed != "" {
			t.Error("an error without words")
		}
		_ = fmt.Sprint(r.values...)
	})
}
