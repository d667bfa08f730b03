package epoll

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestPoller(t *testing.T) {
	for _, coarse := range []bool{false, true} {
		p, err := New()
		if err != nil {
			t.Fatal(err)
		}
		p.coarse = coarse
		in, out := pair(t)
		if err := p.Add(in); err != nil {
			t.Fatal(err)
		}
		var ready []int
		wait := func(timeout time.Duration) time.Duration {
			t.Helper()
			ready = ready[:0]
			start := time.Now()
			if err := p.Wait(timeout, func(fd int) { ready = append(ready, fd) }); err != nil {
				t.Fatal(err)
			}
			return time.Since(start)
		}
		const short = 2500 * time.Microsecond
		// whole reports whether a wait ends by its deadline. A signal may end one early, those of
		// the runtime too, and not every one of ten.
		whole := func() bool {
			for range 10 {
				if wait(short) >= short {
					return true
				}
			}
			return false
		}
		if !whole() || len(ready) > 0 {
			t.Errorf("coarse %v: no wait lasts %v, ready %v", coarse, short, ready)
		}
		write(t, out, 1)
		if wait(-1); len(ready) != 1 || ready[0] != in {
			t.Errorf("coarse %v: ready %v, want %d", coarse, ready, in)
		}
		if wait(0); len(ready) != 1 {
			t.Errorf("coarse %v: a socket that was not read is not ready again", coarse)
		}
		p.Remove(in)
		go p.Wake()
		if wait(-1); len(ready) != 0 {
			t.Errorf("coarse %v: ready %v after a wake-up only", coarse, ready)
		}
		p.Wake()
		p.Wake()
		wait(-1)
		if n, err := p.sleep(0); n != 0 || err != nil {
			t.Errorf("coarse %v: two wake-ups end two waits: %d events, %v", coarse, n, err)
		}
		p.Close()
	}
}

func pair(t *testing.T) (in, out int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[0]); unix.Close(fds[1]) })
	return fds[0], fds[1]
}

func write(t *testing.T, fd int, b ...byte) {
	t.Helper()
	if _, err := unix.Write(fd, b); err != nil {
		t.Fatal(err)
	}
}
