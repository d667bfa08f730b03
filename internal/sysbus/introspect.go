package sysbus

import (
	"maps"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// What objects say of themselves, in the words of the D-Bus specification.

const (
	documentType = "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n" +
		" \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n"
	standardXML = `  <interface name="org.freedesktop.DBus.Properties">
    <method name="Get"><arg name="interface" type="s" direction="in"/><arg name="property" type="s" direction="in"/>` +
		`<arg name="value" type="v" direction="out"/></method>
    <method name="GetAll"><arg name="interface" type="s" direction="in"/>` +
		`<arg name="properties" type="a{sv}" direction="out"/></method>
    <method name="Set"><arg name="interface" type="s" direction="in"/><arg name="property" type="s" direction="in"/>` +
		`<arg name="value" type="v" direction="in"/></method>
  </interface>
  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect"><arg name="xml" type="s" direction="out"/></method>
  </interface>
  <interface name="org.freedesktop.DBus.Peer">
    <method name="Ping"/>
    <method name="GetMachineId"><arg name="id" type="s" direction="out"/></method>
  </interface>
`
	routerXML = `  <interface name="` + routerFace + `">
    <method name="SendGarp"/>
    <signal name="VrrpStatusChange"><arg name="status" type="u"/></signal>
    <property name="Name" type="s" access="read"/>
    <property name="State" type="(us)" access="read"/>
  </interface>
`
	daemonXML = `  <interface name="` + daemonFace + `">
    <method name="PrintData"/>
    <method name="PrintStats"/>
    <method name="PrintStatsClear"/>
    <method name="ReloadConfig"/>
    <signal name="VrrpStarted"/>
    <signal name="VrrpReloaded"/>
    <signal name="VrrpStopped"/>
  </interface>
`
)

// below are the first elements of paths of objects below a path.
func (f *face) below(path dbus.ObjectPath) []string {
	above := strings.TrimSuffix(string(path), "/") + "/"
	names := map[string]bool{}
	add := func(p dbus.ObjectPath) {
		if rest, is := strings.CutPrefix(string(p), above); is {
			name, _, _ := strings.Cut(rest, "/")
			names[name] = true
		}
	}
	add(f.daemon())
	for _, r := range f.routers {
		add(r.path)
	}
	return slices.Sorted(maps.Keys(names))
}

// introspect is what is at a path: an object with an interface of its own, or with "" only others below it.
func (f *face) introspect(path dbus.ObjectPath, own string) string {
	var b strings.Builder
	b.WriteString(documentType + "<node>\n")
	if own != "" {
		b.WriteString(standardXML + map[string]string{routerFace: routerXML, daemonFace: daemonXML}[own])
	}
	for _, name := range f.below(path) {
		b.WriteString(`  <node name="` + name + "\"/>\n")
	}
	return b.String() + "</node>\n"
}
