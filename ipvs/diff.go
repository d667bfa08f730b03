package ipvs

import (
	"maps"
	"slices"
	"time"
)

// NotPrefix is the PrefixLen of a service somebody else made whose persistence
// mask is not a prefix of 1..32 bits, such as 255.0.255.0 or 0.0.0.0. It equals
// no PrefixLen one can ask for.
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
	services, dests := additions(have, want)
	var gone, goneServices []Command
	for _, id := range sortedServices(want) {
		w := want[id]
		h, ok := have[id]
		switch {
		case !ok:
			services = append(services, Command{Op: AddService, Service: id, Settings: w.Settings})
		case !h.Settings.Equal(id, w.Settings):
			services = append(services, Command{Op: EditService, Service: id, Settings: w.Settings})
		}
		dests, gone = diffDests(dests, gone, id, h.Dests, w.Dests)
	}
	for _, id := range sortedServices(have) {
		if _, ok := want[id]; !ok {
			goneServices = append(goneServices, Command{Op: DeleteService, Service: id})
		}
	}
	return slices.Concat(services, dests, gone, goneServices)
}

// additions gives empty lists with room for the new services and their destinations,
// which are all there is when a large table is made.
func additions(have, want Table) (services, dests []Command) {
	n, of := 0, 0
	for id, w := range want {
		if _, ok := have[id]; !ok {
			n++
			of += len(w.Dests)
		}
	}
	return make([]Command, 0, n), make([]Command, 0, of)
}

// diffDests appends the additions and edits, and the deletions, in one service.
func diffDests(set, unset []Command, id ServiceID, have, want map[DestID]DestSettings) ([]Command, []Command) {
	for _, d := range sortedDests(want) {
		w := want[d]
		h, ok := have[d]
		switch {
		case !ok:
			set = append(set, Command{Op: AddDest, Service: id, Dest: d, DestSettings: w})
		case !h.Equal(w):
			set = append(set, Command{Op: EditDest, Service: id, Dest: d, DestSettings: w})
		}
	}
	for _, d := range sortedDests(have) {
		if _, ok := want[d]; !ok {
			unset = append(unset, Command{Op: DeleteDest, Service: id, Dest: d})
		}
	}
	return set, unset
}

// Equal tells whether a service with settings s, as the kernel reports it, is as
// wanted. Flags the kernel sets for itself do not count; persistence timeout and
// prefix length count only with persistence; prefix length 0 is the whole address.
func (s ServiceSettings) Equal(id ServiceID, want ServiceSettings) bool {
	if s.Scheduler != want.Scheduler || s.Engine != want.Engine || (s.Flags^want.Flags)&owned != 0 {
		return false
	}
	if want.Flags&Persistent == 0 {
		return true
	}
	return s.Seconds() == want.Seconds() && s.Prefix(id) == want.Prefix(id)
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

// Equal tells whether a destination with settings s, as the kernel reports it, is
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
		for _, d := range sortedDests(s.Dests) {
			dests[d.Canonical()] = s.Dests[d]
		}
		out[id.Canonical()] = Service{Settings: s.Settings, Dests: dests}
	}
	return out
}

func sortedServices(t Table) []ServiceID {
	return slices.SortedFunc(maps.Keys(t), compareServices)
}

func sortedDests(dests map[DestID]DestSettings) []DestID {
	return slices.SortedFunc(maps.Keys(dests), compareDests)
}
