package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// batch is how many commands go to the kernel in one system call. The refusals of
// all of them fit into the default receive buffer of the socket (208 KiB, of which
// each takes less than 1 KiB).
const batch = 64

// A refusal is a command of a batch that was not carried out, and why.
type refusal struct {
	i   int // which command
	err error
}

// Apply carries out commands in order, each whatever became of those before it, in two
// system calls per 64 commands. It gives nil if all succeeded, else a list as long as cmds
// with nil for each that did. A refusal is an *ipvs.CommandError with the kernel's errno:
// EEXIST for what is there already, ESRCH for a service and ENOENT for a destination that
// is not, ENOENT for an unknown scheduler. Any other error is of the way to the kernel; it
// is ErrUnavailable when the module is gone.
func (h *Handle) Apply(cmds []ipvs.Command) []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error // made for the first that fails
	fail := func(i int, err error) {
		if errs == nil {
			errs = make([]error, len(cmds))
		}
		errs[i] = err
	}
	for from := 0; from < len(cmds); from += batch {
		part := cmds[from:min(from+batch, len(cmds))]
		if err := h.applyPart(part); err != nil {
			// Which of the batch were done is not known, so what they did is for
			// the caller to read.
			err = fmt.Errorf("writing the IPVS table: %w", err)
			for i := from; i < len(cmds); i++ {
				fail(i, err)
			}
			break
		}
		for _, r := range h.refusals {
			fail(from+r.i, refused(part[r.i], r.err))
		}
	}
	return errs
}

// applyPart carries out a batch and leaves in h.refusals what was refused of it. Its own
// error is of the transport.
func (h *Handle) applyPart(part []ipvs.Command) error {
	err := h.applyBatch(part)
	if err != nil {
		return h.afresh(err)
	}
	if !h.nothingFound(len(part)) {
		return nil
	}
	changed, err := h.findAgain()
	if err != nil || !changed {
		return err
	}
	return h.applyBatch(part)
}

// nothingFound reports whether each of n commands was answered ENOENT. Unless that is what
// became of them one by one, which costs a request to find out, the kernel does not know
// the family by its number any more, and has not looked into any of them: they can be sent again.
func (h *Handle) nothingFound(n int) bool {
	for _, r := range h.refusals {
		if !errors.Is(r.err, syscall.ENOENT) {
			return false
		}
	}
	return n > 0 && len(h.refusals) == n
}

// applyBatch sends the commands and collects what is refused of them. The sequence number
// of a request is that of its command.
func (h *Handle) applyBatch(cmds []ipvs.Command) error {
	h.out, h.refusals = h.out[:0], h.refusals[:0]
	first, last := h.sequence, -1
	h.sequence += uint32(len(cmds))
	start := 0 // of the last request
	for i, c := range cmds {
		at := len(h.out)
		var err error
		if h.out, err = appendCommand(h.out, h.family, first+uint32(i), c); err != nil {
			h.refusals = append(h.refusals, refusal{i, err})
			continue
		}
		start, last = at, i
	}
	if last < 0 {
		return nil
	}
	// Refusals are always answered, success only when asked for; the kernel works
	// in order, so the last answer ends the batch.
	setFlags(h.out[start:], netlink.Request|netlink.Acknowledge)
	if err := h.raw.send(h.out); err != nil {
		return err
	}
	if err := h.nl.SetReadDeadline(time.Now().Add(refusalPatience)); err != nil {
		return err
	}
	return h.collect(first, last)
}

// collect reads the answers until that to the last command, and adds to h.refusals.
func (h *Handle) collect(first uint32, last int) error {
	if h.in == nil {
		h.in = make([]byte, largestAnswer)
	}
	for {
		n, err := h.raw.receive(h.in)
		if err != nil {
			return err
		}
		for b := h.in[:n]; len(b) > 0; {
			i, errno, rest, err := answer(b, first)
			if err != nil {
				return err
			}
			if i < 0 || i > last {
				return errors.New("answer to a request not made")
			}
			if errno != 0 {
				h.refusals = append(h.refusals, refusal{i, errno})
			}
			if i == last {
				return nil
			}
			b = rest
		}
	}
}

// largestAnswer is more than the answer to a command is long: 36 bytes.
const largestAnswer = 4096

// answer reads the first of the messages in b, which says what became of a command.
func answer(b []byte, first uint32) (i int, errno syscall.Errno, rest []byte, err error) {
	if len(b) < messageHeader+4 {
		return 0, 0, nil, fmt.Errorf("netlink answer of %d bytes", len(b))
	}
	n := int(binary.NativeEndian.Uint32(b))
	if n < messageHeader+4 || n > len(b) {
		return 0, 0, nil, fmt.Errorf("netlink answer of length %d in %d bytes", n, len(b))
	}
	if kind := netlink.HeaderType(binary.NativeEndian.Uint16(b[4:])); kind != netlink.Error {
		return 0, 0, nil, fmt.Errorf("netlink answer of type %v to an IPVS command", kind)
	}
	i = int(int32(binary.NativeEndian.Uint32(b[8:]) - first))
	errno = syscall.Errno(-int32(binary.NativeEndian.Uint32(b[messageHeader:])))
	return i, errno, b[min((n+3)&^3, len(b)):], nil
}

// refused makes the kernel's errno an error about the command.
func refused(c ipvs.Command, err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return &ipvs.CommandError{Command: c, Err: err}
	}
	return &ipvs.CommandError{Command: c, Err: errno, Errno: int(errno)}
}
