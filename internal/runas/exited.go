package runas

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// AnyExited gives the id of a child process that has exited and was not waited for,
// without waiting for it; false if there is none.
func AnyExited() (pid int, ok bool) {
	pid, err := waitID(unix.P_ALL, 0)
	return pid, err == nil && pid != 0
}

// hasExited reports whether the child process pid has exited, without taking its status.
func hasExited(pid int) (bool, error) {
	got, err := waitID(unix.P_PID, pid)
	return got != 0, err
}

// waitID asks for a child that has exited and leaves it to be waited for; 0 if there is
// none.
func waitID(kind, id int) (int, error) {
	// siginfo_t: si_pid stands after three ints, on 64-bit machines with padding.
	var info struct {
		_    [3]int32
		pids [2]int32
		_    [128]byte
	}
	_, _, errno := unix.Syscall6(unix.SYS_WAITID, uintptr(kind), uintptr(id), uintptr(unsafe.Pointer(&info)),
		unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	if unsafe.Sizeof(uintptr(0)) == 8 {
		return int(info.pids[1]), nil
	}
	return int(info.pids[0]), nil
}
