//go:build e2e

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// A daemon that was started while there was no room for its pid files writes them when there is.
func TestPidFilesAfterAFullDisk(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h := s.host("d1", ours+"/24")
		dir := filepath.Join(h.Dir, "disk")
		s.must(os.Mkdir(dir, 0o755))
		s.must(unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8k"))
		s.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
		fill := filepath.Join(dir, "fill")
		_ = os.WriteFile(fill, make([]byte, 64<<10), 0o600) // as much as there is room for
		d := lab.NewDirector(h, lab.Program())
		parent, role := filepath.Join(dir, "parent.pid"), filepath.Join(dir, "vrrp.pid")
		d.Options = []string{"-p", parent, "-r", role}
		s.must(d.Configure(router("a", "eth0", 77, 100, 0.2, shared+"/32")))
		s.must(d.Start())
		s.logged(d, 0, "Entering MASTER STATE")
		for _, file := range []string{parent, role} {
			s.logged(d, 0, "write pid file "+file+": no space left on device")
			if text, err := os.ReadFile(file); err != nil || len(text) != 0 {
				s.Errorf("%s has %q (%v)", file, text, err)
			}
		}
		s.must(os.Remove(fill))
		for _, file := range []string{parent, role} {
			s.logged(d, 0, "pid file "+file+" is written now")
			var pid int
			text, err := os.ReadFile(file)
			s.must(err)
			if _, err := fmt.Sscanf(string(text), "%d\n", &pid); err != nil || unix.Kill(pid, 0) != nil {
				s.Errorf("%s has %q", file, text)
			}
		}
		log := d.Proc.Log()
		for _, what := range []string{"write pid file " + parent, "pid file " + role + " is written now"} {
			if n := strings.Count(log, what); n != 1 {
				s.Errorf("%q is said %d times:\n%s", what, n, log)
			}
		}
	})
}
