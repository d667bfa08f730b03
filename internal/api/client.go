package api

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// A Client asks the daemon that listens on a socket.
type Client struct{ Path string }

// ErrNotRunning says that nobody listens on a socket.
var ErrNotRunning = errors.New("not running")

// How long an answer may take: of a question, and of a request for which every role may take a minute.
const (
	askTime  = 30 * time.Second
	workTime = 5 * time.Minute
)

// Get asks and decodes the answer, whatever its status, which it gives. ErrNotRunning: nobody listens.
func (c Client) Get(path string, into any) (status int, err error) {
	return c.request(http.MethodGet, path, askTime, nil, into)
}

// Post is Get for what may take a while and is not for everybody.
func (c Client) Post(path string, into any) (status int, err error) {
	return c.request(http.MethodPost, path, workTime, nil, into)
}

// Do is Get for any method, with a body that is encoded; nil sends none.
func (c Client) Do(method, path string, body, into any) (status int, err error) {
	return c.request(method, path, askTime, body, into)
}

func (c Client) request(method, path string, limit time.Duration, body, into any) (status int, err error) {
	var text io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		text = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	answer, err := c.begin(ctx, method, path, text)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return answer.StatusCode, fmt.Errorf("answer of %s: %w", c.Path, err)
	}
	return answer.StatusCode, nil
}

// ErrSilent says that a daemon has not been heard for too long.
var ErrSilent = errors.New("the daemon is silent")

// Follow asks for lines and gives each to take, until that fails, ctx ends, or the daemon ends or is silent.
func (c Client) Follow(ctx context.Context, path string, take func(line []byte) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silent := time.AfterFunc(askTime, func() { cancel(ErrSilent) })
	defer silent.Stop()
	answer, err := c.begin(ctx, http.MethodGet, path, http.NoBody)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		var why struct{ Error string }
		_ = json.NewDecoder(answer.Body).Decode(&why) // the status says it too
		return fmt.Errorf("%s: %s %s", c.Path, answer.Status, why.Error)
	}
	scan := bufio.NewScanner(answer.Body)
	scan.Buffer(nil, maxLine)
	for scan.Scan() {
		silent.Reset(3 * heartbeat * time.Second)
		if err := take(scan.Bytes()); err != nil {
			return err
		}
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return cmp.Or(scan.Err(), io.EOF)
}

// maxLine is how long a line may be.
const maxLine = 1 << 20

// begin asks.
func (c Client) begin(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://holdfast"+path, body)
	if err != nil {
		return nil, err
	}
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) },
		DisableKeepAlives: true}
	answer, err := t.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.Path, err)
	}
	return answer, nil
}

// dial waits while the queue is full.
func (c Client) dial(ctx context.Context) (net.Conn, error) {
	dir, err := os.Open(filepath.Dir(c.Path))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNotRunning
		}
		return nil, err
	}
	defer dir.Close()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", short(dir, c.Path))
		switch {
		case errors.Is(err, unix.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
			return nil, ErrNotRunning
		case !errors.Is(err, unix.EAGAIN):
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Answers reports whether somebody listens there.
func (c Client) Answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := c.dial(ctx)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
