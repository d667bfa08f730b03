package override

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"holdfast/config"
)

// This file finds what a name means in a configuration.

// nameOf is a real server as log lines spell it. Under a firewall mark its protocol is "none".
func nameOf(v *config.VirtualServer, s *config.RealServer) string {
	if v.FWMark != 0 {
		return s.Name(config.ProtocolNone)
	}
	return s.Name(v.Protocol)
}

// Servers are the real servers that a name and the name of a virtual server mean, "" for any. The error names some
// that there are.
func Servers(c *config.Config, name, service string) ([]Target, error) {
	return servers(c, name, service)
}

func servers(c *config.Config, name, service string) ([]Target, error) {
	var all []Target
	var near []string
	found := false
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		if service != "" && !fitsService(service, v.Name()) && v.Group != service {
			continue
		}
		found = true
		for j := range v.RealServers {
			t := Target{Server, v.Name(), nameOf(v, &v.RealServers[j])}
			if name != "" && !fitsServer(name, t.Name) {
				near = append(near, t.Name)
			} else if !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	switch {
	case !found && service != "":
		return nil, fmt.Errorf("there is no virtual server %s", service)
	case len(all) == 0:
		return nil, fmt.Errorf("there is no real server %s%s", name, some(near))
	}
	return all, nil
}

// some are a few of the names that there are.
func some(names []string) string {
	const shown = 5
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return ""
	}
	text := strings.Join(names[:min(len(names), shown)], ", ")
	if len(names) > shown {
		text += " ..."
	}
	return "; there are " + text
}

// routers are the virtual routers that a name means: a member of a sync group means the group, which goes as a whole.
func routers(c *config.Config, name string) ([]Target, error) {
	if name == All {
		if len(c.Instances) == 0 {
			return nil, fmt.Errorf("there is no vrrp_instance")
		}
		return []Target{{Kind: Routers}}, nil
	}
	var names []string
	for i := range c.Instances {
		if c.Instances[i].Name == name {
			if g := groupOf(c, name); g != "" {
				return []Target{{Kind: Group, Name: g}}, nil
			}
			return []Target{{Kind: Instance, Name: name}}, nil
		}
		names = append(names, c.Instances[i].Name)
	}
	for i := range c.Groups {
		if c.Groups[i].Name == name {
			return []Target{{Kind: Group, Name: name}}, nil
		}
		names = append(names, c.Groups[i].Name)
	}
	return nil, fmt.Errorf("there is no vrrp_instance or vrrp_sync_group %s%s", name, some(names))
}

// groupOf is the sync group of an instance, "" without one.
func groupOf(c *config.Config, instance string) string {
	for i := range c.Groups {
		if slices.Contains(c.Groups[i].Members, instance) {
			return c.Groups[i].Name
		}
	}
	return ""
}

// covering are the targets whose overrides hold for a target of virtual routers.
func covering(c *config.Config, t Target) []Target {
	all := []Target{{Kind: Routers}, t}
	switch t.Kind {
	case Instance:
		if g := groupOf(c, t.Name); g != "" {
			all = append(all, Target{Kind: Group, Name: g})
		}
	case Group:
		for i := range c.Groups {
			if c.Groups[i].Name == t.Name {
				for _, m := range c.Groups[i].Members {
					all = append(all, Target{Kind: Instance, Name: m})
				}
			}
		}
	}
	return all
}

// Configured reports whether a configuration has the target.
func (t Target) Configured(c *config.Config) bool {
	switch t.Kind {
	case Server:
		return slices.ContainsFunc(c.VirtualServers, func(v config.VirtualServer) bool {
			return v.Name() == t.Service && slices.ContainsFunc(v.RealServers, func(s config.RealServer) bool {
				return nameOf(&v, &s) == t.Name
			})
		})
	case Instance, PriorityOf, PreemptOf:
		return slices.ContainsFunc(c.Instances, func(i config.Instance) bool { return i.Name == t.Name })
	case Group:
		return slices.ContainsFunc(c.Groups, func(g config.SyncGroup) bool { return g.Name == t.Name })
	case Director:
		return announces(c)
	}
	return true
}

// announces reports whether a configuration has something shown to routing daemons.
func announces(c *config.Config) bool {
	return slices.ContainsFunc(c.VirtualServers, func(v config.VirtualServer) bool { return v.Announce != nil })
}

// fitsServer reports whether somebody who writes text means the server with this name of the log: its address, with
// its port or without, or the name.
func fitsServer(text, name string) bool {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "real_server "))
	if text == name {
		return true
	}
	want, ok := endpointOf(text)
	have, named := endpointOf(name)
	return ok && named && want.addr == have.addr && (want.port == "" || want.port == have.port) &&
		(want.protocol == "" || want.protocol == have.protocol)
}

// fitsService is fitsServer for a virtual server, which may be a firewall mark too.
func fitsService(text, name string) bool {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "virtual_server "))
	if mark, is := strings.CutPrefix(strings.ToLower(text), "fwmark "); is {
		text = "FWM " + strings.TrimSpace(mark)
	}
	return strings.EqualFold(text, name) || fitsServer(text, name)
}

// endpoint is an address with what may follow it.
type endpoint struct {
	addr           netip.Addr
	protocol, port string // "" where they are not said
}

// endpointOf reads 10.0.0.1, 10.0.0.1:80, 10.0.0.1 80, [2001:db8::1]:80 and [10.0.0.1]:tcp:80.
func endpointOf(text string) (e endpoint, ok bool) {
	text = strings.Join(strings.Fields(text), " ")
	if host, port, two := strings.Cut(text, " "); two {
		e, ok = endpointOf(host)
		e.port = port
		return e, ok && !strings.Contains(host, "]:")
	}
	host, rest := text, ""
	if inner, is := strings.CutPrefix(text, "["); is {
		host, rest, ok = strings.Cut(inner, "]")
		if !ok || rest != "" && rest[0] != ':' {
			return endpoint{}, false
		}
	} else if at := strings.IndexByte(text, ':'); at >= 0 && strings.Count(text, ":") == 1 {
		host, rest = text[:at], text[at:]
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return endpoint{}, false
	}
	e.addr, rest = addr, strings.TrimPrefix(rest, ":")
	if protocol, port, two := strings.Cut(rest, ":"); two {
		e.protocol, e.port = protocol, port
	} else {
		e.port = rest
	}
	return e, true
}
