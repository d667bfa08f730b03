//go:build e2e

package faults

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// outputs has every file that is written asked for, in the directory.
const outputs = `global_defs {
  state_dump_file %[1]s/data.txt
  stats_dump_file %[1]s/stats.txt
  json_dump_file %[1]s/all.json
  vrrp_notify_fifo %[1]s/vrrp.fifo
  lvs_notify_fifo %[1]s/lvs.fifo
  notify_fifo %[1]s/all.fifo
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 200
  advert_int 0.1
  version 3
  virtual_ipaddress { ` + address + ` }
}
bfd_instance peer { neighbor_ip 192.0.2.2 }
`

// asks are what makes the daemon write, and what it writes in the directory then.
var asks = map[syscall.Signal][]string{
	syscall.SIGUSR1:    {"data.txt", "data_bfd.txt"},
	syscall.SIGUSR2:    {"stats.txt"},
	syscall.Signal(36): {"all.json"}, // SIGJSON
}

// everything is each path below the directories.
func everything(t *testing.T, dirs ...string) map[string]fs.FileMode {
	t.Helper()
	all := map[string]fs.FileMode{}
	for _, dir := range dirs {
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // of another test, and gone by now
			}
			if info, err := d.Info(); err == nil {
				all[path] = info.Mode()
			}
			return nil
		}))
	}
	return all
}

// Whoever starts the daemon may have no mask at all; what it makes others cannot write to, as they could to the pid files
// of CVE-2011-1784 and the dumps of CVE-2018-19045. The socket is for everybody: who may do what is asked of each.
func TestFilesUnderNoMask(t *testing.T) {
	s := newSingle(t)
	must(t, s.Configure(fmt.Sprintf(outputs, s.Dir)))
	p, err := s.Host.Start("unmasked", "/bin/sh", append([]string{"-c", `umask 0; exec "$0" "$@"`, s.Program}, s.Args()...)...)
	must(t, err)
	s.Proc = p
	_, err = s.WaitLog(0, "Entering MASTER STATE", soon)
	must(t, err)
	for sig, files := range asks {
		must(t, s.Proc.Signal(sig))
		for _, file := range files {
			s.eventually(file, func() bool { _, err := os.Stat(filepath.Join(s.Dir, file)); return err == nil })
		}
	}
	made := 0
	for path, mode := range everything(t, s.Dir, "/run/holdfast") {
		if mode.Type() == fs.ModeSymlink || mode.Type() == fs.ModeSocket || strings.HasSuffix(path, "/unmasked.log") {
			continue
		}
		made++
		if mode.Perm()&0o022 != 0 {
			t.Errorf("%s has mode %v: others can write to it", path, mode)
		}
	}
	if made < 10 {
		t.Errorf("only %d files: %v", made, everything(t, s.Dir, "/run/holdfast"))
	}
}

// eventually waits for a condition.
func (s *single) eventually(what string, there func() bool) {
	s.t.Helper()
	must(s.t, lab.Eventually(soon, what, func() (bool, string) { return there(), s.Proc.Log() }))
}

// trap is what somebody without rights lays where a dump will be written.
type trap struct {
	name string
	lay  func(path, victim string) error
	// stays reports that it cannot be replaced, so nothing is written.
	stays bool
}

func traps() []trap {
	return []trap{
		{"link", func(path, victim string) error { return os.Symlink(victim, path) }, false},
		{"dangling link", func(path, victim string) error { return os.Symlink(victim+".new", path) }, false},
		{"hard link", func(path, victim string) error { return os.Link(victim, path) }, false},
		{"FIFO", func(path, _ string) error { return unix.Mkfifo(path, 0o666) }, false},
		{"file", func(path, _ string) error { return os.WriteFile(path, []byte("mine"), 0o666) }, false},
		{"directory", func(path, _ string) error { return os.Mkdir(path, 0o777) }, true},
	}
}

// Dumps go to directories that everybody may write to. Whatever lies there under their names, what a link leads to is
// not written to, and who laid it does not get to read the dump (CVE-2018-19044, CVE-2018-19046).
func TestTrapsInTheWayOfDumps(t *testing.T) {
	s := newSingle(t)
	victim := filepath.Join(s.dir, "victim")
	must(t, os.WriteFile(victim, []byte("precious"), 0o600))
	must(t, s.Configure(fmt.Sprintf(outputs, s.dir)))
	must(t, s.Start())
	_, err := s.WaitLog(0, "Entering MASTER STATE", soon)
	must(t, err)
	for _, trap := range traps() {
		for sig, files := range asks {
			s.spring(trap, sig, files, victim)
		}
	}
	if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
		t.Errorf("the file of another has %q, %v", b, err)
	}
	if _, err := os.Stat(victim + ".new"); err == nil {
		t.Error("a file was made at the end of a link")
	}
}

// spring lays the trap under each name, asks for the dumps and looks at what became of them.
func (s *single) spring(trap trap, sig syscall.Signal, files []string, victim string) {
	s.t.Helper()
	held := map[string]int{}
	for _, file := range files {
		path := filepath.Join(s.dir, file)
		must(s.t, os.RemoveAll(path))
		must(s.t, trap.lay(path, victim))
		if fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0); err == nil {
			held[file] = fd
			defer unix.Close(fd)
		}
	}
	mark := s.Proc.LogSize()
	must(s.t, s.Proc.Signal(sig))
	for _, file := range files {
		path := filepath.Join(s.dir, file)
		if trap.stays {
			_, err := s.WaitLog(mark, path, soon)
			must(s.t, err)
			continue
		}
		s.eventually(fmt.Sprintf("%s in place of a %s", file, trap.name), func() bool {
			st, err := os.Lstat(path)
			return err == nil && st.Mode() == 0o600 && st.Size() > 4 && st.Sys().(*syscall.Stat_t).Nlink == 1
		})
		if fd, ok := held[file]; ok {
			b := make([]byte, 4096)
			if n, _ := unix.Read(fd, b); n > len("precious") {
				s.t.Errorf("%s laid as %s shows its owner %q", file, trap.name, b[:n])
			}
		}
	}
}
