package super

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"holdfast/internal/role"
)

// What is handed over has its moment, whatever else the two processes call the time.
func TestHandoverKeepsItsMoment(t *testing.T) {
	now := time.Now()
	time.Sleep(20 * time.Millisecond) // as the way to the other process
	text, err := Pack(now, map[string]int{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]int
	then, err := Unpack(text, &state)
	if err != nil || state["a"] != 1 {
		t.Fatalf("%v, %v", state, err)
	}
	if off := then.Sub(now).Abs(); off > time.Millisecond {
		t.Errorf("the moment is %v off", off)
	}
	for _, bad := range []string{"", "{", `{"At":1}`, `{"At":1,"State":[]}`} {
		if _, err := Unpack([]byte(bad), &state); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func FuzzHand(f *testing.F) {
	var b bytes.Buffer
	_ = sayHand(&b, handIs, Handover{State: []byte("{}")})
	f.Add(b.Bytes())
	f.Add([]byte{255, 255, 255, 255, 'h'})
	f.Fuzz(func(t *testing.T, in []byte) {
		what, text, err := hearHand(bytes.NewReader(in))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := sayHand(&out, what, text); err != nil || !bytes.HasPrefix(in, out.Bytes()) {
			t.Errorf("%x was heard as %c %x (%v)", in, what, text, err)
		}
	})
}

// mover is an engine that hands over.
type mover struct {
	Engine
	err     error
	verdict chan bool
}

func (m *mover) Succeed(func() (Handover, error)) {}

func (m *mover) HandOver(_ context.Context, verdict <-chan bool) (Handover, error) {
	if m.err != nil {
		return Handover{}, m.err
	}
	go func() { m.verdict <- <-verdict }()
	return Handover{State: []byte("state")}, nil
}

// A role hands over, and does what the verdict says; one whose supervisor dies before that goes on.
func TestRoleHandsOver(t *testing.T) {
	for _, c := range []struct {
		name   string
		engine Engine
		say    byte // the verdict; 0 = the supervisor is gone
		hears  string
		leaves bool
	}{
		{"leaves", &mover{verdict: make(chan bool, 1)}, handLeave, "hstate", true},
		{"stays", &mover{verdict: make(chan bool, 1)}, handStay, "hstate", false},
		{"is alone", &mover{verdict: make(chan bool, 1)}, 0, "hstate", false},
		{"refuses", &mover{err: errors.New("not now")}, 0, "nnot now", false},
		{"cannot", struct{ Engine }{}, 0, "nthis role cannot", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer ours.Close()
			child := &roleChild{ChildOptions: ChildOptions{Engine: c.engine, Hand: theirs}}
			over := make(chan struct{})
			go func() { child.handOver(t.Context()); close(over) }()
			if err := sayHand(ours, handAsk, Handover{}); err != nil {
				t.Fatal(err)
			}
			what, h, err := hearHand(ours)
			if got := string(what) + string(h.State); err != nil || !strings.HasPrefix(got, c.hears) {
				t.Fatalf("%q (%v), want %q", got, err, c.hears)
			}
			if c.say != 0 {
				if err := sayHand(ours, c.say, Handover{}); err != nil {
					t.Fatal(err)
				}
			}
			_ = ours.Close()
			<-over
			if m, is := c.engine.(*mover); is && m.err == nil {
				if got := <-m.verdict; got != c.leaves {
					t.Errorf("the verdict is %v", got)
				}
			}
			if child.moved.Load() != c.leaves {
				t.Errorf("it leaves: %v", child.moved.Load())
			}
		})
	}
}

// A program says itself what keeps it from going on.
func TestTrial(t *testing.T) {
	roles := role.Table{{Name: "vrrp", Handover: 3}}
	fine := Trial{Form: successionForm, Args: []string{"-n"}, Forms: map[role.Name]int{"vrrp": 3}}
	for _, c := range []struct {
		name string
		make func(Trial) Trial
		err  error
		want string
	}{
		{"fine", func(t Trial) Trial { return t }, nil, ""},
		{"another daemon", func(t Trial) Trial { t.Form = successionForm + 1; return t }, nil, "hands over form"},
		{"an older role", func(t Trial) Trial { t.Forms = map[role.Name]int{"vrrp": 4}; return t }, nil, "its vrrp role goes on from form 3"},
		{"a role that does not run", func(t Trial) Trial { t.Forms = map[role.Name]int{"bfd": 4}; return t }, nil, ""},
		{"a file", func(t Trial) Trial { return t }, io.ErrUnexpectedEOF, "unexpected EOF"},
	} {
		v := c.make(fine).Judge("1.2.3", roles, func(args []string) error {
			if len(args) != 1 {
				t.Errorf("%s: run with %q", c.name, args)
			}
			return c.err
		})
		if v.Version != "1.2.3" || (v.Problem == "") != (c.want == "") || !strings.Contains(v.Problem, c.want) {
			t.Errorf("%s: %+v, want %q", c.name, v, c.want)
		}
	}
}
