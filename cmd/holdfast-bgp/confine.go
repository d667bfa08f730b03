package main

import (
	"errors"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confine leaves this process the right to listen on port 179, if it has it, and takes what a role is given to be in
// time: it reads what strangers send.
func confine() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	var none struct{ priority int32 }
	if err := onAllThreads(unix.SYS_SCHED_SETSCHEDULER, 0, unix.SCHED_NORMAL, uintptr(unsafe.Pointer(&none))); err != nil {
		return err
	}
	runtime.KeepAlive(&none)
	if err := onAllThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0); err != nil {
		return err
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		return err
	}
	const listen = 1 << unix.CAP_NET_BIND_SERVICE
	data[0].Effective &= listen
	data[0].Permitted &= listen
	data[0].Inheritable, data[1] = 0, unix.CapUserData{}
	err := onAllThreads(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&data[0])), 0)
	runtime.KeepAlive(&head)
	runtime.KeepAlive(&data)
	return err
}

// onAllThreads makes a system call on each thread; in a binary with C, where that cannot be, on none.
func onAllThreads(trap, a1, a2, a3 uintptr) error {
	_, _, errno := syscall.AllThreadsSyscall6(trap, a1, a2, a3, 0, 0, 0)
	if errno == 0 || errors.Is(errno, syscall.ENOTSUP) {
		return nil
	}
	return errno
}
