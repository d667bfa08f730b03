package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// stageVar tells a re-executed program how far into the lab it is.
const stageVar = "LAB_STAGE"

// exitNoLab is the exit status when the namespaces could not be made.
const exitNoLab = 125

// Isolate runs main in namespaces of its own and returns the exit status. Call it
// first thing in main or TestMain, and do nothing else there: the program is
// executed again from its beginning, once as the namespace's first process, which
// only reaps, and once to run main.
//
// The network namespace main starts in has nothing but lo; /run is empty. When
// main returns, or any of the processes is killed, the kernel ends every process
// started in the lab. Without root it needs user namespaces.
func Isolate(main func() int) int {
	switch os.Getenv(stageVar) {
	case "":
		return outermost()
	case "init":
		return firstProcess()
	default:
		return main()
	}
}

// again is this program with the same arguments in the given stage.
func again(stage string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), stageVar+"="+stage)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd, nil
}

func outermost() int {
	cmd, err := again("init")
	if err != nil {
		return fail(err)
	}
	attr := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Getuid() != 0 {
		attr.Cloneflags |= unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	cmd.SysProcAttr = attr
	runtime.LockOSThread() // Pdeathsig follows the thread
	defer runtime.UnlockOSThread()
	stop := make(chan os.Signal, 4)
	signal.Notify(stop, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	if err := cmd.Start(); err != nil {
		return fail(fmt.Errorf("making namespaces: %v", err))
	}
	go func() {
		for s := range stop {
			_ = cmd.Process.Signal(s) // gone already is as good
		}
	}()
	return exitStatus(cmd.Wait())
}

// firstProcess is process 1 of the lab: it makes the mounts, starts the program
// proper, reaps every orphan, and ends with the program; then the kernel ends all
// that is left.
func firstProcess() int {
	if err := mounts(); err != nil {
		return fail(err)
	}
	cmd, err := again("work")
	if err != nil {
		return fail(err)
	}
	stop := make(chan os.Signal, 4)
	signal.Notify(stop, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	if err := cmd.Start(); err != nil {
		return fail(err)
	}
	go func() {
		for s := range stop {
			_ = cmd.Process.Signal(s)
		}
	}()
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR), err == nil && pid != cmd.Process.Pid:
		case err != nil:
			return fail(err)
		case ws.Signaled():
			return 128 + int(ws.Signal())
		default:
			return ws.ExitStatus()
		}
	}
}

func mounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %v", err)
	}
	for _, m := range []struct{ at, kind string }{{"/proc", "proc"}, {"/sys", "sysfs"}, {"/run", "tmpfs"}} {
		if err := unix.Mount(m.kind, m.at, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mounting %s: %v", m.at, err)
		}
	}
	return nil
}

func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			return 128 + int(ws.Signal())
		}
		return exit.ExitCode()
	}
	return fail(err)
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "lab:", err)
	return exitNoLab
}
