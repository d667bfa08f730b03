package netif

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

const (
	conf4 = "net/ipv4/conf/"
	conf6 = "net/ipv6/conf/"
)

// prepareSettings finds what parents and host have to be set to, and remembers what they
// are. Only IPv4 needs it: the parent must not answer ARP for the addresses of its VMACs,
// and as the kernel filters by the stricter of `all` and the interface's own setting, `all`
// must be 0 for the VMACs to have none (semantics 3.13).
func (j *vmacJob) prepareSettings() {
	// Without a VMAC of IPv4 that is there j.settings stays empty, and keep restores what was
	// changed.
	used := false
	for _, w := range j.want {
		if _, ok := j.find(w); !ok || w.IPv6 && !w.both || w.Kind == IPVLAN {
			continue
		}
		used = true
		j.settings[conf4+w.Parent+"/arp_ignore"] = "1"
		j.settings[conf4+w.Parent+"/arp_filter"] = "1"
	}
	if used {
		j.moveReversePathFilter()
	}
	for path := range j.settings {
		if err := j.sysctls.remember(j.k, path); err != nil {
			j.errs = append(j.errs, err)
		}
	}
}

// moveReversePathFilter gives every interface the strictness that it has from `all`.
func (j *vmacJob) moveReversePathFilter() {
	path := func(dev string) string { return conf4 + dev + "/rp_filter" }
	all := j.reversePathFilter(path("all"))
	// Nothing to move: each interface has its own strictness already.
	if all == 0 {
		return
	}
	j.settings[path("all")] = "0"
	for _, dev := range append([]string{"default"}, j.linkNames()...) {
		// `default` too: an interface that comes later begins with it.
		own := j.reversePathFilter(path(dev))
		if own < all {
			j.settings[path(dev)] = strconv.Itoa(all)
		}
	}
}

// linkNames are all interfaces with a filter of their own: not lo, and not the VMACs.
func (j *vmacJob) linkNames() []string {
	vmacs := map[string]bool{}
	for _, name := range j.names {
		vmacs[name] = true
	}
	var list []string
	for _, l := range j.links {
		if !l.Loopback() && !vmacs[l.Name] {
			list = append(list, l.Name)
		}
	}
	return list
}

// reversePathFilter is the value before anything was changed: 0 none, 1 strict, 2 loose.
// The kernel takes the larger of two.
func (j *vmacJob) reversePathFilter(path string) int {
	text, err := j.sysctls.original(j.k, path)
	if err != nil {
		return 0 // gone in the meantime
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// set gives the interface of w called name its own settings and then its parent and the
// host theirs. It may send nothing by itself: a backup that did would attract the traffic of
// the master, whose hardware address it has.
func (j *vmacJob) set(w VMAC, name string) error {
	// The stricter of `all` and the own value counts: rp_filter 0 means something once j.settings,
	// which comes below, has made `all` 0 as well.
	// The other family has not been asked for.
	own := map[string]string{conf6 + name + "/disable_ipv6": "1"}
	if w.IPv6 || w.both {
		own[conf6+name+"/disable_ipv6"] = "0"
	}
	if w.Kind == MACVLAN && (!w.IPv6 || w.both) {
		own[conf4+name+"/arp_ignore"] = "1"
		own[conf4+name+"/accept_local"] = "1"
		own[conf4+name+"/rp_filter"] = "0"
		own[conf4+name+"/promote_secondaries"] = "1"
	}
	if w.Kind == MACVLAN && (w.IPv6 || w.both) {
		own[conf6+name+"/accept_ra"] = "0"
		own[conf6+name+"/autoconf"] = "0"
	}
	var errs []error
	for _, settings := range []map[string]string{own, j.settings} {
		for path, value := range settings {
			if err := set(j.k, path, value); err != nil && !errors.Is(err, fs.ErrNotExist) { // no IPv6 in this kernel
				errs = append(errs, fmt.Errorf("%s: %w", path, err))
			}
		}
	}
	return errors.Join(errs...)
}
