package overview

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"holdfast/internal/golden"
	"holdfast/internal/state"
)

func TestEvents(t *testing.T) {
	var b bytes.Buffer
	for i, e := range []state.Event{
		{Role: "daemon", To: "started", Text: "the daemon was started with /etc/k.conf"},
		{Role: "vrrp", About: state.AboutInstance, Name: "VI_1", From: "BACKUP", To: "MASTER",
			Text: "(VI_1) BACKUP -> MASTER: master 10.0.0.2 silent for 3.609s"},
		{Role: "checker", About: state.AboutServer, To: "down", Text: "RS a of VS b is down: TCP_CHECK: connection refused"},
		{Role: "bfd", About: state.AboutSession, To: "Up", Text: "(peer) Init -> Up: the neighbour answers"},
	} {
		e.At = now.Add(time.Duration(i) * 1234 * time.Millisecond)
		Event(&b, &e, Style{Now: now})
		Event(&b, &e, Style{Now: now, Color: true})
	}
	golden.Equal(t, "testdata/events.txt", b.String())
}

// Without a time of its own the line has that of the host.
func TestEventsHaveTheTimeOfTheHost(t *testing.T) {
	var b bytes.Buffer
	Event(&b, &state.Event{At: now}, Style{})
	if want := now.Local().Format("15:04:05.000"); !strings.Contains(b.String(), want) {
		t.Errorf("%q has not %s", b.String(), want)
	}
}
