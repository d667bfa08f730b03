package super

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// This file is the socket on which a process is asked to hand over, and gets what another one hands over. Its two ends
// may be of two versions of this program.

// What is said on the socket: a letter, a text, and descriptors. The supervisor asks (handAsk) and is answered (handIs,
// which handEvents may go before, or handNot with why). It passes the answer on to the successor on the socket of that
// (handGiven), and tells the verdict.
const (
	handAsk    = 'H'
	handEvents = 'e'
	handIs     = 'h'
	handNot    = 'n'
	handGiven  = 'g'
	handLeave  = 'L' // another process goes on: end, and leave everything as it is
	handStay   = 'S' // go on
)

// maxFiles is how many descriptors may be handed over at once.
const maxFiles = 16

// handHead is the length of the text, and the letter.
const handHead = 5

// sayHand says something on the socket. Descriptors go with the head.
func sayHand(w io.Writer, what byte, h Handover) error {
	switch {
	case len(h.State) >= maxFrame:
		return fmt.Errorf("a handover of %d bytes is too long", len(h.State))
	case len(h.Files) > maxFiles:
		return fmt.Errorf("a handover of %d descriptors is too long", len(h.Files))
	}
	frame := make([]byte, handHead, handHead+len(h.State))
	binary.BigEndian.PutUint32(frame, uint32(len(h.State)))
	frame[handHead-1] = what
	frame = append(frame, h.State...)
	if len(h.Files) > 0 {
		if err := sendFiles(w, frame[:handHead], h.Files); err != nil {
			return err
		}
		frame = frame[handHead:]
	}
	_, err := w.Write(frame)
	return err
}

// sendFiles writes a few bytes with descriptors.
func sendFiles(w io.Writer, few []byte, fds []int) error {
	raw, err := rawOf(w)
	if err != nil {
		return err
	}
	rights := unix.UnixRights(fds...)
	var n int
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		n, failed = unix.SendmsgN(int(fd), few, rights, nil, unix.MSG_NOSIGNAL)
		return !errors.Is(failed, unix.EAGAIN)
	})
	switch {
	case err != nil:
		return err
	case failed != nil:
		return fmt.Errorf("hand descriptors over: %w", failed)
	case n < len(few):
		return io.ErrShortWrite
	}
	return nil
}

func rawOf(of any) (syscall.RawConn, error) {
	c, is := of.(syscall.Conn)
	if !is {
		return nil, errors.New("hand descriptors over: this is no socket")
	}
	return c.SyscallConn()
}

// hearHand waits for what is said on it.
func hearHand(r io.Reader) (what byte, h Handover, err error) {
	var head [handHead]byte
	if h.Files, err = readHead(r, head[:]); err != nil {
		h.Close()
		return 0, Handover{}, err
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n > maxFrame {
		h.Close()
		return 0, Handover{}, fmt.Errorf("a handover claims %d bytes", n)
	}
	// Until the bytes are there, the length is only a claim.
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, n); err != nil {
		h.Close()
		return 0, Handover{}, err
	}
	h.State = b.Bytes()
	return head[handHead-1], h, nil
}

// readHead fills head, and gives the descriptors that came with it.
func readHead(r io.Reader, head []byte) (fds []int, err error) {
	raw, err := rawOf(r)
	if err != nil { // nothing can come with it
		_, err := io.ReadFull(r, head)
		return nil, err
	}
	oob := make([]byte, unix.CmsgSpace(4*maxFiles))
	for got := 0; got < len(head); {
		var n, oobn int
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			n, oobn, _, _, failed = unix.Recvmsg(int(fd), head[got:], oob, unix.MSG_CMSG_CLOEXEC)
			return !errors.Is(failed, unix.EAGAIN)
		})
		switch {
		case errors.Is(failed, unix.EINTR):
			continue
		case err != nil || failed != nil:
			return fds, errors.Join(err, failed)
		case n == 0 && got == 0:
			return fds, io.EOF
		case n == 0:
			return fds, io.ErrUnexpectedEOF
		}
		got += n
		fds = append(fds, filesIn(oob[:oobn])...)
	}
	return fds, nil
}

// filesIn are the descriptors in control messages.
func filesIn(oob []byte) (fds []int) {
	all, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for i := range all {
		if some, err := unix.ParseUnixRights(&all[i]); err == nil {
			fds = append(fds, some...)
		}
	}
	return fds
}
