package super

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/news"
)

func TestMessageRoundTrip(t *testing.T) {
	want := []message{
		{Kind: kindPrepare, Generation: 7, Config: &config.Config{
			Global:    config.Global{RouterID: "latin1 \xe4 and \x00"},
			Instances: []config.Instance{{Name: "VI", Pos: syntax.Pos{File: "/etc/x\xff.conf", Line: 3, Col: 2}}},
		}},
		{Kind: kindPrepared, Generation: 7, Err: "no\nroom", Status: 2},
		{Kind: kindDump, Dump: DumpStatsClear},
		{Kind: kindNews, News: []news.Item{
			{Key: news.Key{Teller: "vrrp", Topic: news.Instances, Name: "VI \xe4"}, Version: 1, State: "\x00\xff", Serial: 1 << 40},
			{Key: news.Key{Teller: "vrrp", Topic: news.Instances, Name: "VI_2"}, Standing: news.Gone, Serial: 7},
		}},
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
		if !reflect.DeepEqual(m, got) {
			t.Errorf("%+v became %+v", m, got)
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
	f.Add([]byte{15, 255, 255, 255, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		for {
			if _, err := readMessage(r); err != nil {
				return
			}
		}
	})
}

func TestMessageCutShort(t *testing.T) {
	var b bytes.Buffer
	want := message{
		Kind:   kindPrepare,
		Config: &config.Config{Global: config.Global{RouterID: strings.Repeat("x", 3*firstRead)}},
	}
	if err := writeMessage(&b, want); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	if got, err := readMessage(bytes.NewReader(whole)); err != nil ||
		got.Config.Global.RouterID != want.Config.Global.RouterID {
		t.Fatalf("a long message: %v", err)
	}
	for _, n := range []int{1, 4, 5, firstRead, firstRead + 4, firstRead + 5, len(whole) - 1} {
		if _, err := readMessage(bytes.NewReader(whole[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// The supervisor must not wait for a child that does not read.
func TestOutboxDoesNotWait(t *testing.T) {
	ours, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	o := newOutbox(ours)
	big := &config.Config{Global: config.Global{RouterID: strings.Repeat("x", 1<<20)}}
	for i := range 20 {
		o.send(message{Kind: kindPrepare, Generation: uint64(i), Config: big})
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
