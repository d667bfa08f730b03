package super

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"holdfast/internal/rights"
	"holdfast/internal/role"
)

// Confine leaves this process, which is to be one of role r at a place, what it needs of the rights that the daemon
// has.
//
// Programs that it runs as root get all of those: the kernel gives a program of root what is in the bounding set,
// which stays as it is. A role that runs no programs gives that way up for good. What a daemon has that does not run
// as root was chosen for it, with its scripts in mind, and stays. Where threads cannot be changed together, in a
// binary with C, nothing is changed.
func Confine(r role.Role, at Place) error {
	keep := r.Rights
	if at.IPVS != nil {
		keep |= r.InTable
	}
	if r.RunsPrograms() && !regains() {
		return nil
	}
	err := reduce(keep)
	if err == nil && !r.RunsPrograms() {
		_, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
		err = errnoOrNil(errno)
	}
	if err != nil && !errors.Is(err, unix.ENOTSUP) {
		return fmt.Errorf("the %s process keeps all rights of the daemon: %w", r.Title, err)
	}
	return nil
}

// regains reports whether the kernel gives a program that this process starts all rights of its bounding set.
func regains() bool {
	bits, err := unix.PrctlRetInt(unix.PR_GET_SECUREBITS, 0, 0, 0, 0)
	const noRoot = 1 // SECBIT_NOROOT
	return err == nil && bits&noRoot == 0 && os.Getuid() == 0 && os.Geteuid() == 0
}

// reduce has all threads keep what they have of a set, and no more.
func reduce(keep rights.Set) error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // the lower and the upper half
	if err := unix.Capget(&head, &data[0]); err != nil {
		return err
	}
	for i := range data {
		half := uint32(keep >> (32 * i))
		data[i].Effective &= half
		data[i].Permitted &= half
	}
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&data[0])), 0)
	runtime.KeepAlive(&head)
	runtime.KeepAlive(&data)
	return errnoOrNil(errno)
}

func errnoOrNil(errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}
