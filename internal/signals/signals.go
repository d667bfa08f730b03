// Package signals has signals wait that come while a process executes another program. The kernel hands those over that
// are blocked, but three things are in the way: only the thread that executes can block some, whatever another thread
// takes in its last moment is lost with it, and the runtime of the next program blocks none of those that would end it,
// before it has a handler. So every thread puts back what it takes (requeue), and blocks it then, and those three go as
// other signals.
//
// When the next program has begun and has no channel for it yet, TERM and INT end it, as ever, and HUP is not heard: it
// reads everything anew.
package signals

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// carried is how far the signal that one of those goes as is behind it, among the realtime signals.
const carried = 40

// Channel gives a channel with room for one signal, which a signal comes to under either name.
func Channel(s syscall.Signal) chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, s, carrier(s))
	return c
}

// carrier is what a signal goes as.
func carrier(s syscall.Signal) syscall.Signal {
	switch s {
	case syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM:
		return s + carried
	}
	return s
}

// carriers are what signals go as.
func carriers(some []syscall.Signal) []syscall.Signal {
	all := make([]syscall.Signal, len(some))
	for i, s := range some {
		all[i] = carrier(s)
	}
	return all
}

// Hold has some signals, each with a Channel, wait from now on for the program that the calling thread is about to
// execute, which takes them with Take; nothing that came before is on its way to a channel any more. The goroutine has
// to be locked to its thread. release is for when nothing is executed after all.
func Hold(some ...syscall.Signal) (release func(), err error) {
	set := setOf(carriers(some))
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil); err != nil {
		return nil, fmt.Errorf("block signals: %w", err)
	}
	all := slices.Concat(carriers(some), some)
	slices.Sort(all)
	all = slices.Compact(all)
	before, err := putBack(all)
	release = func() {
		restore(before)
		_ = Take(some...) // this thread takes them, if no other one does any more
	}
	if err != nil {
		release()
		return nil, err
	}
	// Handlers that other threads have begun end before these do their part of this. A binary with C cannot ask them.
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_GETPID, 0, 0, 0)
	if errno != 0 && !errors.Is(errno, syscall.ENOTSUP) {
		release()
		return nil, fmt.Errorf("wait for signals: %w", errno)
	}
	settle(some)
	blockElsewhere(all)
	if slices.Contains(some, syscall.SIGHUP) {
		ignore(syscall.SIGHUP)
	}
	return release, nil
}

// Take has the calling thread, which was executed by one that held them, and what it starts get signals again. It is
// to be called when there is a Channel for each.
func Take(some ...syscall.Signal) error {
	set := setOf(carriers(some))
	if err := unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil); err != nil {
		return fmt.Errorf("take signals: %w", err)
	}
	return nil
}

// Unblock has the calling thread, and what it starts, get all signals.
func Unblock() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil) } // fails for wrong arguments alone

// Raise sends this process a signal that has a Channel. One that is held waits.
func Raise(s syscall.Signal) error { return unix.Kill(os.Getpid(), carrier(s)) }

// settle waits until all signals that came are in their channels.
func settle(some []syscall.Signal) {
	c := make(chan os.Signal, 1)
	for _, s := range some {
		signal.Notify(c, s)
	}
	signal.Stop(c)
}

func setOf(some []syscall.Signal) (set unix.Sigset_t) {
	size := 8 * int(unsafe.Sizeof(set.Val[0]))
	for _, s := range some {
		set.Val[(int(s)-1)/size] |= 1 << ((int(s) - 1) % size)
	}
	return set
}
