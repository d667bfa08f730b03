package syncd

import (
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"holdfast/ipvs"
)

// A history is what happens to a keeper and its kernel. What somebody else starts has numbers from 200 on, ours has
// others, so that each daemon shows whose it is.
type history struct {
	*bench
	want   ipvs.Daemons
	theirs map[ipvs.DaemonState]bool // started by somebody else, and never in our way since
}

// A step is one thing that happens. Steps are drawn before they are taken, in a time of their own.
type step func(h *history) error

func steps() *rapid.Generator[step] {
	return rapid.Custom(func(t *rapid.T) step {
		draw := []func(*rapid.T) step{set, foreign, crash, refuse, wait, func(*rapid.T) step { return settled }}
		return rapid.SampledFrom(draw).Draw(t, "step")(t)
	})
}

func states() *rapid.Generator[ipvs.DaemonState] {
	return rapid.SampledFrom([]ipvs.DaemonState{ipvs.MasterDaemon, ipvs.BackupDaemon})
}

func set(t *rapid.T) step {
	p := Plan{On: true, Daemon: ipvs.Daemon{
		Interface: rapid.SampledFrom([]string{"eth1", "eth2"}).Draw(t, "interface"),
		ID:        rapid.Uint8Range(0, 2).Draw(t, "id"),
		MaxLen:    rapid.SampledFrom([]uint16{0, 1472, 2000}).Draw(t, "length"),
	}}
	want := rapid.SampledFrom([]ipvs.Daemons{nil, p.Both(), p.Following(true), p.Following(false)}).Draw(t, "want")
	return func(h *history) error {
		h.want = want
		h.keeper.Set(want)
		for s := range want {
			delete(h.theirs, s)
		}
		return nil
	}
}

func foreign(t *rapid.T) step {
	s, ends := states().Draw(t, "state"), rapid.Bool().Draw(t, "stop")
	return func(h *history) error {
		if ends {
			_ = h.k.DoDaemon(stop(s)) // there may be none
			delete(h.theirs, s)
		} else if _, wanted := h.want[s]; h.k.DoDaemon(start(s, 200)) == nil && !wanted {
			h.theirs[s] = true
		}
		return nil
	}
}

func crash(*rapid.T) step {
	return func(h *history) error {
		synctest.Wait()
		h.crash()
		h.keeper.Set(h.want)
		return nil
	}
}

func refuse(t *rapid.T) step {
	errno := rapid.SampledFrom([]error{nil, syscall.ENOMEM, syscall.EPERM}).Draw(t, "errno")
	return func(h *history) error {
		h.k.RefuseDaemons(func(c ipvs.DaemonCommand) error {
			if c.Daemon.ID >= 200 {
				return nil // somebody else has the rights
			}
			return errno
		})
		return nil
	}
}

func wait(t *rapid.T) step {
	ms := rapid.IntRange(0, 1500).Draw(t, "ms")
	return func(*history) error { time.Sleep(time.Duration(ms) * time.Millisecond); return nil }
}

// settled says what is not as it must be when everybody has been quiet for a while.
func settled(h *history) error {
	h.k.RefuseDaemons(nil)
	h.k.SetLink("eth1", 1500)
	h.k.SetLink("eth2", 9000)
	time.Sleep(3 * time.Second)
	synctest.Wait()
	have, err := h.k.Daemons()
	if err != nil {
		return err
	}
	for _, s := range []ipvs.DaemonState{ipvs.MasterDaemon, ipvs.BackupDaemon} {
		d, there := have[s]
		w, wanted := h.want[s]
		switch {
		case wanted && (!there || !d.Equal(s, w)):
			return fmt.Errorf("%s is %v (%v), want %v", s, d, there, w)
		case !wanted && there && d.ID < 200:
			return fmt.Errorf("%s of ours is left: %v", s, d)
		case !wanted && !there && h.theirs[s]:
			return fmt.Errorf("%s of somebody else is gone", s)
		}
	}
	before := len(h.k.DaemonCommands())
	time.Sleep(10 * time.Second)
	synctest.Wait()
	if all := h.k.DaemonCommands(); len(all) != before {
		return fmt.Errorf("nothing to do, and did %+v", all[before:])
	}
	return nil
}

// Whatever is wanted, and whatever somebody else, crashes and refusals do meanwhile: in the end what is wanted runs,
// nothing else of ours, what somebody else has started apart from it runs on, and nobody touches anything any more.
func TestAnyHistoryEndsAsWanted(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := append(rapid.SliceOfN(steps(), 0, 30).Draw(rt, "steps"), settled)
		var err error
		synctest.Test(t, func(t *testing.T) {
			h := &history{bench: newBench(t), theirs: map[ipvs.DaemonState]bool{}}
			h.keeper.Set(nil)
			for n := 0; n < len(all) && err == nil; n++ {
				err = all[n](h)
			}
			h.keeper.Close(time.Second)
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}
