package super

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Descriptors arrive with what is said, however long that is, and stay open here.
func TestDescriptorsAreHandedOver(t *testing.T) {
	for _, size := range []int{0, 1, 100, 3 << 20} {
		ours, theirs, err := socketPair()
		if err != nil {
			t.Fatal(err)
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		said := make(chan error, 1)
		text := strings.Repeat("x", size)
		go func() {
			said <- sayHand(ours, handIs, Handover{[]byte(text), []int{int(w.Fd()), int(r.Fd())}})
			_ = sayHand(ours, handStay, Handover{})
			_ = ours.Close()
		}()
		what, h, err := hearHand(theirs)
		if err != nil || <-said != nil || what != handIs || string(h.State) != text || len(h.Files) != 2 {
			t.Fatalf("%d bytes: %c, %d bytes, %v, %v", size, what, len(h.State), h.Files, err)
		}
		for _, fd := range h.Files {
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Errorf("descriptor %d is for every program that is started (%v)", fd, err)
			}
		}
		if _, err := unix.Write(h.Files[0], []byte("a")); err != nil {
			t.Error(err)
		}
		if n, err := r.Read(make([]byte, 2)); err != nil || n != 1 {
			t.Errorf("%d bytes of one, %v", n, err)
		}
		h.Close()
		if _, err := w.WriteString("b"); err != nil {
			t.Errorf("it was closed for whoever has handed it over: %v", err)
		}
		if what, h, err := hearHand(theirs); err != nil || what != handStay || h.Files != nil {
			t.Errorf("%c, %v, %v", what, h, err)
		}
		if _, _, err := hearHand(theirs); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
		for _, f := range []*os.File{theirs, r, w} {
			_ = f.Close()
		}
	}
}

// What cannot be handed over is said to whoever tries.
func TestWhatCannotBeHandedOver(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	for _, h := range []Handover{{Files: []int{0}}, {Files: make([]int, maxFiles+1)}} {
		if err := sayHand(a, handIs, h); err == nil {
			t.Errorf("%d descriptors went over a pipe in memory", len(h.Files))
		}
	}
	ours, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if err := sayHand(ours, handIs, Handover{Files: []int{1 << 20}}); err == nil {
		t.Error("a descriptor went over that there is not")
	}
	if _, err := ours.Write([]byte{0, 0, 0, 9, 'h', 'x'}); err != nil {
		t.Fatal(err)
	}
	_ = ours.Close()
	if _, _, err := hearHand(theirs); err == nil {
		t.Error("half of a handover was heard")
	}
}
