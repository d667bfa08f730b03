package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// upper is the guest's memory file system that holds the new root. It is mounted
// over a directory every Debian has and nobody's test lives in.
const upper = "/mnt"

// guestMain is the guest's first process: it makes the machine ready, runs the
// job, records its status and switches the machine off. It does not return.
func guestMain(dir string) {
	status := exitBroken
	if err := guestRun(dir, &status); err != nil {
		fmt.Println("umlrun:", err) // the console: shown by the launcher when the guest fails
	}
	unix.Sync()
	if err := unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF); err != nil {
		panic(fmt.Sprintf("umlrun: switching off: %v", err))
	}
	select {}
}

func guestRun(dir string, status *int) error {
	j, err := readJob(dir)
	if err != nil {
		return err
	}
	if os.Getenv(insideVar) == "" {
		if err := makeReady(j, dir); err != nil {
			return err
		}
	}
	if *status, err = runJob(j); err != nil {
		return err
	}
	unix.Sync() // the launcher may end the machine as soon as it sees the status
	return recordStatus(dir, *status)
}

// makeReady turns the bare kernel into a machine. With systemd it does not return:
// that does the rest, and starts this binary again as a service.
func makeReady(j job, dir string) error {
	if err := newRoot(j); err != nil {
		return err
	}
	if j.Systemd {
		return becomeSystemd(j, dir)
	}
	if err := loadModules(); err != nil {
		return err
	}
	return loopbackUp()
}

// recordStatus is the last word to the host; it is renamed into place so that
// the launcher never reads half of it.
func recordStatus(dir string, status int) error {
	tmp := statusFile(dir) + ".new"
	f, err := os.Create(tmp)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, status)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("recording the exit status: %v", err)
	}
	return os.Rename(tmp, statusFile(dir))
}

// newRoot mounts the overlay, the system file systems and the shared
// directories, and makes the overlay the root.
func newRoot(j job) error {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %v", err)
	}
	dir, err := moduleDir()
	if err != nil {
		return err
	}
	m, err := openModules(dir)
	if err != nil {
		return err
	}
	if err := m.load("overlay"); err != nil {
		return err
	}
	root := filepath.Join(upper, "root")
	if err := mountOverlay(root); err != nil {
		return err
	}
	for _, d := range j.Shared {
		at := root + d
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
		if err := unix.Mount("none", at, "hostfs", 0, d); err != nil {
			return fmt.Errorf("sharing %s: %v", d, err)
		}
	}
	if err := switchRoot(root); err != nil {
		return err
	}
	return errors.Join(placeModules(j.Modules, dir), placeModprobe(j.Self, dir))
}

// placeModules has the kernel find the modules in from instead of those of the same names below dir.
func placeModules(from, dir string) error {
	if from == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(from, "*.ko"))
	if err != nil {
		return err
	}
	m, err := openModules(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		order := m.deps[moduleName(file)]
		if len(order) == 0 {
			return fmt.Errorf("%s takes the place of no module below %s", file, dir)
		}
		if err := os.WriteFile(filepath.Join(dir, order[len(order)-1]), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func mountOverlay(root string) error {
	if err := unix.Mount("tmpfs", upper, "tmpfs", 0, "size=90%"); err != nil {
		return fmt.Errorf("mounting %s: %v", upper, err)
	}
	for _, d := range []string{"upper", "work", "root"} {
		if err := os.Mkdir(filepath.Join(upper, d), 0o755); err != nil {
			return err
		}
	}
	opts := "lowerdir=/,upperdir=" + upper + "/upper,workdir=" + upper + "/work"
	if err := unix.Mount("overlay", root, "overlay", 0, opts); err != nil {
		return fmt.Errorf("mounting the overlay root: %v", err)
	}
	for _, m := range []struct{ at, kind, opts string }{
		{"/proc", "proc", ""},
		{"/sys", "sysfs", ""},
		{"/dev", "devtmpfs", ""},
		{"/dev/pts", "devpts", "mode=620,ptmxmode=666"},
		{"/dev/shm", "tmpfs", "mode=1777"},
		{"/run", "tmpfs", "mode=755"},
		{"/tmp", "tmpfs", "mode=1777"},
		{"/var/tmp", "tmpfs", "mode=1777"},
		{"/var/log", "tmpfs", "mode=755"},
	} {
		if err := os.MkdirAll(root+m.at, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.kind, root+m.at, m.kind, 0, m.opts); err != nil {
			return fmt.Errorf("mounting %s: %v", m.at, err)
		}
	}
	for name, to := range map[string]string{"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"} {
		if err := os.Symlink("/proc/self/"+to, root+"/dev/"+name); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

func switchRoot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.Mount(root, "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("moving the new root into place: %v", err)
	}
	if err := unix.Chroot("."); err != nil {
		return fmt.Errorf("changing root: %v", err)
	}
	return os.Chdir("/")
}

// placeModprobe makes this binary the modprobe of the kernel and of programs that
// run it by name, over whatever the host has: the host's looks below /lib/modules,
// which usually knows only the host's kernel.
func placeModprobe(self, dir string) error {
	const place = "/usr/sbin/modprobe"
	b, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	if err := os.Remove(place); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(place, b, 0o755); err != nil {
		return err
	}
	if err := os.MkdirAll("/usr/lib/modules", 0o755); err != nil {
		return err
	}
	if err := os.Symlink(dir, "/usr/lib/modules/"+filepath.Base(dir)); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return os.WriteFile("/proc/sys/kernel/modprobe", []byte(place), 0o644)
}

// loadModules loads what programs expect to find and the kernel does not ask for:
// IPVS with every scheduler. All else comes on demand.
func loadModules() error {
	dir, err := moduleDir()
	if err != nil {
		return err
	}
	m, err := openModules(dir)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(dir + "/kernel/net/netfilter/ipvs/*.ko")
	if err != nil {
		return err
	}
	for _, f := range files {
		switch moduleName(f) {
		case "ip_vs_ftp", "ip_vs_pe_sip": // helpers, loaded by those who use them
			continue
		}
		if err := m.load(moduleName(f)); err != nil {
			return err
		}
	}
	return m.load("dummy")
}

// loopbackUp brings lo up: without it there is no local routing table, and IPVS
// refuses every destination with EINVAL.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return fmt.Errorf("opening a socket: %v", err)
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req); err != nil {
		return fmt.Errorf("bringing lo up: %v", err)
	}
	return nil
}

// runJob runs the program with its output on the two serial lines and returns its
// exit status.
func runJob(j job) (int, error) {
	out, err := openLine("/dev/ttyS0")
	if err != nil {
		return exitBroken, err
	}
	errOut, err := openLine("/dev/ttyS1")
	if err != nil {
		return exitBroken, err
	}
	cmd := exec.Command(j.Args[0], j.Args[1:]...)
	cmd.Dir, cmd.Env = j.Dir, j.Env
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return exitBroken, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return exitBroken, err
	}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(errOut, "umlrun:", err)
		return 127, drain(out, errOut)
	}
	done := make(chan struct{})
	go func() { // a background process may hold the pipes after the program ended
		var wg sync.WaitGroup
		wg.Go(func() { io.Copy(out, stdout) })
		wg.Go(func() { io.Copy(errOut, stderr) })
		wg.Wait()
		close(done)
	}()
	status := reap(cmd.Process.Pid)
	killAll()
	<-done
	return status, drain(out, errOut)
}

// reap waits for the program and for every orphan that ends before it, and turns
// the program's wait status into an exit status.
func reap(pid int) int {
	for {
		var ws syscall.WaitStatus
		got, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR), err == nil && got != pid:
			continue
		case err != nil:
			return exitBroken
		case ws.Signaled():
			return 128 + int(ws.Signal())
		default:
			return ws.ExitStatus()
		}
	}
}

// killAll ends every process but this one, so that the pipes close.
func killAll() {
	if err := unix.Kill(-1, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		fmt.Println("umlrun: ending what the program left:", err)
	}
}

// openLine opens a serial line that passes bytes unchanged.
func openLine(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("reading the settings of %s: %v", name, err)
	}
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t); err != nil {
		return nil, fmt.Errorf("setting %s raw: %v", name, err)
	}
	return f, nil
}

// drain waits until the lines have passed everything on.
func drain(lines ...*os.File) error {
	for _, l := range lines {
		if err := unix.IoctlSetInt(int(l.Fd()), unix.TCSBRK, 1); err != nil {
			return fmt.Errorf("draining %s: %v", l.Name(), err)
		}
	}
	return nil
}

// parseStatus reads what recordStatus wrote.
func parseStatus(b []byte) (int, error) { return strconv.Atoi(strings.TrimSpace(string(b))) }
