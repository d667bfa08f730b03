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

// Apply carries out commands in order, each whatever became of those before it, as
// Do would, but in two system calls per 64 commands. It gives nil if all succeeded,
// else a list as long as cmds with nil for each that did; refusals are
// *ipvs.CommandError.
func (h *Handle) Apply(cmds []ipvs.Command) []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.apply(cmds)
}

func (h *Handle) apply(cmds []ipvs.Command) []error {
	var errs []error // made for the first that fails
	fail := func(i int, err error) {
		if errs == nil {
			errs = make([]error, len(cmds))
		}
		if errs[i] == nil {
			errs[i] = err
		}
	}
	for from := 0; from < len(cmds); from += batch {
		part := cmds[from:min(from+batch, len(cmds))]
		err := h.applyBatch(part, func(i int, err error) { fail(from+i, refused(part[i], err)) })
		if err != nil {
			// Which of the batch were done is not known, so what they did is for
			// the caller to read.
			err = fmt.Errorf("writing the IPVS table: %w", h.afresh(err))
			for i := from; i < len(cmds); i++ {
				fail(i, err)
			}
			break
		}
	}
	return errs
}

// applyBatch sends the commands and reports those refused by their number. Its own
// error is of the transport. The sequence number of a request is that of its command.
func (h *Handle) applyBatch(cmds []ipvs.Command, refused func(i int, err error)) error {
	h.out = h.out[:0]
	first, last := h.sequence, -1
	h.sequence += uint32(len(cmds))
	start := 0 // of the last request
	for i, c := range cmds {
		at := len(h.out)
		var err error
		if h.out, err = appendCommand(h.out, h.family, first+uint32(i), c); err != nil {
			refused(i, err)
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
	return h.collect(first, last, refused)
}

// collect reads the answers until that to the last command, and reports refusals.
func (h *Handle) collect(first uint32, last int, refused func(i int, err error)) error {
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
				refused(i, errno)
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
