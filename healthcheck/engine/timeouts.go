package engine

import (
	"time"

	"holdfast/config"
	"holdfast/ipvs"
)

// timeouts are the connection timeouts of the table, which are the kernel's for all of it.
type timeouts struct {
	want   ipvs.Timeouts
	before *ipvs.Timeouts // from before ours were set; nil when we have not set any
	due    bool           // they are not set yet
}

// setTimeouts sets connection timeouts; one that is not configured goes back to what it
// was. What fails is tried again at the next tick.
func (r *reconciler) setTimeouts(c config.LVSTimeouts) {
	r.times.want, r.times.due = ipvs.Timeouts(c), true
	r.applyTimeouts()
}

func (r *reconciler) applyTimeouts() {
	want := r.times.want
	// Nothing was changed and nothing is to be: the kernel is not even asked.
	if want == (ipvs.Timeouts{}) && r.times.before == nil {
		r.times.due = false
		return
	}
	if r.times.before == nil {
		t, err := r.kernel.Timeouts()
		r.report("cannot read the IPVS timeouts", err)
		if err != nil {
			return
		}
		r.times.before = &t
		// Written down before ours are set: after a crash the next life puts them back.
		r.remember()
	}
	for _, f := range []struct{ want, before *time.Duration }{
		{&want.TCP, &r.times.before.TCP}, {&want.TCPFin, &r.times.before.TCPFin}, {&want.UDP, &r.times.before.UDP},
	} {
		// Not configured, or not any more: what was there before us.
		if *f.want == 0 {
			*f.want = *f.before
		}
	}
	err := r.kernel.SetTimeouts(want)
	r.report("cannot set the IPVS timeouts", err)
	r.times.due = err != nil
}

// restoreTimeouts sets what was there before us. It reports whether that is done.
func (r *reconciler) restoreTimeouts() bool {
	if r.times.before == nil {
		return true
	}
	err := r.kernel.SetTimeouts(*r.times.before)
	r.report("cannot restore the IPVS timeouts", err)
	if err == nil {
		r.times.before = nil
	}
	return err == nil
}
