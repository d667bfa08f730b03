package track

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"holdfast/internal/netspace"
	"holdfast/internal/sockbuf"
)

// What the kernel tells of processes, numbered as in linux/cn_proc.h.
const (
	procNone = 0 // the answer to a subscription
	procFork = 1
	procExec = 2
	procComm = 0x200
	procExit = 0x80000000

	// procLost is our own: the kernel had more to tell than there was room for.
	procLost = 0xffffffff
)

// A procEvent is something that happened to a process.
type procEvent struct {
	what   uint32
	pid    int
	parent int // of a fork
	err    error
}

// The address of process events among those of the connector; the first is their multicast group, too.
const (
	connectorProcesses = 1
	connectorValue     = 1
)

// Where things are in a message: a netlink header, that of the connector, what happened and when, and then the
// numbers of processes and their threads.
const (
	atKind     = unix.NLMSG_HDRLEN + 20
	atFirst    = atKind + 16
	eventSize  = atFirst + 16
	procBuffer = 1 << 20 // a burst of a thousand processes
)

// connector is the kernel's process connector.
type connector struct {
	conn *netlink.Conn
	raw  syscall.RawConn
}

// openConnector subscribes to what happens to processes. The kernel has nothing to tell in other network namespaces
// than the first: if ours is another, the one of process 1 is tried. Whether there is anything to hear is
// only known when the answer has come.
func openConnector() (*connector, error) {
	c, err := dialConnector(0)
	// That is the answer where nobody in this namespace takes what a connector is sent.
	if !errors.Is(err, unix.ECONNREFUSED) {
		return c, err
	}
	ns, nserr := netspace.Of(1)
	if nserr != nil {
		return nil, err
	}
	defer func() { _ = ns.Close() }() // nothing was written
	return dialConnector(int(ns.Fd()))
}

func dialConnector(ns int) (*connector, error) {
	conn, err := netlink.Dial(unix.NETLINK_CONNECTOR, &netlink.Config{Groups: connectorProcesses, NetNS: ns})
	if err != nil {
		return nil, fmt.Errorf("cannot open the process connector: %w", err)
	}
	c := &connector{conn: conn}
	if err := c.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot subscribe to process events: %w", err), conn.Close())
	}
	return c, nil
}

func (c *connector) begin() (err error) {
	if c.raw, err = c.conn.SyscallConn(); err != nil {
		return err
	}
	// The filter before the subscription, or threads would fill the buffer in between.
	filter, err := leaders()
	if err != nil {
		return err
	}
	if err := c.conn.SetBPF(filter); err != nil {
		return err
	}
	_ = c.resize(sockbuf.Size{}) // good to have, and no condition
	return c.subscribe(1)
}

// resize gives the socket its receive buffer (process_monitor_rcv_bufs); 0 is our own size.
func (c *connector) resize(s sockbuf.Size) error {
	return sockbuf.On(c.raw, func(fd int) error { return sockbuf.SetOr(fd, s, procBuffer) })
}

// subscribe sends an operation of the connector: 1 to listen, 2 to end it.
func (c *connector) subscribe(op uint32) error {
	// cn_msg: idx, val, seq, ack (4 each), length and flags (2 each), and then the operation (4).
	b := make([]byte, 24)
	order := binary.NativeEndian
	order.PutUint32(b, connectorProcesses)
	order.PutUint32(b[4:], connectorValue)
	order.PutUint16(b[16:], 4)
	order.PutUint32(b[20:], op)
	_, err := c.conn.Send(netlink.Message{Header: netlink.Header{Type: netlink.Done}, Data: b})
	return err
}

// leaders is a filter that lets pass what concerns processes as a whole: threads come and go by the thousand, and the
// kernel must not wake us for them.
func leaders() ([]bpf.RawInstruction, error) {
	// Loads are big-endian, and the message is as this machine has it.
	value := func(v uint32) uint32 {
		var b [4]byte
		binary.NativeEndian.PutUint32(b[:], v)
		return binary.BigEndian.Uint32(b[:])
	}
	same := func(first uint32) []bpf.Instruction { // whether thread and process are one
		return []bpf.Instruction{
			bpf.LoadAbsolute{Off: first, Size: 4},
			bpf.TAX{},
			bpf.LoadAbsolute{Off: first + 4, Size: 4},
			bpf.JumpIfX{Cond: bpf.JumpEqual, SkipFalse: 1},
			bpf.RetConstant{Val: 1 << 16},
			bpf.RetConstant{Val: 0},
		}
	}
	program := []bpf.Instruction{
		// The jumps count the instructions that they leave out. A fork goes to the first block
		// behind this list, another name or an end to the second; a new program and the answer
		// pass.
		bpf.LoadAbsolute{Off: atKind, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: value(procFork), SkipTrue: 6},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: value(procComm), SkipTrue: 11},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: value(procExit), SkipTrue: 10},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: value(procExec), SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: value(procNone), SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.RetConstant{Val: 1 << 16},
	}
	program = append(program, same(atFirst+8)...) // of a fork the child
	program = append(program, same(atFirst)...)
	return bpf.Assemble(program)
}

// read waits for events and gives all there are.
func (c *connector) read(buf []byte) (events []procEvent, err error) {
	rerr := c.raw.Read(func(fd uintptr) bool {
		for {
			n, _, rerr := unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT)
			switch {
			case errors.Is(rerr, unix.EAGAIN):
				// False has the runtime wait until the socket can be read again, or the deadline is
				// over.
				return len(events) > 0
			case errors.Is(rerr, unix.EINTR):
				continue
			// The socket goes on afterwards: only what did not fit is lost.
			case errors.Is(rerr, unix.ENOBUFS):
				events = append(events, procEvent{what: procLost})
				continue
			case rerr != nil:
				err = os.NewSyscallError("recvfrom", rerr)
				return true
			}
			if e, ok := parseEvent(buf[:n]); ok {
				events = append(events, e)
			}
		}
	})
	return events, errors.Join(rerr, err)
}

// parseEvent reads one message.
func parseEvent(b []byte) (e procEvent, ok bool) {
	order := binary.NativeEndian
	if len(b) < eventSize || order.Uint32(b[unix.NLMSG_HDRLEN:]) != connectorProcesses {
		return e, false
	}
	word := func(i int) int { return int(int32(order.Uint32(b[atFirst+4*i:]))) }
	e.what = order.Uint32(b[atKind:])
	switch e.what {
	case procNone:
		if n := word(0); n != 0 {
			e.err = unix.Errno(n)
		}
	case procFork:
		// A fork tells of parent and child, thread and process of each; of a process both are the
		// same.
		e.parent, e.pid = word(1), word(3)
	case procExec, procComm, procExit:
		e.pid = word(1)
	default:
		return e, false
	}
	return e, true
}

// answered waits for the answer to the subscription. What comes before it is lost.
func (c *connector) answered(buf []byte, within time.Duration) error {
	if err := c.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	for {
		events, err := c.read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return errors.New("the kernel does not answer")
		}
		if err != nil {
			return err
		}
		for _, e := range events {
			// The deadline was for the answer only: from now on silence is what a quiet host does.
			if e.what == procNone {
				return errors.Join(e.err, c.conn.SetReadDeadline(time.Time{}))
			}
		}
	}
}

func (c *connector) close() error {
	return errors.Join(c.subscribe(2), c.conn.Close())
}
