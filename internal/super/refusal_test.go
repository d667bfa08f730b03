package super

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"

	"holdfast/config/syntax"
)

// What is left without anything to run does not replace what runs, whoever asks for the reload,
// unless it is said to be meant.
func TestReloadToNothingIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, env, conf, next, says string }{
		{"a router", "", "vrrp", "", "this would remove all vrrp instances: VI - stop the daemon for that, or use holdfast reload --allow-empty"},
		{"a service", "", "checker", "note nothing", "this would remove all virtual servers: "},
		{"both", "", "vrrp\nchecker", "checker tag B", "this would remove all vrrp instances: VI, and all virtual servers: "},
		{"VRRP is not run", "SUPER_TEST_NOVRRP=1", "vrrp\nchecker", "vrrp",
			"no virtual_server and no bfd_instance that can be run, and options keep this daemon from running VRRP; this would remove all virtual servers"},
		{"services are not run", "SUPER_TEST_NOCHECKER=1", "vrrp\nchecker", "checker",
			"no vrrp_instance and no bfd_instance that can be run, and options keep this daemon from running virtual servers; this would remove all vrrp instances"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := startDaemon(t, c.conf, c.env)
			d.expect("Startup complete")
			d.write(c.next)
			refused, err := ask(d.cmd.Process.Pid)
			if err != nil || !strings.HasPrefix(refused, filepath.Join(d.dir, "conf")+": nothing to run: ") ||
				!strings.Contains(refused, c.says) {
				t.Errorf("%q, %v; want %s", refused, err, c.says)
			}
			d.expect("Reload refused, the old configuration stays in force: " + refused)
			d.signal(syscall.SIGHUP)
			d.expect("Reload refused, the old configuration stays in force: " + refused)
			d.never("gave back")

			if refused, err := askFor(d.cmd.Process.Pid, true); refused != "" || err != nil {
				t.Errorf("meant: %q, %v", refused, err)
			}
			d.expectAll("The reload removed all ", "Reload complete: ", "gave back")
			d.signal(syscall.SIGHUP) // from nothing to nothing
			d.expect("Reload complete: nothing changes")
			d.write(c.conf)
			if refused, err := ask(d.cmd.Process.Pid); refused != "" || err != nil {
				t.Errorf("back: %q, %v", refused, err)
			}
		})
	}
}

// --allow-empty holds for one request, and for nothing but an empty configuration.
func TestAllowEmptyHoldsOnce(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	d.write("vrrp\nvrrp refuse no room")
	if refused, err := askFor(d.cmd.Process.Pid, true); refused != "no room" || err != nil {
		t.Errorf("%q, %v", refused, err)
	}
	d.write("error a lost brace")
	if refused, err := askFor(d.cmd.Process.Pid, true); !strings.Contains(refused, "a lost brace") || err != nil {
		t.Errorf("%q, %v", refused, err)
	}
	d.write("vrrp\nvrrp tag B")
	if refused, err := askFor(d.cmd.Process.Pid, true); refused != "" || err != nil {
		t.Errorf("%q, %v", refused, err)
	}
	d.write("")
	if refused, err := ask(d.cmd.Process.Pid); !strings.Contains(refused, "nothing to run") || err != nil {
		t.Errorf("%q, %v", refused, err)
	}
}

// A reload that leaves something is carried out, and tells what it took.
func TestReloadTellsWhatItRemoves(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp\nchecker")
	d.expect("Startup complete")
	d.write("vrrp\nchecker")
	d.signal(syscall.SIGHUP)
	d.expect("Reload complete: global_defs changed, vrrp_instance VI removed")
	d.never("The reload removed all")
	d.write("checker")
	d.signal(syscall.SIGHUP)
	d.expect("The reload removed all vrrp instances: VI", "Reload complete: ")
}

// A daemon that has nothing to run, or runs roles without any work, takes whatever comes.
func TestReloadFromNothing(t *testing.T) {
	d := startDaemon(t, "note nothing")
	d.expect("keepalived has no configuration to run", "Startup complete")
	d.write("note still nothing")
	d.signal(syscall.SIGHUP)
	d.expect("Reload complete: global_defs changed")
}

// The reason is what a fatal finding comes of, where that stands at the same place.
func TestTheReasonOfARefusalIsTheCause(t *testing.T) {
	s := &Supervisor{o: Options{Log: zap.NewNop()}}
	at := func(line int, severity syntax.Severity, text string) syntax.Diagnostic {
		return syntax.Diagnostic{Pos: syntax.Pos{File: "f", Line: line, Col: 3}, Severity: severity, Text: text}
	}
	got := s.report([]syntax.Diagnostic{at(1, syntax.Error, "other"), at(2, syntax.Warning, "old word"),
		at(2, syntax.Error, "300 is outside range"), at(2, syntax.Fatal, "must be set"), at(3, syntax.Fatal, "another")})
	if got != "f:2:3: error: 300 is outside range" {
		t.Error(got)
	}
	if got := s.report([]syntax.Diagnostic{at(1, syntax.Error, "other"), at(2, syntax.Fatal, "must be set")}); !strings.HasSuffix(
		got,
		"must be set",
	) {
		t.Error(got)
	}
	if got := s.report([]syntax.Diagnostic{at(1, syntax.Error, "other")}); got != "" {
		t.Error(got)
	}
}

func TestOnlyARestartChangesIGMP_semantics7_6(t *testing.T) {
	const why = "Cannot change disable_local_igmp at a reload - please restart keepalived"
	d := startDaemon(t, "vrrp\nnoigmp")
	d.expect("Startup complete")
	for conf, want := range map[string]string{"vrrp\nvrrp tag A": why, "vrrp\nnoigmp\nvrrp tag B": ""} {
		d.write(conf)
		if refused, err := ask(d.cmd.Process.Pid); refused != want || err != nil {
			t.Errorf("%q: %q, %v", conf, refused, err)
		}
	}
	d.never("vrrp committed A")
}
