package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/genetlink/genltest"
	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// simFamily is the number of the family in the simulated kernel, at first.
const simFamily = 0x1c

// A netlinkKernel answers generic netlink requests out of a fake kernel, each answer
// in a datagram of its own as a kernel does. It decodes and encodes with the
// library's attribute codec, not with the code under test.
type netlinkKernel struct {
	ipvs   *fake.Kernel
	absent bool   // the module is not loaded
	denied bool   // the caller has no rights
	broken error  // of the next send or receive
	reload uint16 // how often the module was loaded again: each time a new number

	// slow sends take as long as anybody waits: a deadline set before one is over.
	slow, late bool

	requests int // system calls that sent something
	opened   int
	queue    [][]netlink.Message
}

func (k *netlinkKernel) dial() (connection, error) {
	k.opened++
	k.queue = nil
	return connection{netlink.NewConn(k, 7), bytesKernel{k}}, nil
}

// bytesKernel is the kernel for those who bring whole datagrams.
type bytesKernel struct{ *netlinkKernel }

func (k bytesKernel) send(b []byte) error {
	var msgs []netlink.Message
	for len(b) > 0 {
		n := binary.NativeEndian.Uint32(b)
		var m netlink.Message
		if err := m.UnmarshalBinary(b[:n]); err != nil {
			panic(err)
		}
		m.Data = slices.Clone(m.Data)
		msgs, b = append(msgs, m), b[n:]
	}
	return k.SendMessages(msgs)
}

func (k bytesKernel) receive(b []byte) (n int, err error) {
	msgs, err := k.Receive()
	for _, m := range msgs {
		m.Header.Length = uint32(16 + len(m.Data))
		one, err := m.MarshalBinary()
		if err != nil {
			panic(err)
		}
		n += copy(b[n:], one)
	}
	return n, err
}

// open is a Handle on the simulated kernel.
func (k *netlinkKernel) open() (*Handle, error) {
	return open(k.dial, func() error { return errors.New("no module loader here") })
}

func (k *netlinkKernel) Close() error                     { return nil }
func (k *netlinkKernel) SetDeadline(time.Time) error      { k.late = false; return nil }
func (k *netlinkKernel) SetReadDeadline(time.Time) error  { k.late = false; return nil }
func (k *netlinkKernel) SetWriteDeadline(time.Time) error { return nil }

func (k *netlinkKernel) Send(m netlink.Message) error {
	return k.SendMessages([]netlink.Message{m})
}

func (k *netlinkKernel) SendMessages(msgs []netlink.Message) error {
	k.requests++
	k.late = k.slow
	if k.broken != nil {
		return k.fail("sendmsg")
	}
	for _, m := range msgs {
		k.answer(m)
	}
	return nil
}

func (k *netlinkKernel) fail(call string) error {
	err := os.NewSyscallError(call, k.broken)
	k.broken = nil
	return err
}

func (k *netlinkKernel) Receive() ([]netlink.Message, error) {
	var out []netlink.Message
	for m, err := range k.ReceiveIter() {
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (k *netlinkKernel) ReceiveIter() iter.Seq2[netlink.Message, error] {
	return func(yield func(netlink.Message, error) bool) {
		if k.broken != nil {
			yield(netlink.Message{}, k.fail("recvmsg"))
			return
		}
		if len(k.queue) == 0 || k.late {
			yield(netlink.Message{}, os.ErrDeadlineExceeded)
			return
		}
		datagram := k.queue[0]
		k.queue = k.queue[1:]
		for _, m := range datagram {
			if !yield(m, nil) {
				return
			}
		}
	}
}

// answer queues what a kernel answers to one request.
func (k *netlinkKernel) answer(req netlink.Message) {
	var greq genetlink.Message
	if err := greq.UnmarshalBinary(req.Data); err != nil {
		panic(err)
	}
	family := genltest.ServeFamily(genetlink.Family{ID: simFamily + k.reload, Name: "IPVS", Version: 1}, k.command)
	replies, err := family(greq, req)
	if k.absent {
		err = syscall.ENOENT
	}
	head := netlink.Header{Sequence: req.Header.Sequence, PID: req.Header.PID}
	switch {
	case err != nil:
		var errno syscall.Errno
		if !errors.As(err, &errno) {
			panic(err)
		}
		head.Type = netlink.Error
		k.queue = append(
			k.queue,
			[]netlink.Message{{Header: head, Data: binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno)))}},
		)
		return
	case req.Header.Flags&netlink.Dump == netlink.Dump:
		k.queue = append(k.queue, dumped(head, replies)...)
		return
	}
	for _, m := range replies {
		k.queue = append(k.queue, []netlink.Message{encoded(head, m)})
	}
	if req.Header.Flags&netlink.Acknowledge != 0 {
		head.Type = netlink.Error
		k.queue = append(k.queue, []netlink.Message{{Header: head, Data: make([]byte, 20)}})
	}
}

// dumped is a multi-part answer: three messages per datagram, then the end.
func dumped(head netlink.Header, replies []genetlink.Message) [][]netlink.Message {
	var out [][]netlink.Message
	head.Flags = netlink.Multi
	for len(replies) > 0 {
		n := min(3, len(replies))
		var part []netlink.Message
		for _, m := range replies[:n] {
			part = append(part, encoded(head, m))
		}
		out, replies = append(out, part), replies[n:]
	}
	head.Type = netlink.Done
	return append(out, []netlink.Message{{Header: head, Data: make([]byte, 4)}})
}

func encoded(head netlink.Header, m genetlink.Message) netlink.Message {
	data, err := m.MarshalBinary()
	if err != nil {
		panic(err)
	}
	if head.Type == 0 {
		head.Type = simFamily
	}
	return netlink.Message{Header: head, Data: data}
}

// command carries out a request of the IPVS family.
func (k *netlinkKernel) command(m genetlink.Message, n netlink.Message) ([]genetlink.Message, error) {
	switch {
	case m.Header.Version != 1:
		return nil, fmt.Errorf("request of version %d", m.Header.Version)
	case n.Header.Type != netlink.HeaderType(simFamily+k.reload):
		return nil, syscall.ENOENT
	}
	if k.denied {
		return nil, syscall.EPERM
	}
	dump := n.Header.Flags&netlink.Dump == netlink.Dump
	ops := map[uint8]ipvs.Op{1: ipvs.AddService, 2: ipvs.EditService, 3: ipvs.DeleteService,
		5: ipvs.AddDest, 6: ipvs.EditDest, 7: ipvs.DeleteDest}
	op, change := ops[m.Header.Command]
	switch {
	case m.Header.Command == 9, m.Header.Command == 10:
		var refused *ipvs.DaemonError
		if err := k.ipvs.DoDaemon(decodeDaemon(m.Data, m.Header.Command == 10)); errors.As(err, &refused) {
			return nil, refused.Err
		}
		return nil, nil
	case m.Header.Command == 11 && dump:
		return k.daemonsOf()
	case m.Header.Command == 12:
		return nil, k.ipvs.SetTimeouts(decodeTimeouts(m.Data))
	case m.Header.Command == 13:
		t, err := k.ipvs.Timeouts()
		return []genetlink.Message{{Data: encodeTimeouts(t)}}, err
	case m.Header.Command == 17:
		return nil, k.ipvs.Flush()
	case m.Header.Command == 15:
		return []genetlink.Message{{Header: genetlink.Header{Command: 14, Version: 1}, Data: encodeInfo()}}, nil
	case m.Header.Command == 16 && len(m.Data) == 0:
		return nil, k.ipvs.Zero()
	case m.Header.Command == 16:
		return nil, k.ipvs.ZeroService(decodeCommand(op, m.Data).Service)
	case m.Header.Command == 4 && dump:
		return k.services()
	case m.Header.Command == 4:
		return k.service(decodeCommand(op, m.Data).Service)
	case m.Header.Command == 8 && dump:
		return k.dests(decodeCommand(op, m.Data).Service)
	case !change:
		return nil, syscall.EOPNOTSUPP
	}
	var refused *ipvs.CommandError
	if err := k.ipvs.Do(decodeCommand(op, m.Data)); errors.As(err, &refused) {
		return nil, refused.Err
	}
	return nil, nil
}
