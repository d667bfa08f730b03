package netif

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Answers for which the socket has no room are lost without a word. Nobody waits for them for ever, and of what
// was not told is known that it is not.
func TestAnswersThatAreLost(t *testing.T) {
	veth(t, "eth0", "eth1")
	k, err := OpenKernel()
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	index, err := k.Index("eth0")
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptInt(k.sock.GetFd(), unix.SOL_SOCKET, unix.SO_RCVBUF, 1); err != nil { // the least there is
		t.Fatal(err)
	}
	changes := make([]Change[Address], batch)
	for i := range changes {
		a := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 77, 0, byte(i + 1)}), 32)
		changes[i] = Change[Address]{Add, Wanted{Address: Address{Prefix: a, Preferred: Forever}}.on(index)}
	}
	began := time.Now()
	told, lost := 0, 0
	for i, err := range k.ChangeAddresses(changes) {
		var u *Unanswered
		switch {
		case err == nil:
			told++
		case errors.As(err, &u) && (errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, unix.ENOBUFS)):
			lost++
		default:
			t.Errorf("%d: %v", i, err)
		}
	}
	t.Logf("%d were told of and %d not", told, lost)
	if lost == 0 {
		t.Error("there was room for all answers")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	// Whoever goes on from there makes them all, and knows that they are its own.
	want := make([]Wanted, len(changes))
	for i := range changes {
		want[i] = Wanted{Dev: "eth0", Address: Address{Prefix: changes[i].What.Prefix, Preferred: Forever}}
	}
	out, err := NewAddresses(openKernel(t)).Apply(nil, want)
	if err != nil || len(out.Removed) != len(want) {
		t.Fatalf("%d of %d were removed, %v", len(out.Removed), len(want), err)
	}
}

// What is set while its answer is lost counts as added if it is there at a second look, and as doubtful if nobody can look.
func TestAnAddressWhoseAnswerIsLost(t *testing.T) {
	w := Wanted{Dev: "eth0", Address: Address{Prefix: netip.MustParsePrefix("10.0.0.1/24"), Preferred: Forever}}
	for _, c := range []struct {
		carriedOut, readable     bool
		added, doubtful, refused int
	}{
		{true, true, 1, 0, 0}, {true, false, 0, 1, 1}, {false, true, 0, 0, 1}, {false, false, 0, 1, 1},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			f := NewFake("eth0")
			asked := false
			f.Refuse = func(Change[Address]) error {
				asked = true
				if !c.carriedOut {
					return &Unanswered{unix.ENOBUFS}
				}
				return nil
			}
			f.Lose = func() error { return unix.ENOBUFS }
			f.RefuseRead = func() error {
				if asked && !c.readable {
					return unix.ENOMEM
				}
				return nil
			}
			out, err := NewAddresses(f).Apply([]Wanted{w}, nil)
			if len(out.Added) != c.added || len(out.Doubtful) != c.doubtful || len(out.Refused) != c.refused ||
				(err == nil) != (c.added == 1) {
				t.Errorf("%+v, %v", out, err)
			}
		})
	}
}

// An interface that cannot be looked up has not gone: what is owned there is owned still.
func TestAnInterfaceThatCannotBeLookedUp(t *testing.T) {
	w := Wanted{Dev: "eth0", Address: Address{Prefix: netip.MustParsePrefix("10.0.0.1/24"), Preferred: Forever}}
	f := NewFake("eth0")
	a := NewAddresses(f)
	if _, err := a.Apply([]Wanted{w}, nil); err != nil {
		t.Fatal(err)
	}
	f.RefuseRead = func() error { return unix.ENOMEM }
	if out, err := a.Apply(nil, []Wanted{w}); len(out.Removed) > 0 || !errors.Is(err, unix.ENOMEM) {
		t.Errorf("%+v, %v", out, err)
	}
	f.RefuseRead = nil
	if out, err := a.Apply(nil, []Wanted{w}); len(out.Removed) != 1 || err != nil {
		t.Errorf("%+v, %v", out, err)
	}
}
