package super

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"holdfast/internal/state"
)

// This file is who asks for an upgrade by way of the API. The program that goes on answers on the connection, which is
// handed over to it.

// Upgrade has the daemon go on as a program, "" for the one at the path that it was started from, or only tells whether
// it could. It gives the version of that, or why not. Where it goes on, Upgrade does not return: the next program
// answers on conn, in HTTP.
func (s *Supervisor) Upgrade(ctx context.Context, program string, check bool, conn *net.UnixConn) (
	version, refused string, err error,
) {
	answer := make(chan string, 1)
	wanted := request{answer: func(text string) { answer <- text }, conn: conn,
		wish: &wish{path: program, check: check, http: true}}
	if err := s.request(ctx, wanted); err != nil {
		return "", "", err
	}
	select {
	case text := <-answer:
		if version, done := strings.CutPrefix(text, answerDone+" "); done {
			return version, "", nil
		}
		return "", text, nil
	case <-s.done:
		return "", answerStopping, nil
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
}

// tell gives the answer to whoever waits for it.
func (h *heir) tell(text string) {
	if h.asker == nil {
		return
	}
	if h.note.HTTP {
		text = inHTTP(text)
	}
	go answerTo(h.asker, text)
	h.asker = nil
}

// inHTTP is an answer as the API gives it.
func inHTTP(text string) string {
	status, body := http.StatusConflict, any(map[string]string{"error": text})
	if version, done := strings.CutPrefix(text, answerDone+" "); done {
		status, body = http.StatusOK, state.Upgraded{OK: true, PID: os.Getpid(), Version: version}
	}
	content, _ := json.Marshal(body) // plain values: it cannot fail
	r := http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Close: true, ContentLength: int64(len(content)),
		Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}},
		Body:   io.NopCloser(bytes.NewReader(content))}
	var b strings.Builder
	_ = r.Write(&b) // into memory
	return b.String()
}
