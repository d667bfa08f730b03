package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"

	"holdfast/config"
	"holdfast/ipvs"
)

// switches are those of the table that services want on: shared_clients.
type switches struct {
	want map[ipvs.Switch]bool
	// before is what those had that we have set.
	before map[ipvs.Switch]int
}

// wantedSwitches are those that the services of a configuration want on. A firewall mark may stand for any protocol.
func wantedSwitches(services []config.VirtualServer) map[ipvs.Switch]bool {
	want := map[ipvs.Switch]bool{}
	for i := range services {
		v := &services[i]
		if !v.SharedClients {
			continue
		}
		want[ipvs.ScheduleICMP] = true
		switch v.Protocol {
		case config.TCP:
			want[ipvs.SloppyTCP] = true
		case config.SCTP:
			want[ipvs.SloppySCTP] = true
		case config.ProtocolNone:
			want[ipvs.SloppyTCP], want[ipvs.SloppySCTP] = true, true
		}
	}
	return want
}

// setSwitches sets those that are wanted, and gives back what is not wanted any more.
func (r *reconciler) setSwitches(want map[ipvs.Switch]bool) {
	r.switches.want = want
	r.applySwitches()
}

// applySwitches is also what a round does: what fails is tried again, and what somebody else has
// changed is set again.
func (r *reconciler) applySwitches() {
	for _, s := range ipvs.Switches() {
		was, ours := r.switches.before[s]
		switch {
		case r.switches.want[s]:
			r.switchOn(s)
		case ours:
			r.switchBack(s, was)
		}
	}
}

func (r *reconciler) switchOn(s ipvs.Switch) {
	tried := "cannot set " + s.Sysctl()
	now, err := r.kernel.Switch(s)
	r.report(tried, err)
	if err != nil || now != 0 {
		// One that is on already is somebody else's, or that of a life before, which has left word of it.
		return
	}
	if _, ours := r.switches.before[s]; ours {
		r.log.Warn(s.Sysctl() + " was set to 0 by somebody else, setting it to 1 again")
	}
	// Written down before it is set: after a crash the next life puts it back.
	r.noteSwitch(s, now)
	err = r.kernel.SetSwitch(s, 1)
	r.report(tried, err)
	if err == nil {
		r.log.Info(fmt.Sprintf("%s is 1 while a virtual server has shared_clients (it was %d)", s.Sysctl(), now))
	}
}

// noteSwitch writes down what a switch had before us.
func (r *reconciler) noteSwitch(s ipvs.Switch, value int) {
	if was, ours := r.switches.before[s]; ours && was == value {
		return
	}
	before := maps.Clone(r.switches.before)
	if before == nil {
		before = map[ipvs.Switch]int{}
	}
	before[s] = value
	r.switches.before = before
	r.remember()
}

// switchBack sets what was there before us. It reports whether that is done.
func (r *reconciler) switchBack(s ipvs.Switch, was int) bool {
	err := r.kernel.SetSwitch(s, was)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // IPVS has gone from the kernel, and comes back with what it has at first
	}
	r.report("cannot restore "+s.Sysctl(), err)
	if err != nil {
		return false
	}
	r.log.Info(fmt.Sprintf("%s is %d again", s.Sysctl(), was))
	before := maps.Clone(r.switches.before)
	delete(before, s)
	r.switches.before = before
	r.remember()
	return true
}

// restoreSwitches sets all to what was there before us. It reports whether that is done.
func (r *reconciler) restoreSwitches() bool {
	r.switches.want = nil
	done := true
	for _, s := range ipvs.Switches() {
		if was, ours := r.switches.before[s]; ours {
			done = r.switchBack(s, was) && done
		}
	}
	return done
}
