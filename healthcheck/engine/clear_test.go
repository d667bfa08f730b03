package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/internal/statefile"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// deadLife leaves two services, switches and timeouts in a kernel that has a service and timeouts of its own, and gives the
// path of what it has written down.
func deadLife(t *testing.T, k *fake.Kernel) (path string, own ipvs.Timeouts) {
	t.Helper()
	mustDo(t, k, ipvs.Command{Op: ipvs.AddService, Service: webID(9), Settings: ipvs.ServiceSettings{Scheduler: "rr",
		PrefixLen: 32}})
	own, err := k.Timeouts()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "s")
	l := began(t, k, path, killed(t, 1), 1, 2)
	l.r.setSwitches(sharing(config.TCP))
	l.r.setTimeouts(config.LVSTimeouts{TCP: 77 * time.Second})
	wantPorts(t, "killed", k, 1, 2, 9)
	return path, own
}

// What a dead life has written down goes, whatever the configuration says by now, also where the first attempts fail; what
// is somebody else's stays, and nothing is checked or announced.
func TestWhatADeadLifeHasLeftIsTakenAway(t *testing.T) {
	for name, c := range map[string]struct {
		conf   *config.Config
		refuse int // commands
	}{
		"the configuration of then":        {web(2), 0},
		"one without virtual servers":      {&config.Config{}, 0},
		"one that flushes the table first": {&config.Config{Global: config.Global{LVSFlush: true}}, 0},
		"a kernel that refuses at first":   {web(2), 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := fake.New()
				path, own := deadLife(t, k)
				refused := 0
				k.Refuse(func(ipvs.Command) error {
					if refused++; refused <= c.refuse {
						return syscall.ENOMEM
					}
					return nil
				})
				w := begin(t, k, func(o *Options) { o.State = statefile.New(path, thisProcess(t)) })
				if err := w.engine.Clear(t.Context(), c.conf); err != nil {
					t.Fatal(err)
				}
				w.end()
				wantPorts(t, "cleared", k, 9)
				wantSwitches(t, "cleared", k, 0, 0, 0)
				if now, err := k.Timeouts(); err != nil || now != own {
					t.Errorf("timeouts %v, %v, want %v", now, err, own)
				}
				if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
					t.Errorf("files %v %v", left, err)
				}
				if len(w.probed) > 0 {
					t.Errorf("checked: %v", w.probed)
				}
			})
		})
	}
}

// With -I the table is to stay, and where nobody has written anything down nothing is opened.
func TestWhatIsToStayIsNotTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		path, _ := deadLife(t, k)
		w := begin(t, k, func(o *Options) { o.State, o.KeepIPVS = statefile.New(path, thisProcess(t)), true })
		if err := w.engine.Clear(t.Context(), web(2)); err != nil {
			t.Fatal(err)
		}
		w.end()
		wantPorts(t, "with -I", k, 1, 2, 9)
		if lives, err := statefile.New(path, thisProcess(t)).Former(); err != nil || len(lives) != 1 {
			t.Errorf("%d lives are remembered, %v", len(lives), err)
		}
		w = begin(t, k, func(o *Options) {
			o.State = statefile.New(filepath.Join(t.TempDir(), "s"), thisProcess(t))
			o.OpenIPVS = func() (Kernel, error) { t.Error("opened"); return k, nil }
		})
		if err := w.engine.Clear(t.Context(), web(2)); err != nil {
			t.Fatal(err)
		}
		w.end()
		wantPorts(t, "nothing written down", k, 1, 2, 9)
	})
}

// A kernel that cannot be opened is told, and what is left stays written down.
func TestWhatCannotBeTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fake.New()
		path, _ := deadLife(t, k)
		w := begin(t, k, func(o *Options) {
			o.State = statefile.New(path, thisProcess(t))
			o.OpenIPVS = func() (Kernel, error) { return nil, errors.New("no room") }
		})
		if err := w.engine.Clear(t.Context(), web(2)); err == nil || !strings.Contains(err.Error(), "no room") {
			t.Errorf("%v", err)
		}
		w.end()
		if lives, err := statefile.New(path, thisProcess(t)).Former(); err != nil || len(lives) != 1 {
			t.Errorf("%d lives are remembered, %v", len(lives), err)
		}
	})
}
