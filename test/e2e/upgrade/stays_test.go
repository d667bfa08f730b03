//go:build e2e

package upgrade

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/api"
	"holdfast/internal/state"
	"holdfast/test/lab"
)

// alone is a director on a LAN of its own, with a file.
func alone(t *lab.Trial, conf string, options ...string) *pair {
	p := &pair{Trial: t}
	var err error
	p.lan, err = lab.NewLAN(t.TempDir())
	p.must(err)
	t.Cleanup(func() { p.must(p.lan.Close()) })
	h, err := p.lan.AddHost("d1", netip.MustParsePrefix("192.168.1.151/24"))
	p.must(err)
	p.d = lab.NewDirector(h, lab.Program())
	p.d.Options = append(p.d.Options, options...)
	p.must(p.d.Configure(conf))
	p.must(p.d.Start())
	t.Witness(p.d.Logs)
	return p
}

// instance is a virtual router with further lines.
func instance(lines string) string {
	return "vrrp_instance VI {\n    interface eth0\n    virtual_router_id 51\n    version 3\n    priority 150\n" +
		"    advert_int 0.1\n    virtual_ipaddress {\n        192.168.1.201/24\n    }\n" + lines + "}\n"
}

// holdfast runs a command on the host of the director, which has to end well.
func (p *pair) holdfast(words ...string) string {
	p.Helper()
	program, err := filepath.Abs(lab.Program())
	p.must(err)
	out, err := p.d.Command(program, append(words, "-p", filepath.Join(p.d.Dir, "parent.pid"))...).CombinedOutput()
	if err != nil {
		p.Fatalf("holdfast %q: %v\n%s", words, err, out)
	}
	return string(out)
}

// upgraded is upgrade that has to end well.
func (p *pair) upgraded() {
	p.Helper()
	if status, out := p.upgrade(); status != 0 {
		p.Fatalf("status %d\n%s", status, out)
	}
}

func (p *pair) logged(mark int, text string) {
	p.Helper()
	_, err := p.d.WaitLog(mark, text, soon)
	p.must(err)
}

// quiet fails for lines of the log since mark that have one of some texts.
func (p *pair) quiet(mark int, texts ...string) {
	p.Helper()
	said := p.d.Proc.LogSince(mark)
	for _, text := range texts {
		if strings.Contains(said, text) {
			p.Errorf("the log has %q:\n%s", text, said)
		}
	}
}

// An interface with the virtual MAC stays the same one, adverts go on from it, and the address stays on it.
func TestVirtualMACStays(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := alone(t, instance("    use_vmac vrrp.51\n    vmac_xmit_base\n")+
			strings.NewReplacer("VI ", "VJ ", "51\n", "52\n", "201", "202").Replace(instance("    use_vmac vrrp.52\n")))
		var err error
		p.capture, err = p.lan.Capture()
		p.must(err)
		t.Cleanup(func() { _ = p.capture.Close() })
		for _, name := range []string{"VI", "VJ"} {
			p.logged(0, "("+name+") Entering MASTER STATE")
		}
		links := func() (all string) { // by number, name and address; whose they are is another one's word each time
			out, err := p.d.Run("ip", "-o", "link", "show", "type", "macvlan")
			p.must(err)
			for line := range strings.Lines(out) {
				_, mac, _ := strings.Cut(line, "link/ether ")
				all += strings.Join(append(strings.Fields(line)[:2], strings.Fields(mac)[0]), " ") + "\n"
			}
			return all
		}
		was, began, mark := links(), time.Now(), p.d.Proc.LogSize()
		if strings.Count(was, "vrrp.") != 2 {
			t.Fatalf("interfaces:\n%s", was)
		}
		for range 3 {
			p.upgraded()
		}
		end := time.Now()
		if is := links(); is != was {
			t.Errorf("interfaces were\n%s\nand are\n%s", was, is)
		}
		for id := uint8(51); id <= 52; id++ {
			adverts := p.capture.Adverts(began, func(a lab.Advert) bool { return a.VRID == id })
			worst, err := lab.Regular(adverts, end, fast, tolerance)
			if err != nil {
				t.Errorf("virtual router %d: %v", id, err)
			}
			t.Logf("virtual router %d: %d adverts, the worst %v off its time", id, len(adverts), worst.Round(time.Millisecond))
		}
		for _, vip := range []string{"192.168.1.201", "192.168.1.202"} {
			if events := p.lan.Events().Of(p.d.Host, netip.MustParseAddr(vip), began); len(events) > 0 {
				t.Errorf("%s came or went: %v", vip, events)
			}
		}
		p.quiet(mark, "STATE", "rror", "not ours")
		// They are still known to be ours, by a reload too.
		p.must(p.d.Reload())
		p.logged(mark, "Reload complete: nothing changes")
		p.must(p.d.Proc.Signal(unix.SIGTERM))
		_, _, err = p.d.Proc.Wait(time.Now(), soon)
		if p.must(err); links() != "" {
			t.Errorf("left:\n%s", links())
		}
	})
}

// What operators have changed stays, with its end; it is not said again, and can be ended.
func TestOverridesStay(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := alone(t, instance("")+strings.NewReplacer("VI ", "VJ ", "51\n", "52\n", "201", "202").Replace(instance("")))
		p.logged(0, "(VI) Entering MASTER STATE")
		p.logged(0, "(VJ) Entering MASTER STATE")
		p.holdfast("maintenance", "on", "VJ", "--for", "1h")
		p.holdfast("log-level", "debug", "--for", "1h")
		was := p.overrides()
		if len(was) != 2 {
			t.Fatalf("%+v", was)
		}
		mark := p.d.Proc.LogSize()
		for range 2 {
			p.upgraded()
		}
		is := p.overrides()
		for i := range is { // the end is counted by another clock, and rounded
			if i < len(was) && is[i].Until.Sub(was[i].Until).Abs() <= 2*time.Second {
				is[i].Until = was[i].Until
			}
		}
		if fmt.Sprint(is) != fmt.Sprint(was) {
			t.Errorf("in force were %+v\nand are %+v", was, is)
		}
		for _, i := range p.state().Instances {
			if want := map[string]string{"VI": "MASTER", "VJ": "MAINTENANCE"}[i.Name]; i.State != want {
				t.Errorf("%s is %s", i.Name, i.State)
			}
		}
		p.quiet(mark, "still in maintenance", "STATE")
		p.holdfast("maintenance", "off", "VJ")
		p.logged(mark, "(VJ) Entering MASTER STATE")
		p.holdfast("overrides", "clear")
		if left := p.overrides(); len(left) != 0 {
			t.Errorf("%+v", left)
		}
	})
}

func (p *pair) overrides() []state.Override { return p.state().Overrides }

// The results of a tracked script that are missing to another state are those that were; one that runs when the daemon
// is upgraded is run again, without a verdict; and its router waits for it as before, and is not let in early.
func TestScriptsCountOn(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		const script = "vrrp_script s {\n    script \"/bin/sh %s\"\n    interval 1\n    timeout 60\n    fall 3\n    rise 2\n}\n"
		dir := t.TempDir()
		path := filepath.Join(dir, "script")
		write := func(text string) {
			p := path + ".next"
			if err := os.WriteFile(p, []byte(text+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(p, path); err != nil {
				t.Fatal(err)
			}
		}
		runs := filepath.Join(dir, "runs")
		count := func() int { b, _ := os.ReadFile(runs); return len(b) }
		first := "printf x >> " + runs + "\n"
		write(first + "exec sleep 1000")
		p := alone(t, fmt.Sprintf("global_defs {\n    script_user root\n}\n"+script, path)+
			instance("    track_script {\n        s\n    }\n"))
		p.must(lab.Eventually(soon, "a run", func() (bool, string) { return count() == 1, "" }))
		// Nobody knows yet: the router waits, before and after, and the run is another one.
		p.upgraded()
		p.must(lab.Eventually(soon, "another run", func() (bool, string) { return count() == 2, p.d.Logs() }))
		p.quiet(0, "MASTER STATE", "FAULT STATE", "VRRP_Script(s)")
		mark := p.d.Proc.LogSize()
		write(first + "exit 0")
		p.upgraded() // which ends the run that hangs
		p.logged(mark, "(VI) Entering MASTER STATE")
		mark = p.d.Proc.LogSize()
		// Three failures are needed, over two upgrades: the second one decides nothing.
		n := count()
		write(first + "test $(wc -c < " + runs + ") -lt $(cat " + filepath.Join(dir, "until") + ") && exit 0; exit 1")
		if err := os.WriteFile(filepath.Join(dir, "until"), fmt.Appendln(nil, n+3), 0o600); err != nil {
			t.Fatal(err)
		}
		p.logged(mark, "(VI) Entering FAULT STATE")
		if failed := count() - (n + 3) + 1; failed != 3 {
			t.Errorf("%d runs failed until the fault", failed)
		}
		p.quiet(mark, "considered")
	})
}

// What happened before an upgrade is told after it, with serials that go on, and so is the upgrade; whoever follows goes
// on behind what he has.
func TestEventsGoOn(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := alone(t, instance(""))
		p.logged(0, "(VI) Entering MASTER STATE")
		p.must(lab.Eventually(soon, "the event", func() (bool, string) {
			all := p.events(0)
			return slices.ContainsFunc(all, func(e state.Event) bool { return e.To == "MASTER" }), fmt.Sprint(all)
		}))
		was := p.events(0)
		last := was[len(was)-1].Serial
		for range 2 {
			p.upgraded()
		}
		is := p.events(0)
		if len(is) <= len(was) || fmt.Sprint(is[:len(was)]) != fmt.Sprint(was) {
			t.Fatalf("the events were %+v\nand are %+v", was, is)
		}
		for i, e := range is {
			if e.Serial != is[0].Serial+uint64(i) {
				t.Errorf("event %d has the serial %d", i, e.Serial)
			}
		}
		more := p.events(last)
		upgrades := 0
		for _, e := range more {
			if e.To == "upgraded" && strings.Contains(e.Text, "Upgraded from version ") && strings.Contains(e.Text, " to version ") {
				upgrades++
			}
			if e.About == state.AboutInstance {
				t.Errorf("%+v", e)
			}
		}
		if upgrades != 2 || more[0].Serial != last+1 {
			t.Errorf("%d upgrades in %+v", upgrades, more)
		}
	})
}

func (p *pair) events(after uint64) []state.Event {
	p.Helper()
	var all state.Events
	p.must(json.Unmarshal([]byte(p.ask("GET", fmt.Sprintf("/v1/events?limit=10000&after=%d", after))), &all))
	return all.Events
}

// ask asks the daemon by HTTP, and gives the body of the answer.
func (p *pair) ask(method, path string) string {
	p.Helper()
	var text json.RawMessage
	c := api.Client{Path: p.socket()}
	var err error
	if method == http.MethodPost {
		_, err = c.Post(path, &text)
	} else {
		_, err = c.Do(method, path, nil, &text)
	}
	p.must(err)
	return string(text)
}

// socket is that of the daemon.
func (p *pair) socket() string { return filepath.Join(p.d.Dir, "holdfast_parent.sock") }

// An upgrade may be asked for by HTTP: the answer comes from the program that goes on.
func TestUpgradeByHTTP(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := alone(t, instance(""))
		p.logged(0, "(VI) Entering MASTER STATE")
		mark := p.d.Proc.LogSize()
		next := copyOf(t, "holdfast-next")
		for _, c := range []struct {
			query, runs, want string
		}{
			{"?check", "", `"ok":true`}, {"?program=" + next, next, `"ok":true`},
			{"?program=/bin/true", next, "it is no holdfast"}, {"?program=true", next, "want the whole path"},
			{"", next, `"ok":true`},
		} {
			answer := strings.ReplaceAll(p.ask(http.MethodPost, "/v1/upgrade"+c.query), " ", "")
			if !strings.Contains(answer, strings.ReplaceAll(c.want, " ", "")) {
				t.Errorf("%q: %s", c.query, answer)
			}
			for _, runs := range p.runs() {
				if c.runs != "" && runs != c.runs {
					t.Errorf("%q: a process is %s", c.query, runs)
				}
			}
		}
		if n := strings.Count(p.d.Proc.LogSince(mark), "Upgraded from version"); n != 2 {
			t.Errorf("upgraded %d times", n)
		}
		p.quiet(mark, "STATE")
	})
}

// A reload that is wanted while a daemon is upgraded takes place when that is over, and an upgrade that is wanted while
// one reloads is refused, or comes after it; neither is forgotten, and the router stays what it is.
func TestReloadMeetsUpgrade(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := alone(t, instance(""))
		p.logged(0, "(VI) Entering MASTER STATE")
		mark := p.d.Proc.LogSize()
		for i := range 4 {
			done := make(chan string, 1)
			go func() {
				status, out := p.upgrade()
				done <- fmt.Sprint(status, " ", out)
			}()
			// It is being proved when the new program says so.
			from := p.d.Proc.LogSize()
			p.logged(from, "Going on as")
			p.must(p.d.Edit(fmt.Sprintf("priority %d", 150+i), fmt.Sprintf("priority %d", 151+i)))
			program, err := filepath.Abs(lab.Program())
			p.must(err)
			if out, err := p.d.Command(program, "reload", fmt.Sprint(p.d.Proc.Pid)).CombinedOutput(); err != nil {
				t.Errorf("reload: %v: %s", err, out)
			}
			if out := <-done; !strings.HasPrefix(out, "0 ") {
				t.Errorf("upgrade: %s", out)
			}
			for _, in := range p.state().Instances {
				if int(in.Priority) != 151+i || in.State != "MASTER" {
					t.Errorf("%+v", in)
				}
			}
		}
		p.quiet(mark, "STATE", "refused", "Not upgraded")
		// The other way round.
		for range 10 {
			p.must(p.d.Proc.Signal(unix.SIGHUP))
			if status, out := p.upgrade(); status != 0 && !strings.Contains(out, "try again when that is over") {
				t.Errorf("status %d: %s", status, out)
			}
		}
		p.quiet(mark, "STATE", "refused")
	})
}

// Upgrades one behind the other take no more of anything.
func TestUpgradesAddNothingUp(t *testing.T) {
	t.Parallel()
	count := lab.Number(t, "UPGRADES_IN_A_ROW", 25)
	lab.Judge(t, func(t *lab.Trial) {
		peer := "bfd_instance b {\n    neighbor_ip 192.168.1.152\n    source_ip 192.168.1.151\n}\n"
		p := alone(t, "vrrp_script s {\n    script \"/bin/true\"\n    interval 1\n}\n"+peer+
			instance("    track_script {\n        s\n    }\n")+
			strings.NewReplacer("VI ", "VJ ", "51\n", "52\n", "201", "202").Replace(instance("    use_vmac vrrp.52\n")))
		p.logged(0, "(VI) Entering MASTER STATE")
		p.logged(0, "(VJ) Entering MASTER STATE")
		mark := p.d.Proc.LogSize()
		var files, memory []int
		for range count {
			p.upgraded()
			f, m := p.uses()
			files, memory = append(files, f), append(memory, m)
		}
		t.Logf("descriptors %v\nmemory in KiB %v", files, memory)
		if least := slices.Min(files); files[len(files)-1] > least+2 {
			t.Errorf("more and more descriptors: %v", files)
		}
		// What a program needs it needs at its first start, too.
		if half := len(memory) / 2; slices.Min(memory[half:]) > slices.Max(memory[:half])*5/4 {
			t.Errorf("more and more memory: %v", memory)
		}
		if n := len(p.d.Proc.Children()); n != 2 {
			t.Errorf("%d role processes", n)
		}
		p.quiet(mark, "STATE", "Not upgraded")
	})
}

// uses is how many descriptors the processes of the daemon have open, and how much memory they have, in KiB.
func (p *pair) uses() (files, memory int) {
	p.Helper()
	for _, pid := range append([]int{p.d.Proc.Pid}, p.d.Proc.Children()...) {
		open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		p.must(err)
		files += len(open)
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		p.must(err)
		for line := range strings.Lines(string(text)) {
			var n int
			if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &n); err == nil {
				memory += n
			}
		}
	}
	return files, memory
}
