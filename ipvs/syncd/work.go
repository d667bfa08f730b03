package syncd

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"syscall"
	"time"

	"holdfast/ipvs"
)

// work is what only the goroutine of a Keeper touches.
type work struct {
	Options
	kernel Kernel // nil until it is needed

	began bool
	// mine are those that we have started or taken over, or that a former life has left, as they were asked for.
	mine map[ipvs.DaemonState]own
	// kept are those of mine that were there as wanted in the last turn: what is not any more, somebody else has changed.
	kept     ipvs.Daemons
	repaired int

	trouble string        // what was said last; "" while all is well
	pause   time.Duration // between attempts to open the kernel, twice as long each time
	openAt  time.Time
}

// own is a daemon that is ours as it was asked for, with the number that its interface had: one whose interface was
// removed and made anew sends into nothing and hears nothing.
type own struct {
	ipvs.Daemon
	index int
}

const (
	firstPause = time.Second
	mostPause  = time.Minute
	// repairsTold is how many repairs are told one by one.
	repairsTold = 5
)

func newWork(o Options) *work {
	return &work{Options: o, mine: map[ipvs.DaemonState]own{}, kept: ipvs.Daemons{}}
}

// idle reports whether there is nothing to look after.
func (w *work) idle() bool { return len(w.mine) == 0 && len(w.kept) == 0 && w.kernel == nil }

// turn makes the kernel as wanted. It reports whether it is.
func (w *work) turn(now time.Time, want ipvs.Daemons) bool {
	if !w.began || w.State.Ended() {
		w.began = true
		w.recall()
	}
	if len(want) == 0 && len(w.mine) == 0 {
		w.rest()
		return true
	}
	have, err := w.look(now)
	if err == nil {
		err = w.reconcile(have, want)
	}
	w.tell(err)
	if err == nil && len(want) == 0 && len(w.mine) == 0 {
		w.rest()
	}
	return err == nil
}

// recall takes over what former lives have left.
func (w *work) recall() {
	lives, err := w.State.Former()
	errs := []error{err}
	for _, l := range lives {
		for _, line := range l.Lines {
			s, d, err := parse(line)
			if err != nil {
				errs = append(errs, err)
			} else if _, known := w.mine[s]; !known {
				w.mine[s] = d
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		w.Log.Warn("cannot read which sync daemons a previous run left: " + strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

// look opens the kernel if need be, and reads what is there.
func (w *work) look(now time.Time) (ipvs.Daemons, error) {
	if w.kernel == nil {
		if now.Before(w.openAt) {
			return nil, errors.New(w.trouble)
		}
		k, err := w.Open()
		if err != nil {
			// Each attempt may load a module.
			w.pause = min(max(2*w.pause, firstPause), mostPause)
			w.openAt = now.Add(w.pause)
			return nil, fmt.Errorf("cannot use IPVS for lvs_sync_daemon: %w", err)
		}
		w.kernel, w.pause = k, 0
	}
	return w.kernel.Daemons()
}

// reconcile makes what is there as wanted.
func (w *work) reconcile(have, want ipvs.Daemons) error {
	w.sayChanged(have, want)
	cmds := ipvs.DiffDaemons(w.ours(have, want), want)
	for s := range w.mine {
		if _, wanted := want[s]; !wanted && !stops(cmds, s) {
			delete(w.mine, s) // gone, or what is there is somebody else's
		}
	}
	// Before, so that a crash leaves nothing that nobody knows of; after, because what we have stopped is not ours any
	// more.
	soon := maps.Clone(w.mine)
	for s, d := range want {
		if _, known := soon[s]; !known {
			soon[s] = own{Daemon: d}
		}
	}
	w.remember(soon)
	err := w.run(cmds, have)
	w.kept = ipvs.Daemons{}
	for s, d := range want {
		if err != nil {
			break
		}
		if w.kept[s] = d; w.mine[s].Daemon != d { // as it should be, before we came
			w.mine[s] = own{d, w.kernel.Index(d.Interface)}
		}
	}
	w.remember(w.mine)
	return err
}

// run carries out commands, each whatever became of those before it.
func (w *work) run(cmds []ipvs.DaemonCommand, have ipvs.Daemons) error {
	var errs []error
	for _, c := range cmds {
		if d, there := have[c.State]; there && c.Stop && !d.Equal(c.State, w.mine[c.State].Daemon) {
			w.Log.Info(fmt.Sprintf("Replacing the %s sync daemon that is there (%s)", c.State, d))
		}
		// Asked before: an interface that is made anew meanwhile has another number then.
		index := w.kernel.Index(c.Daemon.Interface)
		switch err := w.kernel.DoDaemon(c); {
		case err == nil, c.Stop && errors.Is(err, syscall.ESRCH):
			if delete(w.mine, c.State); !c.Stop {
				w.mine[c.State] = own{c.Daemon, index}
			}
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// ours are those of the daemons that we may change: what is in the place of one that is wanted, and what we have
// started. One that has to be started again although the kernel shows what is wanted is shown as another one.
func (w *work) ours(have, want ipvs.Daemons) ipvs.Daemons {
	all := ipvs.Daemons{}
	for s, h := range have {
		d, wanted := want[s]
		m, known := w.mine[s]
		switch {
		case wanted && known && w.lost(s, m):
			all[s] = ipvs.Daemon{}
		case wanted && known && m.MaxLen != 0 && d.MaxLen == 0:
			// The length was asked for and is the kernel's choice now: that is seen in what was asked for only.
			all[s] = ipvs.Daemon{}
		case wanted, known && h.Equal(s, m.Daemon):
			all[s] = h
		}
	}
	return all
}

// lost reports whether the interface of a daemon of ours is another one than it was started on.
func (w *work) lost(s ipvs.DaemonState, m own) bool {
	now := w.kernel.Index(m.Interface)
	if now == 0 || m.index == 0 || now == m.index {
		return false
	}
	w.Log.Info(fmt.Sprintf("Interface %s was made anew, starting the %s sync daemon again", m.Interface, s))
	return true
}

func stops(cmds []ipvs.DaemonCommand, s ipvs.DaemonState) bool {
	for _, c := range cmds {
		if c.Stop && c.State == s {
			return true
		}
	}
	return false
}

// sayChanged tells what somebody else has done to a daemon of ours that is wanted as before.
func (w *work) sayChanged(have, want ipvs.Daemons) {
	for s, d := range want {
		h, there := have[s]
		if before, kept := w.kept[s]; !kept || before != d || there && h.Equal(s, d) {
			continue
		}
		w.repaired++
		if w.repaired > repairsTold && w.repaired%100 != 0 {
			continue // somebody may do it again and again
		}
		what := "was stopped"
		if there {
			what = "was changed"
		}
		w.Log.Warn(fmt.Sprintf("IPVS: the %s sync daemon %s by somebody else, starting it again (%d times so far)",
			s, what, w.repaired))
	}
}

// tell says what cannot be done when that changes, and when it is over.
func (w *work) tell(err error) {
	text := ""
	if err != nil {
		text = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	switch {
	case text == w.trouble:
	case text != "":
		w.Log.Error("IPVS: " + text)
	default:
		w.Log.Info("IPVS: the sync daemons are as wanted now")
	}
	w.trouble = text
}

func (w *work) remember(all map[ipvs.DaemonState]own) {
	if w.State == nil {
		return
	}
	err := w.State.Save(lines(all))
	if err != nil {
		w.Log.Error(fmt.Sprintf("cannot write down which sync daemons are ours: %v", err))
	}
}

// rest is for when there is nothing to look after.
func (w *work) rest() {
	w.kept = ipvs.Daemons{}
	w.trouble, w.pause = "", 0
	w.close()
	if err := w.State.Remove(); err != nil {
		w.Log.Warn(fmt.Sprintf("cannot remove the list of our sync daemons: %v", err))
	}
}

func (w *work) close() {
	if w.kernel == nil {
		return
	}
	if err := w.kernel.Close(); err != nil {
		w.Log.Warn(fmt.Sprintf("closing IPVS: %v", err))
	}
	w.kernel = nil
}
