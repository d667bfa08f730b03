package healthcheck

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// Who is sent datagrams by others without end looks no longer than it has time.
func TestDatagramsOfOthersEnd(t *testing.T) {
	target, other := &unix.SockaddrInet4{Addr: [4]byte{192, 0, 2, 1}}, &unix.SockaddrInet4{Addr: [4]byte{192, 0, 2, 2}}
	type arrival struct {
		from unix.Sockaddr
		err  error
	}
	foreign, mine, signal := arrival{from: other}, arrival{from: target}, arrival{err: unix.EINTR}
	nothing, unreachable := arrival{err: unix.EAGAIN}, arrival{err: unix.ECONNREFUSED}
	for _, c := range []struct {
		name     string
		arrivals []arrival // the last one again and again
		done     bool
		err      error
	}{
		{"the target's", []arrival{mine}, true, nil},
		{"the target's behind others", []arrival{foreign, signal, foreign, mine}, true, nil},
		{"nothing", []arrival{nothing}, false, nil},
		{"nothing behind others", []arrival{foreign, nothing}, false, nil},
		{"an error", []arrival{foreign, unreachable}, true, unix.ECONNREFUSED},
		{"a flood", []arrival{foreign}, true, os.ErrDeadlineExceeded},
		{"signals without end", []arrival{signal}, true, os.ErrDeadlineExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			taken, looks := 0, 0
			d := &datagram{peer: netip.MustParseAddr("192.0.2.1"), over: func() bool { looks++; return looks > 100 }}
			n, done, err := d.next(func() (int, unix.Sockaddr, error) {
				a := c.arrivals[min(taken, len(c.arrivals)-1)]
				if taken++; taken > 1000 {
					return 0, nil, errors.New("it goes on and on")
				}
				return 7, a.from, a.err
			})
			if done != c.done || !errors.Is(err, c.err) || (n == 7) != (done && err == nil) {
				t.Errorf("%d, %v, %v; want %v, %v", n, done, err, c.done, c.err)
			}
		})
	}
}

// A deadline that is past, and a question that nobody asks any more, are the end.
func TestADatagramKnowsItsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	k := config.Checker{Connect: netip.MustParseAddrPort("127.0.0.1:9"), ConnectTimeout: time.Hour}
	d, err := openDatagram(ctx, &k, unix.SOCK_DGRAM, unix.IPPROTO_UDP, true)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if d.over() {
		t.Error("it is over at its beginning")
	}
	cancel()
	if !d.over() {
		t.Error("nobody waits for it")
	}
	k.ConnectTimeout = 0
	late, err := openDatagram(t.Context(), &k, unix.SOCK_DGRAM, unix.IPPROTO_UDP, true)
	if err != nil {
		t.Fatal(err)
	}
	defer late.close()
	if !late.over() {
		t.Error("its time is up")
	}
}
