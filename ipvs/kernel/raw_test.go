package kernel

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

func TestInterruptedCallsAreMadeAgain(t *testing.T) {
	for _, test := range []struct{ interrupted, calls int }{{0, 1}, {1, 2}, {interruptions - 1, interruptions}} {
		calls := 0
		err := uninterrupted(func() error {
			if calls++; calls <= test.interrupted {
				return unix.EINTR
			}
			return unix.ENOBUFS
		})
		if err != unix.ENOBUFS || calls != test.calls {
			t.Errorf("interrupted %d times: %v after %d calls", test.interrupted, err, calls)
		}
	}
	calls := 0
	if err := uninterrupted(func() error { calls++; return unix.EINTR }); err != unix.EINTR || calls != interruptions {
		t.Errorf("interrupted always: %v after %d calls", err, calls)
	}
}

// An answer that is there is taken whatever the deadline says: this process may have stood
// still since it asked. When there is none, the deadline counts.
func TestAnswerAfterTheDeadline(t *testing.T) {
	c, err := dial(0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := netlink.Message{
		Header: netlink.Header{Type: unix.GENL_ID_CTRL, Flags: netlink.Request | netlink.Acknowledge, Sequence: 5},
	}
	if m.Data, err = (genetlink.Message{Header: genetlink.Header{Command: unix.CTRL_CMD_GETFAMILY, Version: 1}}).MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	m.Header.Length = uint32(messageHeader + len(m.Data))
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.raw.send(b); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	in := make([]byte, largestAnswer)
	n, err := c.raw.receive(in)
	if err != nil {
		t.Fatalf("the answer was there: %v", err)
	}
	if i, _, _, err := answer(in[:n], 5); i != 0 || err != nil { // it names no family: refused
		t.Errorf("answer to command %d, %v", i, err)
	}
	if _, err := c.raw.receive(in); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("without an answer: %v", err)
	}
}

// What another process sends to the socket is no answer, and does not come before one either.
func TestAnswersOfStrangers(t *testing.T) {
	c, err := dial(0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sys, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var port uint32
	if err := sys.Control(func(fd uintptr) {
		if at, err := unix.Getsockname(int(fd)); err == nil {
			port = at.(*unix.SockaddrNetlink).Pid
		}
	}); err != nil || port == 0 {
		t.Fatal(port, err)
	}
	stranger, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_GENERIC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stranger)
	lie := make([]byte, messageHeader+4) // done, without an error
	lie[0], lie[4], lie[8] = byte(len(lie)), unix.NLMSG_ERROR, 5
	for range interruptions + 1 {
		if err := unix.Sendto(stranger, lie, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: port}); err != nil {
			t.Fatal(err)
		}
	}
	ask := make([]byte, messageHeader) // of a kind that is not there
	ask[0], ask[4], ask[6], ask[8] = byte(len(ask)), 0xff, unix.NLM_F_REQUEST, 5
	if err := c.raw.send(ask); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	in := make([]byte, largestAnswer)
	n, err := c.raw.receive(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, errno, _, err := answer(in[:n], 5); err != nil || errno == 0 {
		t.Errorf("the word of a stranger was taken for the kernel's: %v, %v", errno, err)
	}
	if err := c.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.raw.receive(in); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes more, %v", n, err)
	}
}
