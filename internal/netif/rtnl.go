package netif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"holdfast/internal/sockbuf"
)

// batch is how many requests go to the kernel in one datagram: their
// acknowledgements must fit into the receive buffer together.
const batch = 64

// Kernel is the rtnetlink door to the host. It may be used by one goroutine at a
// time, and belongs to the network namespace it was opened in.
type Kernel struct {
	procSys
	sock *nl.NetlinkSocket
	buf  sockbuf.Buffer // of sock
	seq  uint32
	inet int // datagram socket for interface ioctls
}

// patience bounds the wait for an answer: the kernel gives it while it takes the request, so what is not there by then
// was lost, and who waits has adverts to send.
const patience = 100 * time.Millisecond

// OpenKernel opens the door.
func OpenKernel() (*Kernel, error) {
	s, err := nl.Subscribe(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open rtnetlink: %w", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open ioctl socket: %w", os.NewSyscallError("socket", err))
	}
	timeout := unix.NsecToTimeval(patience.Nanoseconds())
	if err := s.SetReceiveTimeout(&timeout); err != nil {
		s.Close()
		return nil, errors.Join(fmt.Errorf("set up rtnetlink: %w", err), unix.Close(fd))
	}
	return &Kernel{sock: s, inet: fd}, nil
}

// Close closes the door.
func (k *Kernel) Close() error {
	return errors.Join(unix.Close(k.inet), k.sock.Close())
}

// SetReceiveBuffer sizes the buffer of answers (vrrp_netlink_cmd_rcv_bufs).
func (k *Kernel) SetReceiveBuffer(s sockbuf.Size) error { return k.buf.Set(k.sock.GetFd(), s) }

// Index is the number of the interface called name; the error is ENODEV if there is
// none.
func (k *Kernel) Index(name string) (int, error) {
	// It fails for a name of more than 15 bytes, which no interface can have.
	req, err := unix.NewIfreq(name)
	if err != nil {
		return 0, unix.ENODEV
	}
	if err := unix.IoctlIfreq(k.inet, unix.SIOCGIFINDEX, req); err != nil {
		return 0, err
	}
	return int(req.Uint32()), nil
}

// State reads all links and addresses.
func (k *Kernel) State() (State, error) {
	links, err := k.Links()
	if err != nil {
		return State{}, err
	}
	addresses, err := k.Addresses()
	return State{Links: links, Addresses: addresses}, err
}

// Links reads all links.
func (k *Kernel) Links() ([]Link, error) {
	var all []Link
	ask := nl.NewNetlinkRequest(unix.RTM_GETLINK, unix.NLM_F_DUMP)
	ask.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	ask.AddData(nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(skipStats)))
	err := k.dump(ask, func(again bool, b []byte) {
		if again {
			all = all[:0]
		}
		if l, ok := parseLink(b); ok {
			all = append(all, l)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read interfaces: %w", err)
	}
	return all, nil
}

// dump sends one dump request and calls each for every answer; again is set with
// the first answer of a repetition, after the kernel said that the dump was
// overtaken by a change.
func (k *Kernel) dump(ask *nl.NetlinkRequest, each func(again bool, b []byte)) error {
	// Where something changes all the time a dump may never be whole: then EINTR is the answer.
	const attempts = 5
	for try := range attempts {
		interrupted, err := k.dumpOnce(ask, try > 0, each)
		if err != nil || !interrupted {
			return err
		}
	}
	return unix.EINTR
}

func (k *Kernel) dumpOnce(ask *nl.NetlinkRequest, again bool,
	each func(again bool, b []byte)) (interrupted bool, err error) {
	k.seq++
	ask.Seq = k.seq
	if err := k.sock.Send(ask); err != nil {
		return false, err
	}
	for {
		msgs, err := k.receive()
		if err != nil {
			return false, err
		}
		for _, m := range msgs {
			if m.Header.Seq != k.seq {
				continue // left over from a request that failed half way
			}
			interrupted = interrupted || m.Header.Flags&unix.NLM_F_DUMP_INTR != 0
			switch m.Header.Type {
			case unix.NLMSG_DONE:
				return interrupted, nil
			case unix.NLMSG_ERROR:
				return false, ackError(m.Data)
			default:
				each(again, m.Data)
				again = false
			}
		}
	}
}

// receive reads a datagram of the kernel. Other processes with rights on the network can send to this socket too, and
// what they say is no answer.
func (k *Kernel) receive() ([]syscall.NetlinkMessage, error) {
	for late := false; ; {
		msgs, from, err := k.sock.Receive()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && !late:
			late = true // a process that was stopped for a while finds its deadline over before it has looked
		case errors.Is(err, unix.EINTR): // nothing was received, and nothing is lost
		case err != nil || from.Pid == nl.PidKernel:
			return msgs, err
		}
	}
}

// Unanswered is the error of a change that the kernel was asked for and whose answer was lost: it may have been made.
type Unanswered struct{ Err error }

// Error is why there is no answer.
func (u *Unanswered) Error() string { return u.Err.Error() }

// Unwrap gives why there is no answer.
func (u *Unanswered) Unwrap() error { return u.Err }

// exchange sends n requests in order, several per system call, and gives one result for
// each: nil, the kernel's errno, or an Unanswered.
func (k *Kernel) exchange(n int, request func(i int) *nl.NetlinkRequest) []error {
	results := make([]error, n)
	for from := 0; from < n; from += batch {
		to := min(from+batch, n)
		// The socket itself is broken: the rest is not tried.
		if err := k.exchangeBatch(from, results[from:to], request); err != nil {
			for i := to; i < n; i++ {
				results[i] = err
			}
			break
		}
	}
	return results
}

func (k *Kernel) exchangeBatch(from int, results []error, request func(i int) *nl.NetlinkRequest) error {
	var out []byte
	// Numbers in a row: the answer to request i has number first+i, in whatever order it comes.
	first := k.seq + 1
	for i := range results {
		k.seq++
		ask := request(from + i)
		ask.Seq = k.seq
		out = append(out, ask.Serialize()...)
	}
	if err := unix.Sendto(k.sock.GetFd(), out, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		err = os.NewSyscallError("sendto", err)
		for i := range results {
			results[i] = err // the kernel takes all of it or nothing
		}
		return err
	}
	for i := range results {
		results[i] = errNoAnswer
	}
	err := k.collect(first, results)
	for i := range results {
		if results[i] == errNoAnswer {
			results[i] = &Unanswered{err}
		}
	}
	return err
}

// errNoAnswer stands for an answer that has not come yet.
var errNoAnswer = errors.New("no answer")

// collect reads acknowledgements until all requests from sequence number first on have theirs.
func (k *Kernel) collect(first uint32, results []error) error {
	for waiting := len(results); waiting > 0; {
		msgs, err := k.receive()
		if err != nil {
			return err
		}
		for _, m := range msgs {
			// NLMSG_ERROR with 0 is the acknowledgement. Another number belongs to a request given
			// up before.
			i := int(m.Header.Seq - first)
			if m.Header.Type == unix.NLMSG_ERROR && i >= 0 && i < len(results) && results[i] == errNoAnswer {
				results[i] = ackError(m.Data)
				waiting--
			}
		}
	}
	return nil
}

func ackError(b []byte) error {
	if len(b) < 4 {
		return unix.EBADMSG
	}
	// nlmsgerr begins with the errno, below 0, and then repeats the request.
	if n := int32(binary.NativeEndian.Uint32(b)); n != 0 {
		return unix.Errno(-n)
	}
	return nil
}

// skipStats is RTEXT_FILTER_SKIP_STATS: counters are most of a link dump.
const skipStats = 8

// attributes calls each for every route attribute in b.
func attributes(b []byte, each func(typ uint16, v []byte)) {
	for len(b) >= unix.SizeofRtAttr {
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.SizeofRtAttr || n > len(b) {
			return
		}
		each(binary.NativeEndian.Uint16(b[2:])&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER), b[unix.SizeofRtAttr:n])
		// The next one begins at a multiple of four; behind the last one the padding may be
		// missing.
		b = b[min((n+unix.RTA_ALIGNTO-1)&^(unix.RTA_ALIGNTO-1), len(b)):]
	}
}

func text(v []byte) string { return strings.TrimRight(string(v), "\x00") }

func number(v []byte) uint32 {
	if len(v) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(v)
}

// MayChange reports whether this process may set addresses in the kernel's eyes; the error is
// EPERM if not. It asks for an address on an interface that does not exist: rights are looked at
// first.
func (k *Kernel) MayChange() error {
	nowhere := Address{Index: math.MaxInt32, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 32),
		Preferred: Forever, Valid: Forever}
	err := k.ChangeAddresses([]Change[Address]{{Add, nowhere}})[0]
	// The kernel's answer, which is a plain number. That the question did not get through says nothing.
	if err == unix.EPERM || err == unix.EACCES {
		return err
	}
	return nil
}
