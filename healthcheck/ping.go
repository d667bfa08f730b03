package healthcheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// pingKind is PING_CHECK.
func pingKind() *Kind { return &Kind{Probe: probePing, Dump: dumpMethod, UsualDelay: time.Second} }

// echoText is what an echo carries: the text that keepalived sends, 128 bytes long.
func echoText() []byte { return []byte(strings.Repeat("keepalived check - ", 7)[:128]) }

// probePing sends one echo and waits for its reply: the same identifier, number and text, from
// the address it was sent to (semantics 10.12).
func probePing(ctx context.Context, _ Prober, t Target) attempt.Outcome {
	e, err := openEcho(ctx, &t.Checker)
	if err != nil {
		return pingFault(t, err)
	}
	defer e.close()
	request, err := e.request()
	if err != nil {
		return pingFault(t, err)
	}
	if err := e.send(request); err != nil {
		return pingFault(t, err)
	}
	buf := make([]byte, 2048)
	// A raw socket hears the replies to everybody's echoes, and any peer may send rubbish: neither is
	// an answer, and neither ends the wait.
	for {
		n, err := e.receive(buf)
		if err != nil {
			return pingFault(t, err)
		}
		if e.answeredBy(buf[:min(n, len(buf))]) {
			return attempt.Outcome{Verdict: attempt.Passed}
		}
	}
}

// echo is a socket for one echo.
type echo struct {
	*datagram
	six     bool
	own     bool // a raw socket: the identifier is ours, and replies have their IPv4 headers
	id, seq int
}

// openEcho opens a socket for echoes as anybody may, in groups of net.ipv4.ping_group_range;
// outside of them a raw socket, which takes a right. (keepalived changes the range for as
// long as it runs.)
func openEcho(ctx context.Context, k *config.Checker) (*echo, error) {
	e := &echo{six: domain(k.Connect.Addr()) == unix.AF_INET6, id: rand.IntN(1 << 16), seq: rand.IntN(1 << 16)}
	proto := unix.IPPROTO_ICMP
	if e.six {
		proto = unix.IPPROTO_ICMPV6
	}
	var err error
	e.datagram, err = openDatagram(ctx, k, unix.SOCK_DGRAM, proto, false)
	// Not every distribution opens ping_group_range, and a daemon as root has the right anyway.
	if socketRefused(err) {
		e.own = true
		e.datagram, err = openDatagram(ctx, k, unix.SOCK_RAW, proto, false)
	}
	if err != nil {
		return nil, err
	}
	if err := e.name(); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// socketRefused reports whether err is that of a socket that the kernel does not let this
// process have. Connecting can be refused with the same number, by a route.
func socketRefused(err error) bool {
	call, errno := failedCall(err)
	return call == "socket" && (errno == syscall.EACCES || errno == syscall.EPERM)
}

// name learns the identifier that the kernel gives an echo; in a raw socket it is ours, and
// what is not a reply is kept out of it.
func (e *echo) name() (err error) {
	cerr := e.raw.Control(func(fd uintptr) {
		switch {
		case !e.own:
			e.id, err = identifier(int(fd))
		case e.six:
			var f unix.ICMPv6Filter
			for i := range f.Data {
				f.Data[i] = ^uint32(0)
			}
			reply := uint(ipv6.ICMPTypeEchoReply)
			// A bit that is set keeps a type out: all do but one.
			f.Data[reply/32] &^= 1 << (reply % 32)
			err = unix.SetsockoptICMPv6Filter(int(fd), unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &f)
		default:
			// The same for IPv4, where one number has the first 32 types.
			keep := uint32(1) << ipv4.ICMPTypeEchoReply
			err = unix.SetsockoptInt(int(fd), unix.SOL_RAW, unix.ICMP_FILTER, int(^keep))
		}
	})
	return errors.Join(cerr, err)
}

// identifier is the one that a socket for echoes was given: where others have a port.
func identifier(fd int) (int, error) {
	a, err := unix.Getsockname(fd)
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return a.Port, err
	case *unix.SockaddrInet6:
		return a.Port, err
	}
	return 0, err
}

// request is the echo. The checksum of ICMPv6 is the kernel's work.
func (e *echo) request() ([]byte, error) {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: e.id, Seq: e.seq, Data: echoText()}}
	if e.six {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	return m.Marshal(nil)
}

// answeredBy reports whether a message is the reply to the echo.
func (e *echo) answeredBy(b []byte) bool {
	proto, reply := ipv4.ICMPTypeEchoReply.Protocol(), icmp.Type(ipv4.ICMPTypeEchoReply)
	if e.six {
		proto, reply = ipv6.ICMPTypeEchoReply.Protocol(), ipv6.ICMPTypeEchoReply
		// Over IPv4 a raw socket gives the header of IP as well, whose length is in its first byte.
	} else if e.own {
		if len(b) < ipv4.HeaderLen || len(b) < int(b[0]&0xf)*4 {
			return false
		}
		b = b[int(b[0]&0xf)*4:]
	}
	m, err := icmp.ParseMessage(proto, b)
	if err != nil || m.Type != reply || m.Code != 0 {
		return false
	}
	body, ok := m.Body.(*icmp.Echo)
	return ok && body.ID == e.id && body.Seq == e.seq && bytes.Equal(body.Data, echoText())
}

// pingFault words an echo that was not answered, in keepalived's words where it has any.
func pingFault(t Target, err error) attempt.Outcome {
	why, note := unconnected(err, t.Checker.ConnectTimeout)
	version := ""
	if t.Checker.Connect.Addr().Unmap().Is6() {
		version = "v6"
	}
	call, errno := failedCall(err)
	switch {
	case why.Code == reason.NotTried:
		return untried("ICMP"+version+" connect fail to create socket. Rescheduling.", why, note)
	case why.Code == reason.NoAnswer:
		return fail("ICMP connection to address "+t.Server+" timeout.", why)
	case call == "receive": // somebody on the way says that it does not arrive
		return fail("ICMP connection to address "+t.Server+" failed.", why)
	case version == "":
		return fail("send ICMP packet fail", why)
	}
	return fail(fmt.Sprintf("send ICMPv6 packet fail - errno %d", int(errno)), why)
}
