package advice

import (
	"net/netip"
	"slices"

	"holdfast/config"
)

func (a *adviser) instance(in *config.Instance) {
	a.peers(in)
	a.devices(in)
	a.weights(in)
	a.unserved(in)
	a.filtered(in)
	if in.DontTrackPrimary && len(in.UnicastPeers) == 0 {
		a.note(in.Pos, "interface-untracked",
			"(%s) dont_track_primary: while %s is down this director goes on thinking it is master; "+
				"use it only where the directors are joined by one cable",
			in.Name, in.Interface)
	}
}

// filtered addresses of an instance that does not say so itself: strict mode has cost many people a night. And those of
// a service, which nobody can mean.
func (a *adviser) filtered(in *config.Instance) {
	if !in.Filtered() || len(in.VIPs) == 0 {
		return
	}
	for _, v := range a.cfg.VirtualServers {
		for vip := range in.Addresses() {
			if vip.Prefix.Addr() == v.Addr {
				a.warn(vip.Pos, "filter-drops-service",
					"(%s) virtual_server %s is not reached: the packets are dropped before they get to it, because %s; "+
						"write accept", in.Name, v.Addr, why(in))
				a.also(v.Pos, "the virtual_server")
				return
			}
		}
	}
	if !in.Strict {
		return // it says no_accept, and means it
	}
	way := "remove strict mode"
	// Version 2 has no accept in strict mode: the keyword is cleared there.
	if in.Version == 3 {
		way = "write accept, or remove strict mode"
	}
	a.note(in.Pos, "strict-drops-traffic",
		"(%s) strict mode drops what is sent to %s - pings, and connections to services on this host; to have it "+
			"answered %s", in.Name, in.VIPs[0].Prefix.Addr(), way)
}

// why packets to the addresses of an instance are dropped.
func why(in *config.Instance) string {
	if in.Strict {
		return "strict mode does not accept them"
	}
	return "of no_accept"
}

// peers that are this director itself.
func (a *adviser) peers(in *config.Instance) {
	for _, p := range in.UnicastPeers {
		switch {
		// The file alone tells this; what the host has is known only where it was asked.
		case p.Addr == in.SourceIP:
			a.warn(p.Pos, "peer-is-self",
				"(%s) unicast_peer %s is our own unicast_src_ip: list the other directors only", in.Name, p.Addr)
		case slices.Contains(a.host.Addresses, p.Addr):
			a.warn(p.Pos, "peer-is-self",
				"(%s) unicast_peer %s is an address of this host: list the other directors only", in.Name, p.Addr)
		case a.vips[p.Addr].of != nil:
			a.warn(p.Pos, "peer-is-vip",
				"(%s) unicast_peer %s is a virtual address, which moves: write the peer's own address", in.Name, p.Addr)
			a.also(a.vips[p.Addr].pos, "it belongs to "+a.vips[p.Addr].of.Name)
		}
	}
	if a.vips[in.SourceIP].of != nil && in.Priority < 255 { // an owner always has it
		a.warn(in.SourcePos, "source-is-vip",
			"(%s) source address %s is a virtual address, which is only there while master: write "+
				"the director's own address", in.Name, in.SourceIP)
	}
}

// devices that carry an address and are not watched.
func (a *adviser) devices(in *config.Instance) {
	for v := range in.Addresses() {
		// An address on another interface is tracked with it unless it says no_track (semantics 3.4).
		if !v.DevGiven || v.Dev == in.Interface || !v.NoTrack {
			continue
		}
		if !slices.ContainsFunc(in.Tracks.Of(config.TrackedInterface),
			func(t config.Track) bool { return t.Name == v.Dev }) {
			a.note(v.Pos, "interface-untracked",
				"(%s) %s is on %s, which is not tracked: while it is down, %s stays master with an address nobody "+
					"reaches; remove no_track or track %s",
				in.Name, v.Prefix.Addr(), v.Dev, in.Name, v.Dev)
		}
	}
}

// weights that add up to more than a priority can move.
func (a *adviser) weights(in *config.Instance) {
	// No weight moves an owner (semantics 1.8).
	if in.Priority == 255 {
		return
	}
	low, high := extremes(in)
	switch {
	case low < 1:
		a.note(in.Pos, "weights-cut",
			"(%s) priority %d and all negative weights make %d, but 1 is the lowest: what fails beyond "+
				"that makes no difference", in.Name, in.Priority, low)
	case high > 254:
		a.note(in.Pos, "weights-cut",
			"(%s) priority %d and all positive weights make %d, but 254 is the highest: what recovers beyond "+
				"that makes no difference", in.Name, in.Priority, high)
	}
}

// extremes are the priorities when everything that can take away has failed, and when everything that can
// add is well. An order of failures between them may be cut too, and is not said.
func extremes(in *config.Instance) (low, high int) {
	low, high = int(in.Priority), int(in.Priority)
	for _, t := range in.Tracks {
		if t.Kind == config.TrackedFile {
			continue // its weight is multiplied by a number that nobody knows
		}
		w := t.Weight
		// `reverse` negates the amount (semantics 5.1).
		if t.Reverse {
			w = -w
		}
		low += min(w, 0)
		high += max(w, 0)
	}
	return low, high
}

// unserved addresses of a director that has services.
func (a *adviser) unserved(in *config.Instance) {
	if len(a.cfg.VirtualServers) == 0 {
		return
	}
	for _, v := range a.cfg.VirtualServers {
		if !v.Addr.IsValid() { // by mark or group: whatever address it is
			return
		}
	}
	served := func(addr netip.Addr) bool {
		return slices.ContainsFunc(a.cfg.VirtualServers, func(v config.VirtualServer) bool { return v.Addr == addr })
	}
	// Only an instance that carries services has an address too many.
	if !slices.ContainsFunc(in.VIPs, func(v config.Address) bool { return served(v.Prefix.Addr()) }) {
		return // it is for something else, such as the gateway of the real servers
	}
	for _, v := range in.VIPs {
		// A router of IPv6 has a link-local address first, which is there for its adverts.
		if addr := v.Prefix.Addr(); !served(addr) && !addr.IsLinkLocalUnicast() {
			a.note(v.Pos, "vip-without-service", "(%s) no virtual_server uses %s: connections to it end on this host",
				in.Name, v.Prefix.Addr())
		}
	}
}
