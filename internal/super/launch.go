package super

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// launchedEnv marks the process that Launch made; its descriptors 3 and 4 are the locked
// pid file and the pipe to the launcher.
const launchedEnv = "HOLDFAST_LAUNCHED"

// launchedIPVS is the descriptor of the namespace of the IPVS table in that process.
const launchedIPVS = 5

// DirEnv carries the directory in which the daemon was launched to it and its role
// processes, for relative file names on the command line; scripts do not get it.
const DirEnv = "HOLDFAST_DIR"

// Launch starts this program again as a daemon: in a session of its own, in /,
// with nothing on its standard descriptors, holding the lock of the pid file. It returns
// the exit status of the launcher: 0 once start-up is complete (or going on
// with a role being respawned), else that of the daemon.
func Launch(lock *PIDFile, at Place) (int, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return statusFatal, fmt.Errorf("daemonise: %v", err)
	}
	defer r.Close()
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	cmd := &exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        os.Args,
		Dir:         "/",
		Env:         append(at.environ(launchedIPVS), launchedEnv+"=1", DirEnv+"="+dir),
		ExtraFiles:  []*os.File{lock.File(), w, at.IPVS},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	err = cmd.Start()
	// While it is open here as well, the end of the daemon is not seen.
	_ = w.Close()
	if err != nil {
		return statusFatal, fmt.Errorf("daemonise: %v", err)
	}
	if n, _ := r.Read(make([]byte, 1)); n == 1 {
		return statusOK, nil
	}
	err = cmd.Wait() // it closed the pipe without a word: it has ended
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		// One that a signal has ended has no status: ExitCode is -1.
		if exit.ExitCode() > 0 {
			return exit.ExitCode(), nil
		}
		return statusFatal, fmt.Errorf("the daemon died: %v", err)
	}
	return statusOK, nil
}

// Launched reports whether this process was made by Launch, and if so gives the inherited
// pid file and a function that lets the launcher return.
func Launched(path string) (lock *PIDFile, started func(), ok bool) {
	if os.Getenv(launchedEnv) != "1" {
		return nil, nil, false
	}
	_ = os.Unsetenv(launchedEnv)
	// A role or script that lives on must hold neither the lock nor the launcher.
	syscall.CloseOnExec(3)
	syscall.CloseOnExec(4)
	pipe := os.NewFile(4, "launcher")
	return InheritPIDFile(path, os.NewFile(3, path)), func() {
		_, _ = pipe.Write([]byte{1})
		_ = pipe.Close()
	}, true
}
