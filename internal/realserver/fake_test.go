package realserver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fake is a machine in memory. Like the kernel it refuses to add what is there and to delete what is not.
type fake struct {
	Host
	fail  Kind // a step of this kind fails, once
	fails bool
	steps int
}

// machine has an interface of Ethernet, and settings as they are after a boot.
func machine() *fake {
	f := &fake{Host: Host{
		Links:   []Link{{Name: "lo", Up: true, Loopback: true}, {Name: "eth0", Up: true}},
		Sysctls: map[string]string{},
	}}
	for _, l := range []string{"all", "lo", "eth0"} {
		f.bring(l)
	}
	return f
}

func (f *fake) bring(link string) {
	for _, what := range []string{"arp_ignore", "arp_announce", "rp_filter"} {
		f.Sysctls[conf(link, what)] = "0"
	}
}

func (f *fake) Look() (Host, error) {
	return Host{slices.Clone(f.Links), slices.Clone(f.Addresses), maps.Clone(f.Sysctls), slices.Clone(f.Fous), f.Listeners}, nil
}

func (f *fake) Carry(s Step) error {
	f.steps++
	if f.fails && s.Kind == f.fail {
		f.fails = false
		return fmt.Errorf("%s: refused", s)
	}
	link := slices.IndexFunc(f.Links, func(l Link) bool { return l.Name == s.Name })
	at := slices.IndexFunc(f.Addresses, func(a Address) bool { return a.Link == s.Name && a.Prefix == s.Prefix })
	fou := slices.Index(f.Fous, s.Fou)
	odd := fmt.Errorf("%s: the kernel refuses", s)
	switch s.Kind {
	case LoadModule:
		name := map[string]string{"ipip": "tunl0", "ip6_tunnel": "ip6tnl0", "ip_gre": "gre0", "ip6_gre": "ip6gre0"}[s.Name]
		if name != "" {
			f.Links = append(f.Links, Link{Name: name, Silent: true})
			f.bring(name)
		}
	case SetSysctl:
		if _, ok := f.Sysctls[s.Name]; !ok {
			return odd
		}
		f.Sysctls[s.Name] = s.Value
	case AddLink:
		if link >= 0 {
			return odd
		}
		f.Links = append(f.Links, Link{Name: s.Name, Silent: true, Checked: s.Local})
		f.bring(s.Name)
	case DeleteLink:
		if link < 0 {
			return odd
		}
		f.Links = slices.Delete(f.Links, link, link+1)
		f.Addresses = slices.DeleteFunc(f.Addresses, func(a Address) bool { return a.Link == s.Name })
		maps.DeleteFunc(f.Sysctls, func(key, _ string) bool { return strings.Contains(key, "."+s.Name+".") })
	case LinkUp, LinkDown:
		if link < 0 {
			return odd
		}
		f.Links[link].Up = s.Kind == LinkUp
	case AddFou:
		if fou >= 0 {
			return odd
		}
		f.Fous = append(f.Fous, s.Fou)
	case DeleteFou:
		if fou < 0 {
			return odd
		}
		f.Fous = slices.Delete(f.Fous, fou, fou+1)
	case AddAddress:
		if at >= 0 || link < 0 {
			return odd
		}
		f.Addresses = append(f.Addresses, Address{Link: s.Name, Prefix: s.Prefix})
	case DeleteAddress:
		if at < 0 {
			return odd
		}
		f.Addresses = slices.Delete(f.Addresses, at, at+1)
	}
	return nil
}

// String is all that can be changed, but for links that a module has brought and nobody uses.
func (f *fake) String() string {
	var all []string
	for _, l := range f.Links {
		if !l.Silent || l.Up || l.Checked.IsValid() {
			all = append(all, fmt.Sprint("link ", l))
		}
	}
	for _, a := range f.Addresses {
		all = append(all, fmt.Sprint("address ", a))
	}
	for key, value := range f.Sysctls {
		if value != "0" {
			all = append(all, key+"="+value)
		}
	}
	for _, u := range f.Fous {
		all = append(all, fmt.Sprint("fou ", u))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
