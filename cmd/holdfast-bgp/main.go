// Command holdfast-bgp speaks BGP for the checker role of holdfast, which starts it and tells it over a pair of
// sockets (holdfast/internal/speaker/talk) with whom to speak and which prefixes to announce. It listens for
// neighbours where it is told to, and to nobody else; routes that they announce are not used.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"holdfast/internal/speaker/talk"
)

// version is set by the build.
var version = "unknown"

const (
	exitUsage   = 64
	exitFailure = 1
	// closeTime is how long sessions may take to be closed.
	closeTime = time.Second
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) == 1 && (args[0] == "--version" || args[0] == "-v") {
		fmt.Println("holdfast-bgp", version)
		return 0
	}
	conn, err := parent()
	if err != nil || len(args) > 0 {
		fmt.Fprintln(os.Stderr, "holdfast-bgp is started by holdfast, with `@holdfast bgp` in its configuration; "+
			"see holdfast.conf(5)")
		return exitUsage
	}
	// It ends when its parent does, which withdraws routes first, whoever else is told to stop.
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
	if err := confine(); err != nil {
		fmt.Fprintln(os.Stderr, "holdfast-bgp: give up rights:", err)
		return exitFailure
	}
	if err := serve(conn); err != nil {
		fmt.Fprintln(os.Stderr, "holdfast-bgp:", err)
		return exitFailure
	}
	return 0
}

// parent is the other end of the pair.
func parent() (net.Conn, error) {
	f := os.NewFile(talk.Descriptor, "parent")
	if f == nil {
		return nil, os.ErrInvalid
	}
	defer f.Close()
	return net.FileConn(f)
}

// serve carries orders out until there are no more.
func serve(conn net.Conn) error {
	var writing sync.Mutex
	gone := make(chan error, 1)
	s := newSpeaker(func(w talk.Word) {
		w.Form, w.Version = talk.Form, version
		writing.Lock()
		defer writing.Unlock()
		if err := talk.Write(conn, w); err != nil {
			select {
			case gone <- err:
				conn.Close() // nobody listens: the next read ends it
			default:
			}
		}
	})
	defer func() {
		ended := make(chan struct{})
		go func() { defer close(ended); s.close() }()
		select {
		case <-ended:
		case <-time.After(closeTime): // the kernel closes what is left
		}
	}()
	r := talk.NewReader(conn)
	for {
		var o talk.Order
		err := r.Read(&o)
		var cut *json.SyntaxError
		switch {
		case errors.As(err, &cut): // whoever wrote it has died meanwhile; who speaks for him says all of it again
			continue
		case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
		s.carryOut(o)
	}
}
