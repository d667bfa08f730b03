package sysbus

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"holdfast/config"
)

// Names that keepalived has as well.
const (
	DefaultService = "org.keepalived.Vrrp1"
	routerFace     = "org.keepalived.Vrrp1.Instance"
	daemonFace     = "org.keepalived.Vrrp1.Vrrp"
	root           = "/org/keepalived/Vrrp1"
	noInterface    = "none"
)

// status is the state of a virtual router as a number on the bus.
type status uint32

const (
	initial status = iota
	backup
	master
	fault
	// stopped is never a property: it is told when the daemon ends.
	stopped status = 98
)

// statusOf is the number of a state by the word of the API.
func statusOf(word string) (status, bool) {
	s, known := map[string]status{"INIT": initial, "BACKUP": backup, "MASTER": master, "FAULT": fault}[word]
	return s, known
}

func (s status) String() string {
	if s > fault {
		return "Unknown"
	}
	return [...]string{"Init", "Backup", "Master", "Fault"}[s]
}

// A router is the object of a virtual router.
type router struct {
	path  dbus.ObjectPath
	name  string
	state status
	since time.Time // the state was told then; zero before
}

// A signal is one that is to be sent.
type signal struct {
	path         dbus.ObjectPath
	face, member string
	body         []any
}

// A face is what there is of a daemon on the bus. Its methods give the signals that tell of a change.
type face struct {
	base    dbus.ObjectPath
	routers []router // in the order of the configuration
}

// baseOf is the path of all objects of a daemon: one with a namespace or a name has it below its own.
func baseOf(p config.Place) dbus.ObjectPath {
	path := root
	for _, part := range []string{p.NetNamespace, p.Instance} {
		if part != "" {
			path += "/" + element(part)
		}
	}
	return dbus.ObjectPath(path)
}

// element is a name as a part of a path, which has no other characters than these.
func element(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_') {
			return r
		}
		return '_'
	}, name)
}

func (f *face) daemon() dbus.ObjectPath { return f.base + "/Vrrp" }

// pathOf is where a virtual router is.
func (f *face) pathOf(i *config.Instance, g *config.Global) dbus.ObjectPath {
	link, family := cmp.Or(i.Interface, g.DBus.NoInterface, noInterface), "IPv4"
	if i.IPv6 {
		family = "IPv6"
	}
	return f.base + dbus.ObjectPath("/Instance/"+element(link)+"/"+strconv.Itoa(int(i.VRID))+"/"+family)
}

// configure takes over a configuration. Virtual routers are the same when they have the same path.
func (f *face) configure(c *config.Config) []signal {
	was := f.routers
	f.routers = nil
	for n := range c.Instances {
		i := &c.Instances[n]
		r := router{path: f.pathOf(i, &c.Global), name: i.Name}
		if f.at(r.path) != nil {
			continue // an error of the configuration: two are one on the wire
		}
		if old := find(was, r.path); old != nil {
			r.state, r.since = old.state, old.since
		}
		f.routers = append(f.routers, r)
	}
	var all []signal
	for n := range was {
		if f.at(was[n].path) == nil {
			all = append(all, was[n].changed(fault)) // as keepalived does, whatever its state was
		}
	}
	// The states of new ones are told when they are known.
	return append(all, signal{f.daemon(), daemonFace, "VrrpReloaded", nil})
}

// at is the virtual router with a path, nil if there is none.
func (f *face) at(path dbus.ObjectPath) *router { return find(f.routers, path) }

func find(list []router, path dbus.ObjectPath) *router {
	for n := range list {
		if list[n].path == path {
			return &list[n]
		}
	}
	return nil
}

// tell takes the state that a virtual router has had since a moment. What was told before and is of later counts.
func (f *face) tell(name string, s status, at time.Time) []signal {
	for n := range f.routers {
		r := &f.routers[n]
		if r.name != name || at.Before(r.since) {
			continue
		}
		same := r.state == s
		r.state, r.since = s, at
		if !same {
			return []signal{r.changed(s)}
		}
	}
	return nil
}

func (r *router) changed(s status) signal {
	return signal{r.path, routerFace, "VrrpStatusChange", []any{uint32(s)}}
}

// forget is for a daemon that has to begin anew: nobody knows the states.
func (f *face) forget() {
	for n := range f.routers {
		f.routers[n].state, f.routers[n].since = initial, time.Time{}
	}
}

// started tells that virtual routers run, and their states.
func (f *face) started() []signal {
	return append([]signal{{f.daemon(), daemonFace, "VrrpStarted", nil}}, f.states()...)
}

func (f *face) states() (all []signal) {
	for n := range f.routers {
		all = append(all, f.routers[n].changed(f.routers[n].state))
	}
	return all
}

// ended tells that they run no more.
func (f *face) ended() (all []signal) {
	for n := range f.routers {
		all = append(all, f.routers[n].changed(stopped))
	}
	return append(all, f.withdrawn()...)
}

// withdrawn tells that they are not on the bus any more.
func (f *face) withdrawn() []signal { return []signal{{f.daemon(), daemonFace, "VrrpStopped", nil}} }
