//go:build e2e && acceptance

package tables

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
	"holdfast/test/lab"
)

const (
	// look is the pause between two looks at a table. What follows is counted in looks and not in seconds: where the
	// machine is slow, so are they.
	look = 200 * time.Millisecond
	// quiet is for how many looks nothing changes in two tables before they count as equal: a check fails within a second of
	// its turn and has another try a second later.
	quiet = 30
	// sure is for how many looks nothing changes in two tables before they count as different: a check that a stall has
	// spoilt has been made again many times by then.
	sure = 100
	// patience is how long tables may take to become quiet.
	patience = 3 * time.Minute
)

// differs are the files whose tables differ on purpose, or for want of something here, each with the words of
// docs/compatibility.md that say so. One that no longer differs has to go.
var differs = map[string]string{
	"052": "A stray `}` that closes a block too early",
	"243": "A `host` block has the `connect_timeout` of the SMTP_CHECK around it",
	"585": "Virtual servers that share a service of a group",
	"789": "Where nftables cannot be used",
	"838": "Virtual servers that share a service of a group",
	"954": "`persistence_granularity` holds for the marks of a group",
}

// A desk is a host with a daemon, the real servers behind it, and a way to look at its table.
type desk struct {
	*lab.Trial
	d      *lab.Director
	answer *answers
	handle *kernel.Handle
}

func TestTablesOfRealFiles(t *testing.T) {
	names := realFiles(t)
	told, err := os.ReadFile("../../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	for number, words := range differs {
		if !strings.Contains(string(told), words) {
			t.Errorf("%s: docs/compatibility.md does not say %q", number, words)
		}
	}
	var served, ended atomic.Int64
	t.Run("files", func(t *testing.T) {
		for _, name := range names {
			t.Run(filepath.Base(name), func(t *testing.T) {
				t.Parallel()
				f, runs := read(t, name), false
				number, _, _ := strings.Cut(filepath.Base(name), "-")
				lab.Judge(t, func(t *lab.Trial) { runs = f.play(t, differs[number] != "") })
				if runs {
					served.Add(1)
				} else {
					ended.Add(1)
				}
			})
		}
	})
	t.Logf("%d files with virtual servers: %d have the tables of keepalived, %d run in neither program",
		len(names), served.Load(), ended.Load())
	if served.Load() == 0 {
		t.Error("no file has a table")
	}
}

// play reports whether both programs run the file. Some tables are to differ.
func (f *file) play(t *lab.Trial, other bool) bool {
	lan, err := lab.NewLAN(t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, lan.Close()) })
	theirs, ours := f.sit(t, lan, "theirs", "keepalived"), f.sit(t, lan, "ours", lab.Program())
	all := []*desk{theirs, ours}
	for _, d := range all {
		must(t, d.d.Start())
		t.Witness(d.d.Proc.Log)
	}
	moments := []struct {
		name string
		do   func(d *desk)
	}{
		{"when all servers answer", func(*desk) {}},
		{"when every other address is gone", func(d *desk) { d.route("add", f.addrs) }},
		{"when all are back", func(d *desk) { d.route("del", f.addrs) }},
	}
	equal := true
	for _, m := range moments {
		for _, d := range all {
			d.ready()
			m.do(d)
		}
		a, b := settle(theirs, ours, other)
		if equal = equal && a == b; !equal && !other {
			t.Errorf("%s keepalived has\n%sand ours is\n%slog of keepalived:\n%s\nlog of ours:\n%s",
				m.name, a, b, theirs.d.Proc.Log(), ours.d.Proc.Log())
			break
		}
	}
	if equal && other {
		t.Error("the tables are equal: strike it from those that differ")
	}
	running := !theirs.d.Proc.Exited()
	for _, d := range all {
		d.stop()
	}
	return running
}

func must(t *lab.Trial, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sit prepares a host that is every address there is, and has a daemon.
func (f *file) sit(t *lab.Trial, lan *lab.LAN, name, program string) *desk {
	h, err := lan.AddHost(name)
	must(t, err)
	d := &desk{Trial: t, d: lab.NewDirector(h, program)}
	d.d.Options = []string{"-C"}
	must(t, d.d.Configure(f.text))
	for _, family := range []string{"-4", "-6"} {
		d.run("ip", family, "route", "add", "local", "default", "dev", "lo")
	}
	d.answer, err = answer(h, f.ports)
	must(t, err)
	t.Cleanup(d.answer.close)
	must(t, h.Do(func() (err error) {
		d.handle, err = kernel.Open()
		return err
	}))
	t.Cleanup(func() { _ = d.handle.Close() }) // nothing is written with it
	return d
}

func (d *desk) run(name string, args ...string) string {
	d.Helper()
	out, err := d.d.Run(name, args...)
	if err != nil {
		d.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// route makes every other address unreachable, or takes that back.
func (d *desk) route(verb string, addrs []netip.Addr) {
	for i, a := range addrs {
		if i%2 == 0 {
			d.run("ip", route(verb, a)...)
		}
	}
}

// ready waits until the daemon has taken up its work, or has ended.
func (d *desk) ready() {
	must(d.Trial, lab.Eventually(patience, "the end of its start", func() (bool, string) {
		log := d.d.Proc.Log()
		return strings.Contains(log, "Startup complete") || d.d.Proc.Exited(), log
	}))
}

// seen is what somebody sees of the daemon: its table, in an order of its own, or that it does not run.
func (d *desk) seen() string {
	if d.d.Proc.Exited() {
		return "not running\n"
	}
	lines := strings.SplitAfter(d.run("ipvsadm", "-Sn"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// settle waits until nothing has changed for a while in two tables, which takes longer where they differ and are not meant
// to, and gives what is seen of them then.
func settle(theirs, ours *desk, other bool) (a, b string) {
	all := []*desk{theirs, ours}
	looks, last := 0, make([]ipvs.Table, len(all))
	for begun := time.Now(); ; time.Sleep(look) {
		looks++
		for i, d := range all {
			table, err := d.handle.Read()
			must(d.Trial, err)
			if !reflect.DeepEqual(table, last[i]) {
				looks, last[i] = 0, table
			}
		}
		if looks == quiet || looks == sure {
			// Two that differ may still be on their way to the same.
			if a, b = theirs.seen(), ours.seen(); a == b || other || looks == sure {
				return a, b
			}
		}
		if time.Since(begun) > patience {
			ours.Fatalf("the tables do not stand still:\n%s\n%s", theirs.seen(), ours.seen())
		}
	}
}

func (d *desk) stop() {
	if d.d.Proc.Exited() {
		return
	}
	asked := time.Now()
	must(d.Trial, d.d.Proc.Signal(syscall.SIGTERM))
	_, _, err := d.d.Proc.Wait(asked, patience)
	must(d.Trial, err)
}
