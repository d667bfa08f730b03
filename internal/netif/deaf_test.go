package netif

import (
	"testing"

	"golang.org/x/sys/unix"
)

// While interfaces cannot be read, that is told once.
func TestAWatcherThatCannotReadSaysSo(t *testing.T) {
	w, _, err := Watch()
	if err != nil {
		t.Fatal(err)
	}
	// Nobody can ask by this socket any more, and the other one has to be replaced.
	if err := w.kernel.sock.Close(); err != nil {
		t.Fatal(err)
	}
	breakSocket(t, w)
	next(t, w, "word of it", func(e Event) bool { x, ok := e.(Deaf); return ok && x.Cause != nil })
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for e := range w.Events() {
			t.Errorf("told again: %T %v", e, e)
		}
	}()
	if err := w.Close(); err != nil {
		t.Log(err) // it was between two sockets
	}
	<-closed
}

// A subscription for which there is no room is not given up: another socket has it.
func TestAWatcherFollowsLater(t *testing.T) {
	veth(t, "eth0", "eth1")
	w, _, err := Watch()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	refused := false
	w.join = func(fd int, g uint) error {
		if !refused {
			refused = true
			return unix.ENOBUFS
		}
		return join(fd, g)
	}
	if err := w.Follow(RouteGroups()); err != nil {
		t.Fatal(err)
	}
	if !refused {
		t.Fatal("nobody has asked")
	}
	next(t, w, "resync", func(e Event) bool { _, ok := e.(Resync); return ok })
	wanted := []Route{route(t, "10.8.0.0/16 dev eth0")}
	routes := NewRoutes(openKernel(t))
	if _, err := routes.Apply(wanted, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := routes.Apply(nil, wanted); err != nil {
		t.Fatal(err)
	}
	next(t, w, "the route", func(e Event) bool { x, ok := e.(RouteLost); return ok && x.Route.Rivals(wanted[0]) })
	// What the kernel does not have is an error.
	w.mu.Lock()
	w.join = func(int, uint) error { return unix.EINVAL }
	w.mu.Unlock()
	if err := w.Follow(RuleGroups()); err == nil {
		t.Error("a group that is not there was followed")
	}
}

func breakSocket(t *testing.T, w *Watcher) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.sock.Close(); err != nil {
		t.Fatal(err)
	}
}
