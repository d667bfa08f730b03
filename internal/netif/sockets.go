package netif

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// A sender sends frames. It never waits.
type sender interface {
	// send sends a frame from the interface with that index. The error is one of those that
	// noRoom knows when it could be sent later.
	send(index int, to, frame []byte) error
	// forget gives up what is kept for an interface that is gone.
	forget(index int)
	close() error
}

// noRoom reports whether a frame was refused for a reason that passes by itself.
func noRoom(err error) bool {
	for _, errno := range []error{unix.EAGAIN, unix.ENOBUFS, unix.ENOMEM, unix.EMFILE, unix.ENFILE} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// sockets are packet sockets for sending. One serves all interfaces as long as it has room,
// because the kernel takes 10 ms and more to close one, and there may be hundreds of virtual
// MAC interfaces. The frames that an interface does not get rid of fill the buffer of the
// socket they were sent with; the socket does not tell whose they are. So an interface that
// finds the common socket full gets a socket of its own: if that is full too, it is the
// interface that does not send.
type sockets struct {
	common  int         // 0 until something is sent
	own     map[int]int // by interface index
	to      unix.SockaddrLinklayer
	closing sync.WaitGroup

	mu  sync.Mutex // of err, which several closers may set
	err error
}

func packetSocket() (int, error) {
	// Protocol 0: the socket is for sending and receives nothing. It is bound to no interface:
	// each frame says which.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return 0, fmt.Errorf("open packet socket: %w", os.NewSyscallError("socket", err))
	}
	return fd, nil
}

func (s *sockets) send(index int, to, frame []byte) (err error) {
	fd, own := s.own[index]
	if !own {
		if s.common == 0 {
			if s.common, err = packetSocket(); err != nil {
				return err
			}
		}
		fd = s.common
	}
	// One address for all frames, so that none has to be made: a sender is used by one goroutine.
	s.to.Ifindex, s.to.Halen = index, uint8(copy(s.to.Addr[:], to))
	err = unix.Sendto(fd, frame, unix.MSG_DONTWAIT, &s.to)
	// Full by the frames of some interface, perhaps of another: with one of its own it shows.
	if errors.Is(err, unix.EAGAIN) && !own {
		if fd, err = packetSocket(); err != nil {
			return err
		}
		if s.own == nil {
			s.own = map[int]int{}
		}
		s.own[index] = fd
		err = unix.Sendto(fd, frame, unix.MSG_DONTWAIT, &s.to)
	}
	return os.NewSyscallError("sendto", err)
}

func (s *sockets) forget(index int) {
	if fd, ok := s.own[index]; ok {
		delete(s.own, index)
		s.discard(fd)
	}
}

// discard closes a socket in the background: the caller has adverts to send.
func (s *sockets) discard(fd int) {
	s.closing.Go(func() {
		if err := unix.Close(fd); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.err = errors.Join(s.err, os.NewSyscallError("close", err))
		}
	})
}

// close closes all sockets, side by side, and waits for it.
func (s *sockets) close() error {
	for index := range s.own {
		s.forget(index)
	}
	if s.common != 0 {
		s.discard(s.common)
		s.common = 0
	}
	s.closing.Wait()
	return s.err
}
