package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// launch runs one job in a guest of its own and returns the exit status.
func launch(args []string) int {
	status, err := tryLaunch(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "umlrun:", err)
	}
	return status
}

func tryLaunch(args []string) (int, error) {
	limit, err := timeLimit()
	if err != nil {
		return exitBroken, err
	}
	dir, err := os.MkdirTemp("", "umlrun-")
	if err != nil {
		return exitBroken, err
	}
	defer os.RemoveAll(dir)
	j, err := newJob(args, dir)
	if err != nil {
		return exitBroken, err
	}
	if err := j.write(dir); err != nil {
		return exitBroken, err
	}
	return boot(j, dir, limit)
}

func timeLimit() (time.Duration, error) {
	s := os.Getenv("UMLRUN_TIMEOUT")
	if s == "" {
		return 10 * time.Minute, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("UMLRUN_TIMEOUT=%q is not a positive duration such as 90s", s)
	}
	return d, nil
}

// newJob resolves the program and decides which directories the guest shares.
func newJob(args []string, dir string) (job, error) {
	prog, err := exec.LookPath(args[0])
	if err != nil {
		return job{}, err
	}
	if prog, err = filepath.Abs(prog); err != nil {
		return job{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return job{}, err
	}
	wd, err := os.Getwd()
	if err != nil {
		return job{}, err
	}
	shared := []string{dir, moduleRoot(wd)}
	if hidden(prog) {
		shared = append(shared, buildRoot(prog))
	}
	if hidden(self) {
		shared = append(shared, filepath.Dir(self))
	}
	for _, d := range filepath.SplitList(os.Getenv("UMLRUN_BIND")) {
		if d, err = filepath.Abs(d); err != nil {
			return job{}, err
		}
		shared = append(shared, d)
	}
	modules := os.Getenv("UMLRUN_MODULES")
	if modules != "" {
		if modules, err = filepath.Abs(modules); err != nil {
			return job{}, err
		}
		shared = append(shared, modules)
	}
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		k, _, _ := strings.Cut(kv, "=")
		return k == "TMPDIR" || strings.HasPrefix(k, "UMLRUN_") || k == "NOTIFY_SOCKET"
	})
	env = append(env, "UMLRUN_INSIDE=1")
	return job{
		Args: append([]string{prog}, args[1:]...), Dir: wd, Env: env,
		Shared: outermost(shared), Self: self, Systemd: os.Getenv("UMLRUN_SYSTEMD") != "", Modules: modules,
	}, nil
}

// hidden reports whether the guest mounts an empty directory over path's place.
func hidden(path string) bool {
	for _, d := range []string{"/tmp/", "/var/tmp/", "/run/", "/var/run/", "/var/log/", "/dev/shm/"} {
		if strings.HasPrefix(path, d) {
			return true
		}
	}
	return false
}

// moduleRoot is the nearest directory above wd with a go.mod, or wd.
func moduleRoot(wd string) string {
	for d := wd; d != "/"; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d
		}
	}
	return wd
}

// buildRoot is the directory to share for a program: of "go test" the whole
// go-build directory, because the test's log and coverage go there too.
func buildRoot(prog string) string {
	for d := filepath.Dir(prog); d != "/"; d = filepath.Dir(d) {
		if strings.HasPrefix(filepath.Base(d), "go-build") {
			return d
		}
	}
	return filepath.Dir(prog)
}

// outermost sorts dirs and leaves out those inside another and the root itself,
// which the guest sees anyway.
func outermost(dirs []string) []string {
	dirs = slices.Clone(dirs)
	slices.Sort(dirs)
	var out []string
	for _, d := range dirs {
		inside := slices.ContainsFunc(out, func(o string) bool {
			return d == o || strings.HasPrefix(d, o+"/")
		})
		if !inside && d != "/" {
			out = append(out, d)
		}
	}
	return out
}

// memoryDir is where the guest's memory file fits: /dev/shm unless it is too
// small for it, as in many containers, where writing beyond its end is SIGBUS.
func memoryDir(dir string) string {
	var fs unix.Statfs_t
	const need = 1 << 30
	if err := unix.Statfs("/dev/shm",
		&fs); err == nil && fs.Bavail*uint64(fs.Bsize) > need && fs.Flags&unix.ST_NOEXEC == 0 &&
		unix.Access("/dev/shm", unix.W_OK) == nil {
		return "/dev/shm"
	}
	return dir
}

// kernelCommand is the guest's kernel with its command line.
func kernelCommand(j job, dir string) (*exec.Cmd, error) {
	linux := os.Getenv("UMLRUN_LINUX")
	if linux == "" {
		linux = "linux.uml"
	}
	mem := os.Getenv("UMLRUN_MEM")
	if mem == "" {
		mem = "768M"
	}
	path, err := exec.LookPath(linux)
	if err != nil {
		return nil, fmt.Errorf("%v (Debian: apt-get install user-mode-linux)", err)
	}
	cmd := exec.Command(path,
		"mem="+mem, "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
		"init="+j.Self, guestDirVar+"="+dir,
		"con=null", "con0=null,fd:1", "ssl=null", "ssl0=null,fd:3", "ssl1=null,fd:4",
		"uml_dir="+dir, "umid=vm", "panic=-1", "quiet")
	env, err := preload(dir)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(append(os.Environ(), "TMPDIR="+memoryDir(dir)), env...)
	return cmd, nil
}

// boot runs the guest to its end and returns the program's status.
func boot(j job, dir string, limit time.Duration) (int, error) {
	cmd, err := kernelCommand(j, dir)
	if err != nil {
		return exitBroken, err
	}
	// The kernel holds each file of this machine open that the guest has seen: as many as may be, and said by ourselves,
	// since otherwise the runtime of Go gives the guest the limit that it has found.
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err == nil {
		files.Cur = files.Max
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &files)
	}
	// Orphans of the guest's kernel become our children, so that none is missed.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return exitBroken, fmt.Errorf("becoming the reaper of the guest: %v", err)
	}
	log, err := os.Create(filepath.Join(dir, "kernel.log"))
	if err != nil {
		return exitBroken, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	stop := make(chan os.Signal, 4)
	signal.Notify(stop, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	defer signal.Stop(stop)

	copied, err := connect(cmd)
	if err != nil {
		return exitBroken, err
	}
	status, err := supervise(cmd, statusFile(dir), stop, limit)
	endChildren()
	copied.Wait()
	if saveErr := saveLog(log.Name()); saveErr != nil {
		fmt.Fprintln(os.Stderr, "umlrun:", saveErr)
	}
	if err != nil {
		return status, err
	}
	b, err := os.ReadFile(statusFile(dir))
	if err == nil {
		if status, err = parseStatus(b); err == nil {
			return status, nil
		}
	}
	return exitBroken, fmt.Errorf("the guest ended without a status; its last messages:\n%s", tail(log.Name(), 4000))
}

// connect gives the guest its two output lines and starts the copying of them.
func connect(cmd *exec.Cmd) (*sync.WaitGroup, error) {
	var copied sync.WaitGroup
	for _, to := range []*os.File{os.Stdout, os.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, w)
		copied.Go(func() {
			defer r.Close()
			io.Copy(to, r)
		})
	}
	return &copied, nil
}

// supervise starts the guest and waits for its end, its status, a signal, or the time limit.
// With its status recorded the guest has nothing left to do but to switch itself off, which
// takes time and does not always succeed.
func supervise(cmd *exec.Cmd, status string, stop <-chan os.Signal, limit time.Duration) (int, error) {
	// Pdeathsig follows the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := start(cmd)
	for _, f := range cmd.ExtraFiles {
		f.Close()
	}
	if err != nil {
		return exitBroken, fmt.Errorf("starting the user-mode kernel: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ended: // the status file says how it went
			return 0, nil
		case <-look.C:
			if _, err := os.Stat(status); err == nil {
				killGroup(cmd)
				<-ended
				return 0, nil
			}
		case <-timer.C:
			killGroup(cmd)
			<-ended
			return 124, fmt.Errorf("time limit of %v reached", limit)
		case s := <-stop:
			killGroup(cmd)
			<-ended
			return 128 + int(s.(syscall.Signal)), fmt.Errorf("ended by %v", s)
		}
	}
}

// start starts the guest as the first process of a PID namespace, so that nothing
// of it outlives it even if this process is killed; where namespaces are not to be
// had, without one.
func start(cmd *exec.Cmd) error {
	attr := func(flags uintptr) *syscall.SysProcAttr {
		return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true, Cloneflags: flags}
	}
	cmd.SysProcAttr = attr(unix.CLONE_NEWPID)
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		cmd.SysProcAttr = attr(unix.CLONE_NEWPID | unix.CLONE_NEWUSER)
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
	}
	err := cmd.Start()
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return err
	}
	again := exec.Command(cmd.Path, cmd.Args[1:]...)
	again.Env, again.Stdout, again.Stderr, again.ExtraFiles = cmd.Env, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles
	again.SysProcAttr = attr(0)
	*cmd = *again
	return cmd.Start()
}

func killGroup(cmd *exec.Cmd) {
	if err := unix.Kill(-cmd.Process.Pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		fmt.Fprintln(os.Stderr, "umlrun: ending the guest:", err)
	}
}

// endChildren kills and reaps all that is left of the guest: the kernel's helper
// and stub processes, which became our children when it ended.
func endChildren() {
	for {
		for _, pid := range children() {
			unix.Kill(pid, unix.SIGKILL) // gone already is as good
		}
		var ws syscall.WaitStatus
		if _, err := syscall.Wait4(-1, &ws, 0, nil); err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

// children lists the direct children of this process, of all its threads.
func children() []int {
	var pids []int
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		return nil
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for s := range strings.FieldsSeq(string(b)) {
			var pid int
			if _, err := fmt.Sscan(s, &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func saveLog(name string) error {
	to := os.Getenv("UMLRUN_LOG")
	if to == "" {
		return nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}

func tail(name string, n int) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-n):])
}
