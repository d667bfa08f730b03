//go:build amd64 || arm64

package signals

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// requeueAt is where the handler is: in requeue_amd64.s and requeue_arm64.s. It sends what has a carrier to the process
// as that. Anything else it blocks in the thread that got it, for good, and sends it to the process again. What one
// thread has sent to another (tgkill) it blocks there, and no more.
var requeueAt uintptr

// action is struct sigaction of the kernel.
type action struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// handled is what was done about a signal before.
type handled struct {
	signal syscall.Signal
	action action
}

// putBack has every thread put back some signals.
func putBack(some []syscall.Signal) (before []handled, err error) {
	for _, s := range some {
		was := handled{signal: s}
		if err := sigaction(s, nil, &was.action); err != nil {
			return before, err
		}
		now := was.action // on the stack for signals, with all others blocked, and back the same way
		now.handler = requeueAt
		if err := sigaction(s, &now, nil); err != nil {
			return before, err
		}
		before = append(before, was)
	}
	return before, nil
}

// ignore has a signal ignored until restore, and by the next program until that asks for it.
func ignore(s syscall.Signal) {
	const sigIGN = 1
	_ = sigaction(s, &action{handler: sigIGN}, nil) // there is such a signal
}

func restore(before []handled) {
	for _, was := range before {
		_ = sigaction(was.signal, &was.action, nil) // it was so
	}
}

// blockElsewhere has all other threads take none of some signals: one that is ended with them in its hands would lose
// them. A thread that cannot run is not awaited for ever.
func blockElsewhere(some []syscall.Signal) {
	pid, own := os.Getpid(), unix.Gettid()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		threads, err := os.ReadDir("/proc/self/task")
		done := err == nil
		for _, t := range threads {
			tid, err := strconv.Atoi(t.Name())
			if err != nil || tid == own {
				continue
			}
			ask, all := asks(tid, some)
			done = done && all
			for _, s := range ask {
				_ = unix.Tgkill(pid, tid, s) // it may have ended
			}
		}
		if done {
			return
		}
		_ = unix.Nanosleep(&unix.Timespec{Nsec: int64(time.Millisecond)}, nil)
	}
}

// patience is how long that may take.
const patience = time.Second

// asks are those of some signals that a thread has to be told to block. It is told once: what it has not got yet, it
// will. all tells that it blocks all of them, or has ended. What it blocks while it handles a signal does not count;
// then it blocks also what it never does otherwise.
func asks(tid int, some []syscall.Signal) (ask []syscall.Signal, all bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/status", tid))
	if err != nil {
		return nil, true
	}
	blocked, waiting := mask(text, "SigBlk"), mask(text, "SigPnd")
	if blocked&bit(syscall.SIGSEGV) != 0 {
		return nil, false
	}
	all = true
	for _, s := range some {
		if blocked&bit(s) == 0 {
			all = false
			if waiting&bit(s) == 0 {
				ask = append(ask, s)
			}
		}
	}
	return ask, all
}

func bit(s syscall.Signal) uint64 { return 1 << (s - 1) }

// mask is a set of signals in the status of a thread.
func mask(status []byte, name string) uint64 {
	_, text, _ := bytes.Cut(status, []byte("\n"+name+":\t"))
	line, _, _ := bytes.Cut(text, []byte("\n"))
	set, err := strconv.ParseUint(string(line), 16, 64)
	if err != nil {
		return 0
	}
	return set
}

func sigaction(s syscall.Signal, now, was *action) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(now)),
		uintptr(unsafe.Pointer(was)), unsafe.Sizeof(now.mask), 0, 0)
	runtime.KeepAlive(now)
	runtime.KeepAlive(was)
	if errno != 0 {
		return fmt.Errorf("have signal %d wait: %w", s, errno)
	}
	return nil
}
