//go:build e2e

package vrrp

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"holdfast/test/lab"
)

// script writes a script that succeeds while a file is there, and gives both.
func script(t testing.TB, name string) (program, file string) {
	t.Helper()
	// Not below /tmp: a directory others may write to is not a safe place for a
	// script (cli 8.5), whoever owns the script.
	dir, err := os.MkdirTemp("/run", "script-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program, file = filepath.Join(dir, name), filepath.Join(dir, name+".good")
	text := "#!/bin/sh\ntest -e " + file + "\n"
	if err := os.WriteFile(program, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	good(t, file)
	return program, file
}

func good(t testing.TB, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

func bad(t testing.TB, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

const secure = "global_defs {\n    script_user root\n    enable_script_security\n}\n"

func tracked(program, weight string) string {
	return fmt.Sprintf("%svrrp_script chk {\n    script %q\n    interval 1\n    fall 1\n    rise 1\n%s}\n", secure, program, weight)
}

// TestTrackScript: a failing script without weight is a fault.
func TestTrackScript(t *testing.T) {
	t.Parallel()
	eachPrograms(t, func(t *lab.Trial, programs [2]string) {
		program, file := script(t, "chk")
		s := v3()
		s.global[0] = tracked(program, "")
		s.extra[0] = "    track_script {\n        chk\n    }"
		p := newPair(t, s, programs)
		p.startBoth()
		mark := p.mark(0)
		at := time.Now()
		bad(t, file)
		p.becomesMaster(1, at, 5*time.Second)
		p.logged(0, mark, "(VI_1) Entering FAULT STATE")
		p.only(1)
		at = time.Now()
		good(t, file)
		p.becomesMaster(0, at, 5*time.Second)
		p.only(0)
	})
}

// TestTrackScriptWeight: a failing script with a weight moves the priority.
func TestTrackScriptWeight(t *testing.T) {
	t.Parallel()
	eachPrograms(t, func(t *lab.Trial, programs [2]string) {
		program, file := script(t, "chk")
		s := v3()
		s.global[0] = tracked(program, "    weight -60\n")
		s.extra[0] = "    track_script {\n        chk\n    }"
		p := newPair(t, s, programs)
		p.startBoth()
		mark := p.mark(0)
		at := time.Now()
		bad(t, file)
		p.logged(0, mark, "Changing effective priority from 100 to 40")
		p.becomesMaster(1, at, 5*time.Second)
		p.only(1)
		mark, at = p.mark(0), time.Now()
		good(t, file)
		p.logged(0, mark, "Changing effective priority from 40 to 100")
		p.becomesMaster(0, at, 5*time.Second)
		p.only(0)
	})
}

// TestTrackProcess: a process without weight that is gone is a fault. keepalived in front is left out: in a
// network namespace it hears of no process.
func TestTrackProcess(t *testing.T) {
	t.Parallel()
	ours := slices.DeleteFunc(pairings(), func(programs [2]string) bool { return filepath.Base(programs[0]) == "keepalived" })
	eachOf(t, ours, func(t *lab.Trial, programs [2]string) {
		dir, err := os.MkdirTemp("/run", "process-")
		if err != nil {
			t.Fatal(err)
		}
		web := filepath.Join(dir, "web-"+filepath.Base(programs[1]))
		if err := os.Symlink("/bin/sleep", web); err != nil {
			t.Fatal(err)
		}
		start := func() *exec.Cmd {
			cmd := exec.Command(web, "1000")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			return cmd
		}
		kill := func(cmd *exec.Cmd) {
			_ = cmd.Process.Kill() // it may be gone
			_ = cmd.Wait()         // it was killed
		}
		first := start()
		t.Cleanup(func() { kill(first) })
		s := v3()
		s.global[0] = "vrrp_track_process web {\n    process " + web + " 1000\n}\n"
		s.extra[0] = "    track_process {\n        web\n    }"
		p := newPair(t, s, programs)
		p.startBoth()
		mark, at := p.mark(0), time.Now()
		kill(first)
		p.becomesMaster(1, at, 5*time.Second)
		p.logged(0, mark, "Quorum lost for tracked process web")
		p.logged(0, mark, "(VI_1) Entering FAULT STATE")
		p.only(1)
		mark, at = p.mark(0), time.Now()
		second := start()
		t.Cleanup(func() { kill(second) })
		p.logged(0, mark, "Quorum gained for tracked process web")
		p.becomesMaster(0, at, 5*time.Second)
		p.only(0)
	})
}

// TestSyncGroup: the fault of one instance takes its group along.
func TestSyncGroup(t *testing.T) {
	t.Parallel()
	second := netip.MustParseAddr("192.168.1.160")
	s := v3().in("a sync group")
	for i := range 2 {
		track := ""
		if i == 0 {
			track = "    track_interface {\n        eth1\n    }\n"
		}
		s.global[i] = fmt.Sprintf(`vrrp_sync_group G1 {
    group {
        VI_1
        VI_2
    }
}
vrrp_instance VI_2 {
    state BACKUP
    interface eth0
    virtual_router_id 52
    version 3
    priority %d
    advert_int 0.2
%s    virtual_ipaddress {
        %v/24
    }
}
`, s.priority[i], track, second)
	}
	eachPairing(t, s, func(p *pair) {
		p.must(p.d[0].AddLink("eth1", nil, nil))
		p.startBoth()
		on := func(i int) {
			p.Helper()
			p.only(i)
			p.must(lab.Eventually(3*time.Second, "the second address", func() (bool, string) {
				a, err := p.d[i].CountAddr("eth0", second)
				p.must(err)
				b, err := p.d[1-i].CountAddr("eth0", second)
				p.must(err)
				return a == 1 && b == 0, fmt.Sprintf("%d and %d", a, b)
			}))
		}
		on(0)
		mark, at := p.mark(0), time.Now()
		p.must(p.d[0].SetLink("eth1", false))
		p.becomesMaster(1, at, 3*time.Second)
		on(1)
		p.logged(0, mark, "(VI_1) Entering FAULT STATE")
		p.logged(0, mark, "(VI_2) Entering FAULT STATE")
		at = time.Now()
		p.must(p.d[0].SetLink("eth1", true))
		p.becomesMaster(0, at, 5*time.Second)
		on(0)
		p.cell("a fault of one member takes both along, and both come back")
	})
}

// TestRemovedAddressIsPutBack: asked beyond keepalived, which gives mastership up
// for a moment (semantics 3.5).
func TestRemovedAddressIsPutBack(t *testing.T) {
	t.Parallel()
	eachPairing(t, v3(), func(p *pair) {
		p.startBoth()
		mark, before := p.mark(0), time.Now()
		p.must(p.d[0].DelAddr("eth0", netip.PrefixFrom(p.vip(), p.bits)))
		gone, err := p.lan.Events().Wait(p.d[0].Host, p.vip(), false, before, time.Second)
		p.must(err)
		came, err := p.lan.Events().Wait(p.d[0].Host, p.vip(), true, before, 5*time.Second)
		p.must(err)
		if !underTest(p.d[0]) {
			p.Logf("keepalived: back after %v", came.Sub(gone))
			p.only(0)
			return
		}
		p.within("putting the address back", came.Sub(gone), 100*time.Millisecond)
		p.remains(0, 2*p.masterDown(1))
		if log := p.d[0].Proc.LogSince(mark); containsState(log) {
			p.Errorf("a transition:\n%s", log)
		}
		if zero := p.capture.Adverts(before, func(a lab.Advert) bool { return a.Priority == 0 || a.Src == p.addr[1] }); len(zero) > 0 {
			p.Errorf("others spoke, or priority 0: %v", zero)
		}
	})
}
