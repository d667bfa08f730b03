package routers

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/internal/override"
	"holdfast/internal/state"
	"holdfast/vrrp"
)

// State is the snapshot for those who ask the daemon.
func State(s *Snapshot) (state.Report, error) {
	w := stateWriter{s: s, groups: map[string]string{}, warnings: []state.Warning{}}
	for _, g := range s.Groups {
		for _, m := range g.Members {
			w.groups[m] = g.Name
		}
	}
	instances := make([]state.Instance, len(s.Instances))
	for n := range s.Instances {
		instances[n] = w.instance(&s.Instances[n])
	}
	trackers := w.trackers()
	w.ports()
	return state.NewReport(s.At, map[string]any{
		state.Instances: instances, state.Groups: w.groupList(), state.Trackers: trackers, state.Warnings: w.warnings,
	}, w.notReady)
}

type stateWriter struct {
	s        *Snapshot
	groups   map[string]string // of instances, by their names
	warnings []state.Warning
	notReady []string
}

func (w *stateWriter) warn(severity, about, name, format string, args ...any) {
	w.warnings = append(w.warnings,
		state.Warning{Severity: severity, About: about, Name: name, Text: fmt.Sprintf(format, args...)})
}

func (w *stateWriter) instance(i *vrrp.Status) state.Instance {
	c := i.Config
	out := state.Instance{
		Name: c.Name, State: stateOf(i), Since: i.LastTransition, Reasons: reasons(i), Interface: c.Interface,
		VRID: c.VRID, Version: c.Version, Family: "ipv4", Priority: i.Priority, EffectivePriority: i.EffectivePriority,
		Preempt: i.Preempt, AdvertInterval: c.AdvertInt.Milliseconds(), MasterDown: i.DownInterval.Milliseconds(),
		Source: i.Source, Master: i.MasterAddr, MasterPriority: i.MasterPriority, Group: w.groups[c.Name],
		Awaited: i.Awaited, Lacks: []string{}, Addresses: w.addresses(i), OtherMasters: []state.Rival{},
		Counters: counted(&i.Counters), Override: state.OverridingOf(i.Override),
	}
	if c.IPv6 {
		out.Family = "ipv6"
	}
	if i.State == vrrp.Master {
		out.Master, out.MasterPriority = i.Source, i.EffectivePriority
	}
	for _, o := range i.Lacks {
		out.Lacks = append(out.Lacks, o.String())
	}
	for _, r := range i.Rivals {
		out.OtherMasters = append(out.OtherMasters, state.Rival{
			Address: r.Addr, Priority: r.Priority, Now: r.Now, First: r.First, Last: r.Last,
			Episodes: r.Episodes, Adverts: r.Adverts, GaveWay: r.GaveWay,
		})
	}
	if t := i.Last; !t.At.IsZero() {
		out.LastTransition = &state.Transition{At: t.At, From: t.From.String(), To: t.To.String(),
			Reason: t.Cause.String(), Code: t.Cause.Code.Word()}
	}
	w.complain(i, &out)
	return out
}

// stateOf is the word for the state: a router that an operator keeps from being master has one of its own, whatever
// it is meanwhile.
func stateOf(i *vrrp.Status) string {
	if i.Override.Action == override.Maintenance {
		return "MAINTENANCE"
	}
	return i.State.String()
}

// complain says what is not as it should be with an instance, and what keeps the daemon from being ready.
func (w *stateWriter) complain(i *vrrp.Status, out *state.Instance) {
	if i.State == vrrp.Fault {
		w.warnings = append(w.warnings, state.Warning{Severity: state.Error, About: "instance", Name: out.Name,
			Text: "FAULT: " + strings.Join(out.Reasons, "; "), Since: i.LastTransition})
	}
	for _, lack := range out.Lacks {
		w.warn(state.Error, "instance", out.Name, "%s; the priority is the lowest", lack)
	}
	for _, r := range i.Rivals {
		if r.Now {
			w.warnings = append(w.warnings, state.Warning{Severity: state.Error, About: "instance", Name: out.Name,
				Text: fmt.Sprintf("two masters: %v with priority %d sends adverts too", r.Addr, r.Priority), Since: r.First})
		}
	}
	list := w.s.Addresses[i.Router]
	w.notReady = NotReady(w.notReady, i, list)
	for n := range list {
		if said := amiss(i, &list[n]); said != "" {
			w.warn(state.Error, "address", out.Name, "%s", said)
		}
	}
}

// awaits adds why an instance is not ready that waits for scripts.
func awaits(all []string, i *vrrp.Status) []string {
	if i.Awaited == 0 {
		return all
	}
	return append(all, fmt.Sprintf("%s: %d scripts have not reported yet", i.Config.Name, i.Awaited))
}

// NotReady adds why an instance with these addresses is not ready.
func NotReady(all []string, i *vrrp.Status, addresses []Address) []string {
	all = awaits(all, i)
	for n := range addresses {
		if said := amiss(i, &addresses[n]); said != "" {
			all = append(all, i.Config.Name+": "+said)
		}
	}
	return all
}

// amiss is what is wrong with an address of an instance, "" if nothing is.
func amiss(i *vrrp.Status, a *Address) string {
	switch {
	case a.Wanted && !a.Present:
		return fmt.Sprintf("%v is not on %s", a.Prefix, a.Dev)
	case !a.Wanted && a.Present && a.Hosts:
		return fmt.Sprintf("%v is on %s, as the host's own, while the state is %s", a.Prefix, a.Dev, stateOf(i))
	case !a.Wanted && a.Present:
		return fmt.Sprintf("%v is on %s while the state is %s", a.Prefix, a.Dev, stateOf(i))
	}
	return ""
}

// reasons are why an instance is in its state, as far as is known.
func reasons(i *vrrp.Status) []string {
	all := []string{}
	if i.Override.Action != "" {
		all = append(all, state.OverridingOf(i.Override).Text)
	}
	for _, o := range i.Set {
		all = append(all, state.OverridingOf(o).Text)
	}
	for _, f := range i.Faults {
		all = append(all, f.String())
	}
	switch {
	case i.State == vrrp.Backup && i.MasterAddr.IsValid():
		all = append(all, fmt.Sprintf("%v is master with priority %d", i.MasterAddr, i.MasterPriority))
	case i.State == vrrp.Backup:
		all = append(all, "no master has been heard yet")
	case i.State == vrrp.Fault && len(all) == 0:
		all = append(all, "a fault that is over, or that of its sync group")
	}
	return all
}

func (w *stateWriter) addresses(i *vrrp.Status) []state.Address {
	list := []state.Address{}
	for _, a := range w.s.Addresses[i.Router] {
		list = append(list, state.Address{Address: a.Prefix.String(), Interface: a.Dev, Excluded: a.Excluded,
			Wanted: a.Wanted, Present: a.Present, Hosts: a.Hosts})
	}
	return list
}

// counted are the counters; what was refused for its reason is in the stats file.
func counted(c *vrrp.Counters) state.Counters {
	return state.Counters{
		Received: c.AdvertReceived, Sent: c.AdvertSent, BecameMaster: c.BecameMaster, Released: c.ReleasedMaster,
		ZeroReceived: c.PriorityZeroReceived, ZeroSent: c.PriorityZeroSent, Late: c.LateWakeups,
		Refused: c.LengthErrors + c.TTLErrors + c.InvalidTypeErrors + c.VersionErrors + c.ChecksumErrors +
			c.IntervalErrors + c.AddressListErrors + c.AuthInvalidType + c.AuthTypeMismatch + c.AuthFailure +
			c.AuthExtMissing + c.AuthExtMalformed + c.AuthExtUnknownKey + c.AuthExtInvalidHMAC + c.AuthExtStale +
			c.AuthExtReplay + c.UnexpectedSource + c.OwnAddress,
	}
}

func (w *stateWriter) groupList() []state.Group {
	states := map[string]string{}
	for _, i := range w.s.Instances {
		states[i.Config.Name] = stateOf(&i)
	}
	list := []state.Group{}
	for _, g := range w.s.Groups {
		out := state.Group{Name: g.Name, Members: append([]string{}, g.Members...)}
		for n, m := range g.Members {
			switch {
			case n == 0:
				out.State = states[m]
			case out.State != states[m]:
				out.State = "mixed"
			}
		}
		list = append(list, out)
	}
	return list
}

// trackers are the objects that instances track, kind by kind.
func (w *stateWriter) trackers() []state.Tracker {
	users := w.users()
	details := map[vrrp.Tracked]string{}
	for _, c := range w.s.Scripts {
		details[vrrp.Tracked{Kind: config.TrackedScript, Name: c.Name}] = strings.Join(c.Command.Argv, " ")
	}
	for _, f := range w.s.Files {
		details[vrrp.Tracked{Kind: config.TrackedFile, Name: f.Name}] = f.Path
	}
	for _, p := range w.s.Processes {
		details[vrrp.Tracked{Kind: config.TrackedProcess, Name: p.Name}] = strings.Join(p.Process, " ")
	}
	list := []state.Tracker{}
	for _, what := range inOrder(maps.Keys(users)) {
		v := w.s.Tracked[what]
		t := state.Tracker{Kind: what.Kind.String(), Name: what.Name, Value: v.Value, Status: status(what.Kind, v),
			Detail: details[what], Users: users[what]}
		if t.Status == "down" {
			w.warn(state.Caution, "tracker", t.Name, "%s %s is down", t.Kind, t.Name)
		}
		list = append(list, t)
	}
	return list
}

// inOrder are tracked objects kind by kind, by their names.
func inOrder(all iter.Seq[vrrp.Tracked]) []vrrp.Tracked {
	return slices.SortedFunc(all, func(a, b vrrp.Tracked) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}

func status(kind config.TrackKind, v vrrp.Value) string {
	switch {
	case !v.Known:
		return "unknown"
	case kind == config.TrackedFile:
		return "value"
	case v.Value != 0:
		return "up"
	}
	return "down"
}

// users are the instances that track objects, by themselves or by their group: what a group tracks holds for all its
// members (semantics 5.16).
func (w *stateWriter) users() map[vrrp.Tracked][]state.User {
	all := map[vrrp.Tracked][]state.User{}
	add := func(instance string, tracks config.Tracks) {
		for _, t := range tracks {
			what := vrrp.Tracked{Kind: t.Kind, Name: t.Name}
			all[what] = append(all[what], state.User{Instance: instance, Weight: t.Weight, Reverse: t.Reverse})
		}
	}
	for _, i := range w.s.Instances {
		add(i.Config.Name, i.Config.Tracks)
	}
	for _, g := range w.s.Groups {
		for _, m := range g.Members {
			add(m, g.Tracks)
		}
	}
	return all
}

// ports says what cannot be sent or received, or kept in the kernel.
func (w *stateWriter) ports() {
	for _, p := range w.s.Ports {
		if p.Problem != "" {
			w.warn(state.Error, "kernel", p.Interface, "cannot send and receive on %s: %s", p.Interface, p.Problem)
		}
	}
	for _, a := range w.s.StaticAddresses {
		if !a.Present {
			w.warn(state.Error, "address", a.Dev, "static address %v is not on %s", a.Prefix, a.Dev)
		}
	}
	if f := w.s.Filter; f.Problem != "" {
		w.warn(state.Error, "kernel", f.Table, "packet filter: %s", f.Problem)
	}
	if w.s.Unwritten != "" {
		w.warn(state.Error, "record", "", "cannot write down which addresses are set, for the time after a crash: %s",
			w.s.Unwritten)
	}
}
