package ipvs

import (
	"maps"
	"slices"
	"time"
)

// NotPrefix is the PrefixLen of a service of IPv4 whose persistence mask is not a prefix
// of 1..32 bits, such as 255.0.255.0 or 0.0.0.0, and stands in OddMask. No configuration asks for one.
const NotPrefix = 255

// owned are the flags we compare; the kernel reports more, such as 0x2 "hashed".
const owned = Persistent | OnePacket | Sched1 | Sched2 | Sched3

// Diff is the shortest list of commands that turns have into want, where have is
// what is there of what we own: a service only in have is deleted.
//
// The order is fixed: services are added and edited, then destinations, then
// destinations are deleted, then services (with the destinations they still
// have), each in the order of Format. So every moment of the change has at least
// what have and want share.
//
// Only what we set is compared (see Equal and DestSettings.Equal).
func Diff(have, want Table) []Command {
	have, want = canonical(have), canonical(want)
	cmds := make([]Command, 0, additions(have, want))
	ids := sortedServices(want)
	for _, id := range ids {
		w := want[id]
		h, ok := have[id]
		switch {
		case !ok:
			cmds = append(cmds, Command{Op: AddService, Service: id, Settings: w.Settings})
		case !h.Settings.Equal(id, w.Settings):
			cmds = append(cmds, Command{Op: EditService, Service: id, Settings: w.Settings})
		}
	}
	var gone []Command
	var sorted []DestID
	for _, id := range ids {
		h, w := have[id], want[id]
		sorted = sortedDests(sorted[:0], w.Dests)
		if w.History != nil {
			cmds = setInOrder(cmds, id, sorted, h, w)
		} else {
			cmds = setDests(cmds, id, sorted, h.Dests, w.Dests)
		}
		sorted = sortedDests(sorted[:0], h.Dests)
		gone = unsetDests(gone, id, sorted, w.Dests)
	}
	cmds = append(cmds, gone...)
	for _, id := range sortedServices(have) {
		if _, ok := want[id]; !ok {
			cmds = append(cmds, Command{Op: DeleteService, Service: id})
		}
	}
	return cmds
}

// additions is how many commands make the new services and their destinations, which are
// all there is when a large table is made.
func additions(have, want Table) int {
	n := 0
	for id, w := range want {
		if _, ok := have[id]; !ok {
			n += 1 + len(w.Dests)
		}
	}
	return n
}

// setDests appends the additions and edits in one service.
func setDests(cmds []Command, id ServiceID, sorted []DestID, have, want map[DestID]DestSettings) []Command {
	for _, d := range sorted {
		w := want[d]
		h, ok := have[d]
		switch {
		case !ok:
			cmds = append(cmds, Command{Op: AddDest, Service: id, Dest: d, DestSettings: w})
		case !h.Equal(w):
			cmds = append(cmds, Command{Op: EditDest, Service: id, Dest: d, DestSettings: w})
		}
	}
	return cmds
}

// unsetDests appends the deletions in one service.
func unsetDests(cmds []Command, id ServiceID, sorted []DestID, want map[DestID]DestSettings) []Command {
	for _, d := range sorted {
		if _, ok := want[d]; !ok {
			cmds = append(cmds, Command{Op: DeleteDest, Service: id, Dest: d})
		}
	}
	return cmds
}

// Equal reports whether a service with settings s, as the kernel reports it, is as
// wanted. Flags the kernel sets for itself do not count; persistence timeout and
// prefix length count only with persistence; prefix length 0 is the whole address.
func (s ServiceSettings) Equal(id ServiceID, want ServiceSettings) bool {
	if s.Scheduler != want.Scheduler || s.Engine != want.Engine || (s.Flags^want.Flags)&owned != 0 {
		return false
	}
	if want.Flags&Persistent == 0 {
		return true
	}
	return s.Seconds() == want.Seconds() && s.Prefix(id) == want.Prefix(id) && s.OddMask == want.OddMask
}

// Seconds is the persistence timeout in the kernel's unit; a part of a second
// counts as one.
func (s ServiceSettings) Seconds() uint32 {
	return uint32((s.Timeout + time.Second - 1) / time.Second)
}

// Prefix is the persistence prefix length with its default, the whole address.
func (s ServiceSettings) Prefix(id ServiceID) uint8 {
	switch {
	case s.PrefixLen != 0:
		return s.PrefixLen
	case id.Canonical().Family == IPv6:
		return 128
	}
	return 32
}

// Equal reports whether a destination with settings s, as the kernel reports it, is
// as wanted. Old kernels report a destination that is this host as Local whatever
// was asked for, so Local is any method.
func (s DestSettings) Equal(want DestSettings) bool {
	if s.Method == Local {
		s.Method = want.Method
	}
	return s == want
}

// canonical is t with canonical identities, t itself if it has no other.
func canonical(t Table) Table {
	same := true
	for id, s := range t {
		same = same && id == id.Canonical()
		for d := range s.Dests {
			same = same && d == d.Canonical()
		}
	}
	if same {
		return t
	}
	out := make(Table, len(t))
	for _, id := range sortedServices(t) {
		s := t[id]
		dests := make(map[DestID]DestSettings, len(s.Dests))
		for _, d := range sortedDests(nil, s.Dests) {
			dests[d.Canonical()] = s.Dests[d]
		}
		out[id.Canonical()] = Service{Settings: s.Settings, Dests: dests, History: s.History.canonical()}
	}
	return out
}

func sortedServices(t Table) []ServiceID {
	ids := slices.AppendSeq(make([]ServiceID, 0, len(t)), maps.Keys(t))
	slices.SortFunc(ids, compareServices)
	return ids
}

// sortedDests appends the destinations to an empty list.
func sortedDests(list []DestID, dests map[DestID]DestSettings) []DestID {
	list = slices.AppendSeq(slices.Grow(list, len(dests)), maps.Keys(dests))
	slices.SortFunc(list, compareDests)
	return list
}
