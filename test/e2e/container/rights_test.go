//go:build e2e

package container

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/rights"
	"holdfast/internal/role"
	"holdfast/test/lab"
)

// rightsOf are the lines of a status file about capabilities: CapPrm, CapEff, CapBnd, and NoNewPrivs.
func rightsOf(path string) (map[string]rights.Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := map[string]rights.Set{}
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":\t")
		if strings.HasPrefix(key, "Cap") || key == "NoNewPrivs" {
			n, err := strconv.ParseUint(value, 16, 64)
			if err != nil {
				return nil, err
			}
			all[key] = rights.Set(n)
		}
	}
	return all, nil
}

// TestRights: each process of the daemon has, on all its threads, what its row in the table of roles says of what the daemon was
// started with. Scripts of root have all of that, as they have with keepalived, and those of others nothing.
func TestRights(t *testing.T) {
	lan, err := lab.NewLAN(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lan.Close(); err != nil {
			t.Error(err)
		}
	})
	h, err := lan.AddHost("d1", netip.MustParsePrefix("192.0.2.1/24"))
	if err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(h.Dir, "notes")
	if err := os.Mkdir(notes, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(notes, 0o777); err != nil { // whatever the umask says
		t.Fatal(err)
	}
	open(t, notes)
	script, err := h.WriteFile("note", "#!/bin/sh\ncp /proc/self/status "+notes+"/$1.new && mv "+notes+"/$1.new "+notes+"/$1\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	d := lab.NewDirector(h, lab.Program())
	if err := d.Configure(fmt.Sprintf("global_defs {\n script_user root\n}\n"+router+`
bfd_instance B {
    neighbor_ip 192.0.2.2
    source_ip 192.0.2.1
}
`, fmt.Sprintf("notify_backup \"%s root\"\n notify_master \"%s nobody\" nobody", script, script))); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	daemon, err := rightsOf(fmt.Sprintf("/proc/%d/status", d.Proc.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []role.Role{role.VRRP(), role.BFD()} { // the checker role takes a kernel with IPVS: test/systemd
		name := strings.TrimSuffix(filepath.Base(r.PIDFile), ".pid")
		want := map[string]rights.Set{"CapPrm": daemon["CapBnd"] & r.Rights, "CapEff": daemon["CapBnd"] & r.Rights, "CapBnd": daemon["CapBnd"]}
		if !r.RunsPrograms() {
			want["NoNewPrivs"] = 1
		}
		eventually(t, fmt.Sprintf("the rights of %s, %v", r.Name, want), func() (bool, string) {
			pid, err := d.RolePid(name)
			if err != nil {
				return false, err.Error() + d.Logs()
			}
			threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
			for _, thread := range threads {
				have, err := rightsOf(thread)
				for key, set := range want {
					if err != nil || have[key] != set {
						return false, fmt.Sprintf("%s: %s %v, %v", thread, key, have[key], err)
					}
				}
			}
			return len(threads) > 0, "no threads"
		})
	}
	for who, want := range map[string]rights.Set{"root": daemon["CapBnd"], "nobody": 0} {
		eventually(t, "the note of the script of "+who, func() (bool, string) {
			have, err := rightsOf(filepath.Join(notes, who))
			return err == nil && have["CapEff"] == want && have["NoNewPrivs"] == 0, fmt.Sprint(have, err, d.Logs())
		})
	}
}

// open lets everybody through to a folder of a test.
func open(t *testing.T, dir string) {
	t.Helper()
	for ; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		st, err := os.Stat(dir)
		if err == nil {
			err = os.Chmod(dir, st.Mode().Perm()|0o011)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func eventually(t *testing.T, what string, cond func() (bool, string)) {
	t.Helper()
	if err := lab.Eventually(15*time.Second, what, cond); err != nil {
		t.Fatal(err)
	}
}
