//go:build e2e

package container

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stageVar tells this program that it is the engine of a container ("run"), or its first process before it becomes the
// program of the image ("init").
const stageVar = "CONTAINER_STAGE"

// The rest of what a container is started with.
const (
	rootVar = "CONTAINER_ROOT" // folder of the image
	confVar = "CONTAINER_CONF" // folder that is /etc/keepalived there
	capsVar = "CONTAINER_CAPS" // numbers of the capabilities, with blanks between them
	sysVar  = "CONTAINER_SYS"  // "rw": /proc/sys can be written to
)

// engine starts the first process in namespaces of its own, and ends as it does.
func engine() int {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), stageVar+"=init")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	runtime.LockOSThread() // Pdeathsig follows the thread
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS, Pdeathsig: syscall.SIGKILL,
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			return 128 + int(ws.Signal())
		}
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 125
	}
	return 0
}

// first makes the world of the container and becomes its program.
func first() error {
	root := os.Getenv(rootVar)
	if err := mounts(root); err != nil {
		return err
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.Mount(root, "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the root: %v", err)
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	runtime.LockOSThread() // the thread that executes the program counts
	caps := " " + os.Getenv(capsVar) + " "
	for c := 0; unix.Prctl(unix.PR_CAPBSET_READ, uintptr(c), 0, 0, 0) == nil; c++ {
		if !strings.Contains(caps, fmt.Sprintf(" %d ", c)) {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil {
				return fmt.Errorf("drop capability %d: %v", c, err)
			}
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return unix.Exec(os.Args[1], os.Args[1:], []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"})
}

// mounts are those of an engine with --read-only, --tmpfs /run and --tmpfs /tmp.
func mounts(root string) error {
	const none = unix.MS_NOSUID | unix.MS_NODEV
	for _, m := range []struct {
		from, to, kind string
		flags          uintptr
	}{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{root, root, "", unix.MS_BIND},
		{"proc", root + "/proc", "proc", none},
		{root + "/proc/sys", root + "/proc/sys", "", unix.MS_BIND},
		{"tmpfs", root + "/run", "tmpfs", none},
		{"tmpfs", root + "/tmp", "tmpfs", none},
		{"tmpfs", root + "/dev", "tmpfs", unix.MS_NOSUID},
		{os.Getenv(confVar), root + "/etc/keepalived", "", unix.MS_BIND},
		{"", root + "/etc/keepalived", "", unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY},
		{"", root, "", unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY},
	} {
		if err := unix.Mount(m.from, m.to, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %v", m.to, err)
		}
	}
	if os.Getenv(sysVar) != "rw" {
		if err := unix.Mount("", root+"/proc/sys", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
			return fmt.Errorf("remount /proc/sys: %v", err)
		}
	}
	return unix.Mknod(root+"/dev/null", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3)))
}

// prepare makes the places that an engine makes in an image before it mounts something there, and what an image with scripts
// brings along: programs, and the names of users.
func prepare(root string) error {
	for _, d := range []string{"proc", "dev"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			return err
		}
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(root, "orphan"), self, 0o755),
		os.WriteFile(filepath.Join(root, "etc/passwd"), []byte("root:x:0:0:root:/:/nowhere\n"), 0o644))
}

// orphan is a program that ends and leaves a process of its own to whoever adopts it.
func orphan() int {
	if len(os.Args) > 1 && os.Args[1] == "late" {
		for os.Getppid() != 1 { // until it is one
			time.Sleep(time.Millisecond)
		}
		return status(os.WriteFile(orphanMark, nil, 0o600))
	}
	cmd := exec.Command(os.Args[0], "late")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return status(cmd.Start())
}

// orphanMark is the file that an orphan makes as its last act.
const orphanMark = "/run/orphan"

func status(err error) int {
	if err != nil {
		return 1
	}
	return 0
}
