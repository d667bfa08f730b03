// Package kernel reads and writes the kernel's IPVS table over generic netlink.
//
// Requests and answers go through mdlayher/genetlink, but for what is said in them: that this
// package writes (pack.go) and reads (walk.go) itself, in one buffer for many commands, because
// a large table is more than ten thousand of them.
package kernel

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"holdfast/internal/sockbuf"
)

// ErrUnavailable is why Open fails on a kernel without IPVS (semantics 8.1).
var ErrUnavailable = errors.New("kernel has no IPVS: load module ip_vs")

// The kernel answers while it takes the request, so only a defect makes anything wait after that. Who
// uses the table has other things to do meanwhile.
const (
	// patience bounds the wait for the answer to a request.
	patience = 2 * time.Second
	// dumpPatience bounds the wait for all parts of a dump: the kernel makes each when it is asked for,
	// and may have to wait for others each time.
	dumpPatience = 10 * time.Second
	// refusalPatience bounds the wait for what became of commands, after they were carried out.
	refusalPatience = 500 * time.Millisecond
	// lookAgain bounds a second look for an answer that must be there by then.
	lookAgain = 50 * time.Millisecond
)

// largestDump is the most the kernel puts into one part of a dump.
const largestDump = 32 << 10

// Handle is an open way to the table of one network namespace, that of the thread
// which called Open; a handle whose socket fails opens another one in the namespace of the
// thread it is used by. Its methods may be called by several goroutines, one at a time
// is served.
type Handle struct {
	mu     sync.Mutex
	dial   func() (connection, error)
	space  *os.File // nil is that of the thread
	nl     *netlink.Conn
	raw    raw            // the same socket
	buf    sockbuf.Buffer // of it
	size   sockbuf.Size
	genl   *genetlink.Conn
	family uint16

	out, in  []byte    // of one batch, used again and again
	part     []byte    // of a dump, likewise
	refusals []refusal // of the last batch
	sequence uint32    // of the next command
}

// Open finds the kernel's IPVS, loading the module if need be. The error is
// ErrUnavailable if there is none, EPERM without the right to use it.
func Open() (*Handle, error) {
	return open(func() (connection, error) { return dial(0) }, modprobe)
}

// OpenIn is Open for the table of a network namespace that is open as a file, which has to stay open: a handle
// whose socket fails opens another one there. Each takes CAP_SYS_ADMIN.
func OpenIn(space *os.File) (*Handle, error) {
	h, err := open(func() (connection, error) { return dial(int(space.Fd())) }, modprobe)
	if err != nil {
		return nil, err
	}
	h.space = space
	return h, nil
}

func open(dial func() (connection, error), load func() error) (*Handle, error) {
	h := &Handle{dial: dial}
	err := h.connect()
	if errors.Is(err, os.ErrNotExist) {
		loadErr := load()
		if err = h.connect(); errors.Is(err, os.ErrNotExist) {
			err = ErrUnavailable
			if loadErr != nil {
				err = fmt.Errorf("%w (%v)", ErrUnavailable, loadErr)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	// The family is found without rights, and using it takes them: said now, not at the first write.
	if _, err := h.execute(cmdGetInfo, netlink.Request, nil); err != nil {
		return nil, errors.Join(failed("opening IPVS", err), h.Close())
	}
	return h, nil
}

// connect opens the netlink socket and finds the family.
func (h *Handle) connect() error {
	c, err := h.dial()
	if err != nil {
		return failed("opening a netlink socket for IPVS", err)
	}
	g := genetlink.NewConn(c.Conn)
	family, err := findFamily(g)
	if err != nil {
		return errors.Join(failed("finding IPVS in the kernel", err), c.Close())
	}
	// Not before there is another one: a handle is never without a socket.
	if h.nl != nil {
		h.nl.Close() // it failed already
	}
	h.nl, h.raw, h.genl, h.family, h.buf = c.Conn, c.raw, g, family, sockbuf.Buffer{}
	_ = h.resize() // a buffer of another size is not worse than no table
	return nil
}

// SetReceiveBuffer sizes the buffer of answers, of this socket and of those that replace it.
func (h *Handle) SetReceiveBuffer(s sockbuf.Size) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.size = s
	return h.resize()
}

func (h *Handle) resize() error {
	if h.size == (sockbuf.Size{}) && h.buf == (sockbuf.Buffer{}) {
		return nil
	}
	c, err := h.nl.SyscallConn()
	if err != nil {
		return err
	}
	return sockbuf.On(c, func(fd int) error { return h.buf.Set(fd, h.size) })
}

// findFamily asks for the number of the family. The error is ENOENT if there is none.
func findFamily(g *genetlink.Conn) (uint16, error) {
	msgs, err := ask(g, genetlink.Message{
		Header: genetlink.Header{Command: unix.CTRL_CMD_GETFAMILY, Version: 1},
		Data:   appendString(nil, unix.CTRL_ATTR_FAMILY_NAME, familyName),
	}, unix.GENL_ID_CTRL, netlink.Request)
	if err != nil {
		return 0, err
	}
	var family uint16
	for _, m := range msgs {
		w := walk{rest: m.Data}
		for w.next() {
			if w.kind == unix.CTRL_ATTR_FAMILY_ID {
				family = w.uint16()
			}
		}
		if w.err != nil {
			return 0, w.err
		}
	}
	if family == 0 {
		return 0, errors.New("an answer without a number")
	}
	return family, nil
}

// Close frees the sockets. The table stays as it is.
func (h *Handle) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.nl.Close()
}

// findAgain looks the family up, whose number is another one after the module was loaded again; asking
// for it makes the kernel load a module that is not there. It reports whether the number has changed.
// The error is ErrUnavailable if there is no IPVS any more.
func (h *Handle) findAgain() (changed bool, err error) {
	family, err := findFamily(h.genl)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, ErrUnavailable
	case err != nil:
		return false, h.afresh(err)
	}
	changed, h.family = family != h.family, family
	return changed, nil
}

// execute sends one request that neither names a scheduler nor a destination, and
// collects the answer.
//
// After a failure to talk to the kernel the next request finds a new socket, on
// which no late answers come. ENOENT is no answer to such a request: it is the kernel's to a number
// that is no family.
func (h *Handle) execute(cmd uint8, flags netlink.HeaderFlags, attrs []byte) ([]genetlink.Message, error) {
	msgs, err := h.executeOnce(cmd, flags, attrs)
	switch {
	case err == nil:
		return msgs, nil
	case !answered(err):
		return nil, h.afresh(err)
	case !errors.Is(err, syscall.ENOENT):
		return nil, err
	}
	if changed, again := h.findAgain(); again != nil {
		return nil, again
	} else if !changed {
		return nil, err
	}
	return h.executeOnce(cmd, flags, attrs)
}

// afresh opens the socket again after err: no late answers come on a new one.
func (h *Handle) afresh(err error) error {
	if again := h.connect(); again != nil {
		return fmt.Errorf("%w; then %v", err, again)
	}
	return err
}

func (h *Handle) executeOnce(cmd uint8, flags netlink.HeaderFlags, attrs []byte) ([]genetlink.Message, error) {
	m := genetlink.Message{Header: genetlink.Header{Command: cmd, Version: familyVersion}, Data: attrs}
	return ask(h.genl, m, h.family, flags)
}

// ask sends one request and collects the answer. Sending takes as long as the request does, and as those
// of others before it: while the kernel loads a scheduler nobody gets through. Patience begins after that.
func ask(
	g *genetlink.Conn, m genetlink.Message, family uint16, flags netlink.HeaderFlags,
) ([]genetlink.Message, error) {
	request, err := g.Send(m, family, flags)
	if err != nil {
		return nil, err
	}
	wait := patience
	if flags&netlink.Dump == netlink.Dump {
		wait = dumpPatience
	}
	if err := g.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return nil, err
	}
	msgs, replies, err := g.Receive()
	if errors.Is(err, os.ErrDeadlineExceeded) && flags&netlink.Dump != netlink.Dump {
		// A process that was stopped for a while finds its deadline over before it has looked.
		if err := g.SetReadDeadline(time.Now().Add(lookAgain)); err != nil {
			return nil, err
		}
		msgs, replies, err = g.Receive()
	}
	if err != nil {
		return nil, err
	}
	return msgs, netlink.Validate(request, replies)
}

// answered reports whether err is the kernel's answer to a request, as opposed to a
// failure to talk to it.
func answered(err error) bool {
	var op *netlink.OpError
	return errors.As(err, &op) && op.Sequence != 0
}

// failed says what was tried, and the way out where rights are missing.
func failed(what string, err error) error {
	var errno syscall.Errno
	switch {
	case !errors.As(err, &errno):
		return fmt.Errorf("%s: %w", what, err)
	case errno == syscall.EPERM:
		return fmt.Errorf("%s: %w (needs root or CAP_NET_ADMIN)", what, errno)
	}
	return fmt.Errorf("%s: %w", what, errno)
}
