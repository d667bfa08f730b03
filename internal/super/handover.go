package super

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// This file is how a role goes from one process to another: the form of what is handed over, and the two ends of it.
// They may be of two versions of this program: the names of fields stay, and what is not known is passed over.

// packed is what a role hands over.
type packed struct {
	At    int64           // when, in nanoseconds of the clock that neither stops nor is set
	State json.RawMessage // whose moments count from then
}

// Pack writes down what a role hands over at now.
func Pack(now time.Time, state any) ([]byte, error) {
	text, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("write the handover: %w", err)
	}
	clock, here, err := bothTimes()
	if err != nil {
		return nil, err
	}
	return json.Marshal(packed{At: int64(clock - here.Sub(now)), State: text})
}

// Unpack reads it, and tells when that was by the clock of this process.
func Unpack(text []byte, state any) (then time.Time, err error) {
	var h packed
	if err := json.Unmarshal(text, &h); err != nil {
		return then, fmt.Errorf("read the handover: %w", err)
	}
	if err := json.Unmarshal(h.State, state); err != nil {
		return then, fmt.Errorf("read the handover: %w", err)
	}
	clock, here, err := bothTimes()
	return here.Add(time.Duration(h.At) - clock), err
}

// StandStill is HandOver for an engine that is a loop: call has the loop do something and waits for it. In the loop,
// pack gives what is handed over, and the loop waits for the verdict then; decided is told it, true for another process
// that goes on.
func StandStill(call func(func()) error, verdict <-chan bool, pack func() (Handover, error), decided func(left bool)) (
	Handover, error,
) {
	type answer struct {
		Handover
		err error
	}
	out := make(chan answer, 1)
	go func() {
		err := call(func() {
			h, err := pack()
			out <- answer{h, err}
			if err == nil {
				decided(<-verdict)
			}
		})
		if err != nil {
			out <- answer{err: err}
		}
	}()
	a := <-out
	return a.Handover, a.err
}

// bothTimes is one moment by the clock that processes have in common and by that of this process. Of some looks at both
// the one counts in which the process was kept waiting least.
func bothTimes() (clock time.Duration, here time.Time, err error) {
	best := time.Hour
	for range 8 {
		before, err := bootTime()
		if err != nil {
			return 0, here, err
		}
		now := time.Now()
		after, err := bootTime()
		if err != nil {
			return 0, here, err
		}
		if took := after - before; took < best {
			best, clock, here = took, before+took/2, now
		}
	}
	return clock, here, nil
}

// bootTime is the clock behind the times of this language.
func bootTime() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0, fmt.Errorf("read the clock: %w", err)
	}
	return time.Duration(ts.Nano()), nil
}

// HandSocket is the socket of a role process on which it is asked to hand over, nil if it has none.
func HandSocket() *os.File {
	typ, err := syscall.GetsockoptInt(handFD, syscall.SOL_SOCKET, syscall.SO_TYPE)
	if err != nil || typ != syscall.SOCK_STREAM {
		return nil // the number may be that of a descriptor of the runtime
	}
	syscall.CloseOnExec(handFD)
	_ = syscall.SetNonblock(handFD, true)
	return os.NewFile(handFD, "hand")
}

// handOver hands over whenever that is asked, and takes what a predecessor hands over.
func (c *roleChild) handOver(ctx context.Context) {
	for {
		what, h, err := hearHand(c.Hand)
		if err != nil {
			return // nobody asks any more; the control socket tells why
		}
		s, is := c.Engine.(Successor)
		switch {
		case what == handGiven:
			c.give(given{Handover: h})
			continue
		case what != handAsk: // a verdict that nobody waits for
			h.Close()
			continue
		case !is:
			err = errors.New("this role cannot go on in another process")
		default:
			err = c.handOverOnce(ctx, s, h.State)
		}
		if err != nil && sayHand(c.Hand, handNot, Handover{State: []byte(err.Error())}) != nil {
			return
		}
	}
}

// handOverOnce hands over, and carries the verdict out. An error says that it was not handed over.
func (c *roleChild) handOverOnce(ctx context.Context, s Successor, asked []byte) error {
	verdict := make(chan bool, 1)
	h, err := s.HandOver(ctx, verdict)
	if err != nil {
		return err
	}
	c.handEvents(asked)
	leaves := false
	if err := sayHand(c.Hand, handIs, h); err == nil {
		what, _, err := hearHand(c.Hand)
		// Without a verdict the supervisor has died. It cannot have told another process to go on, or that one ends too.
		leaves = err == nil && what == handLeave
	}
	c.moved.Store(leaves)
	verdict <- leaves
	return nil
}

// given is what a predecessor hands over, or why it does not.
type given struct {
	Handover
	err error
}

// give passes on what take waits for.
func (c *roleChild) give(g given) {
	select {
	case c.given <- g:
	default: // nobody has asked for a second one
		g.Close()
	}
}

// take asks for what the predecessor hands over, and waits for it.
func (c *roleChild) take() (Handover, error) {
	c.reply(message{Kind: kindTake})
	select {
	case g := <-c.given:
		return g.Handover, g.err
	case <-c.gone:
		return Handover{}, errors.New("the supervisor is gone")
	}
}
