package kernel

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/mdlayher/genetlink"
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
	errs := make([]error, len(cmds))
	for from := 0; from < len(cmds); from += batch {
		to := min(from+batch, len(cmds))
		if err := h.applyBatch(cmds[from:to], errs[from:to]); err != nil {
			// Which of the batch were done is not known, so what they did is for
			// the caller to read.
			err = fmt.Errorf("writing the IPVS table: %w", errors.Join(err, h.connect()))
			for i := range errs[from:] {
				if errs[from+i] == nil {
					errs[from+i] = err
				}
			}
			break
		}
	}
	if !slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return nil
	}
	return errs
}

// applyBatch sends the commands and sets errs of those refused. Its own error is of
// the transport.
func (h *Handle) applyBatch(cmds []ipvs.Command, errs []error) error {
	msgs := make([]netlink.Message, 0, len(cmds))
	index := make([]int, 0, len(cmds)) // of the command of each message
	for i, c := range cmds {
		cmd, attrs, err := packCommand(c)
		if err != nil {
			errs[i] = refused(c, err)
			continue
		}
		m := genetlink.Message{Header: genetlink.Header{Command: cmd, Version: familyVersion}, Data: attrs}
		data, err := m.MarshalBinary()
		if err != nil {
			errs[i] = refused(c, err)
			continue
		}
		msgs = append(msgs, netlink.Message{
			Header: netlink.Header{Type: netlink.HeaderType(h.family), Flags: netlink.Request},
			Data:   data,
		})
		index = append(index, i)
	}
	if len(msgs) == 0 {
		return nil
	}
	// Refusals are always answered, success only when asked for; the kernel works
	// in order, so the last answer ends the batch.
	msgs[len(msgs)-1].Header.Flags |= netlink.Acknowledge
	if err := h.nl.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	sent, err := h.nl.SendMessages(msgs)
	if err != nil {
		return err
	}
	return h.collect(sent, func(i int, err error) {
		errs[index[i]] = refused(cmds[index[i]], err)
	})
}

// collect reads the answers until that to the last message, and reports refusals
// by the number of the message.
func (h *Handle) collect(sent []netlink.Message, refused func(i int, err error)) error {
	first, last := sent[0].Header.Sequence, len(sent)-1
	for {
		msgs, err := h.nl.Receive()
		if err != nil {
			var op *netlink.OpError
			if !answered(err) || !errors.As(err, &op) {
				return err
			}
			i := int(op.Sequence - first)
			if i < 0 || i > last {
				return fmt.Errorf("answer to a request not made: %w", err)
			}
			refused(i, op.Err)
			if i == last {
				return nil
			}
		}
		for _, m := range msgs {
			if m.Header.Sequence == sent[last].Header.Sequence && m.Header.Type == netlink.Error {
				return nil
			}
		}
	}
}

// refused makes the kernel's errno an error about the command.
func refused(c ipvs.Command, err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return &ipvs.CommandError{Command: c, Err: err}
	}
	return &ipvs.CommandError{Command: c, Err: errno, Errno: int(errno)}
}
