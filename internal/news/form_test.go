package news

import (
	"strings"
	"testing"
)

// long is a state that can be too long.
type long struct{ Text string }

func (long) Topic() Topic    { return 200 }
func (long) Version() uint16 { return 1 }

// later is what long may become.
type later struct {
	Text string
	More int
}

func (later) Topic() Topic    { return 200 }
func (later) Version() uint16 { return 2 }

// bad has what cannot be told.
type bad struct{ F func() }

func (bad) Topic() Topic    { return 201 }
func (bad) Version() uint16 { return 1 }

func roundTrip[S interface {
	comparable
	State
}](t *testing.T, topic Topic, s S) {
	t.Helper()
	f, err := FormOf[S]()
	if err != nil {
		t.Fatal(err)
	}
	it, err := f.Item("x", s)
	if err != nil || it.Topic != topic || it.Name != "x" || it.Standing != Current || it.Version != 1 {
		t.Fatalf("%+v, %v", it, err)
	}
	if got, err := f.Read(it); err != nil || got != s {
		t.Errorf("%+v became %+v, %v", s, got, err)
	}
	gone := f.Gone("x")
	if gone.Key != it.Key {
		t.Errorf("the end of %v is that of %v", it.Key, gone.Key)
	}
	if _, err := f.Read(gone); err == nil {
		t.Error("what is gone has a state")
	}
}

func TestForms(t *testing.T) {
	roundTrip(t, Instances, Instance{State: RouterMaster, Priority: 255})
	roundTrip(t, Services, Service{Quorum: true, Up: 3, Weight: 1 << 20})
	roundTrip(t, Sessions, Session{SessionUp, 5})
	roundTrip(t, Sessions, Session{})
	roundTrip(t, 200, long{Text: "\x00\xff"})
}

func TestWhatIsNotReadIsSaid(t *testing.T) {
	f, err := FormOf[long]()
	if err != nil {
		t.Fatal(err)
	}
	next, err := FormOf[later]()
	if err != nil {
		t.Fatal(err)
	}
	it, err := f.Item("x", long{"abc"})
	if err != nil {
		t.Fatal(err)
	}
	cut, other := it, it
	cut.State = it.State[:2]
	other.Topic = Sessions
	for want, read := range map[string]func() error{
		"read news of x: version 1, want 2": func() error { _, err := next.Read(it); return err },
		"read news of x: topic 3, want 200": func() error { _, err := f.Read(other); return err },
		"read news of x: decode":            func() error { _, err := f.Read(cut); return err },
	} {
		if err := read(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWhatIsTooLongIsNotTold(t *testing.T) {
	f, err := FormOf[long]()
	if err != nil {
		t.Fatal(err)
	}
	if it, err := f.Item("x", long{strings.Repeat("x", MaxState)}); err == nil || err.Error() != "tell of x: a state of 4100 bytes is too long" {
		t.Errorf("%d bytes, %v", len(it.State), err)
	}
	if _, err := FormOf[bad](); err == nil {
		t.Error("a function is told")
	}
}

// What comes from another process may be anything.
func FuzzRead(f *testing.F) {
	form, err := FormOf[Service]()
	if err != nil {
		f.Fatal(err)
	}
	it, err := form.Item("x", Service{true, 1, 2})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(it.State)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		it.State = text
		_, _ = form.Read(it)
	})
}
