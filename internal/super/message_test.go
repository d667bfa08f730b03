package super

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/config/syntax"
)

func TestMessageRoundTrip(t *testing.T) {
	want := []message{
		{Kind: kindPrepare, Generation: 7, Snapshot: &syntax.Snapshot{
			Main: "/etc/x\xff.conf", Files: []string{"a"},
			Lines:       []syntax.Line{{File: "a", Line: 3, Col: 2, Text: "latin1 \xe4 and \x00"}},
			Diagnostics: []syntax.Diagnostic{{Text: "t", Severity: syntax.Fatal, Class: syntax.ClassCannotRun}},
		}},
		{Kind: kindPrepared, Generation: 7, Err: "no\nroom", Status: 2},
		{Kind: kindDump, Dump: DumpStatsClear},
	}
	var b bytes.Buffer
	for _, m := range want {
		if err := writeMessage(&b, m); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range want {
		got, err := readMessage(&b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, got); d != "" {
			t.Error(d)
		}
	}
	if _, err := readMessage(&b); err != io.EOF {
		t.Errorf("at the end: %v, want EOF", err)
	}
}

func TestMessageTooLongIsRefused(t *testing.T) {
	var head [4]byte
	binary.BigEndian.PutUint32(head[:], maxFrame+1)
	if _, err := readMessage(bytes.NewReader(head[:])); err == nil || !strings.Contains(err.Error(), "claims") {
		t.Errorf("got %v", err)
	}
}

func FuzzReadMessage(f *testing.F) {
	var b bytes.Buffer
	if err := writeMessage(&b, message{Kind: kindCommit, Generation: 1}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte{0, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		for {
			if _, err := readMessage(r); err != nil {
				return
			}
		}
	})
}

// The supervisor must not wait for a child that does not read.
func TestOutboxDoesNotWait(t *testing.T) {
	ours, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	o := newOutbox(ours)
	big := &syntax.Snapshot{Lines: []syntax.Line{{Text: strings.Repeat("x", 1<<20)}}}
	for i := range 20 {
		o.send(message{Kind: kindPrepare, Generation: uint64(i), Snapshot: big})
	}
	o.close()
	c, err := net.FileConn(theirs)
	if err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	defer c.Close()
	for i := range 20 {
		m, err := readMessage(c)
		if err != nil || m.Generation != uint64(i) {
			t.Fatalf("message %d: generation %d, %v", i, m.Generation, err)
		}
	}
}

func TestSignalNumbers_cli2(t *testing.T) {
	for name, want := range map[string]int{"STOP": 15, "RELOAD": 1, "DATA": 10, "STATS": 12, "JSON": 36, "STATS_CLEAR": 63} {
		if got, ok := SignalNumber(name); !ok || got != want {
			t.Errorf("%s is %d, %v, want %d", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "stop", "TERM", "TDUMP"} {
		if n, ok := SignalNumber(name); ok {
			t.Errorf("%q is %d", name, n)
		}
	}
}

func TestRoleNames(t *testing.T) {
	for _, r := range []RoleName{VRRP, Checker} {
		if got, ok := RoleOf(r.ProcessName()); !ok || got != r {
			t.Errorf("RoleOf(%q) = %q, %v", r.ProcessName(), got, ok)
		}
	}
	for _, name := range []string{"", "keepalived", "holdfast", os.Args[0]} {
		if r, ok := RoleOf(name); ok {
			t.Errorf("RoleOf(%q) = %q", name, r)
		}
	}
}
