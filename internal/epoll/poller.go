// Package epoll waits for sockets, for a wake-up and for a deadline, for loops that are one thread.
package epoll

import (
	"errors"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Poller waits for sockets, for a wake-up from another goroutine and for a deadline,
// all in one system call. The sockets are not in the runtime's own poller: a
// received advertisement then costs one thread switch and no goroutine.
type Poller struct {
	epoll, event int
	events       []unix.EpollEvent
	coarse       bool // the kernel has no epoll_pwait2 (before 5.11)
}

// New gives a Poller that waits for nothing but a wake-up.
func New() (*Poller, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	ev, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(ep)
		return nil, os.NewSyscallError("eventfd", err)
	}
	p := &Poller{epoll: ep, event: ev, events: make([]unix.EpollEvent, 16)}
	if err := p.Add(ev); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close gives everything back.
func (p *Poller) Close() {
	unix.Close(p.epoll)
	unix.Close(p.event)
}

// Add has Wait tell when a descriptor is readable.
func (p *Poller) Add(fd int) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if err := unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return os.NewSyscallError("epoll_ctl", err)
	}
	// One wait must be able to tell all sockets that are ready.
	p.events = append(p.events, unix.EpollEvent{})
	return nil
}

// Remove takes back an Add.
func (p *Poller) Remove(fd int) {
	_ = unix.EpollCtl(p.epoll, unix.EPOLL_CTL_DEL, fd, nil)
	p.events = p.events[:len(p.events)-1]
}

// Wake ends the wait under way, or the next one. It may be called by any goroutine.
func (p *Poller) Wake() {
	one := [8]byte{1}
	_, _ = unix.Write(p.event, one[:]) // EAGAIN means a wake-up is pending anyway
}

// Wait waits until a socket is readable, Wake is called or timeout has passed
// (negative: for ever), and calls ready for every readable socket. A signal may end
// the wait early, but with nothing called no socket was readable.
func (p *Poller) Wait(timeout time.Duration, ready func(fd int)) error {
	n, err := p.sleep(timeout)
	for errors.Is(err, unix.EINTR) {
		n, err = p.sleep(0)
	}
	if err != nil {
		return err
	}
	for _, ev := range p.events[:max(n, 0)] {
		if int(ev.Fd) == p.event {
			var count [8]byte
			_, _ = unix.Read(p.event, count[:])
			continue
		}
		ready(int(ev.Fd))
	}
	return nil
}

func (p *Poller) sleep(timeout time.Duration) (int, error) {
	if !p.coarse {
		var ts *unix.Timespec
		if timeout >= 0 {
			t := unix.NsecToTimespec(int64(timeout))
			ts = &t
		}
		n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.epoll), uintptr(unsafe.Pointer(&p.events[0])),
			uintptr(len(p.events)), uintptr(unsafe.Pointer(ts)), 0, 0)
		if errno == 0 {
			return int(n), nil
		}
		if errno != unix.ENOSYS {
			return 0, errno
		}
		p.coarse = true
	}
	ms := -1
	if timeout >= 0 {
		ms = int((timeout + time.Millisecond - 1) / time.Millisecond)
	}
	return unix.EpollWait(p.epoll, p.events, ms)
}
