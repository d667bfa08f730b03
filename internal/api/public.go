package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

// Bounds of the address for everybody, apart from those of the socket.
const (
	publicConnections = 64 // further ones wait in the kernel
	hostConnections   = 16 // of one host; further ones are closed
	publicFollowers   = 8  // of events; they take places of connections
	soonestBind       = time.Second
	latestBind        = 30 * time.Second
)

// A Public is an address where everybody may read, and nobody can change a thing: /metrics, /healthz, /readyz and the
// lists of the API.
type Public struct {
	o       Options
	address string
	handler http.Handler
	end     context.CancelFunc
	over    sync.WaitGroup
}

// Publish answers on an address, "unix:PATH" or "HOST:PORT", until Close. While it cannot be bound it is tried again:
// it may be one that this host does not have yet.
func Publish(o Options, address string) *Public {
	if o.second == 0 {
		o.second = time.Second
	}
	h := &handler{Options: o, followers: make(chan struct{}, publicFollowers)}
	ctx, end := context.WithCancel(context.Background())
	p := &Public{o: o, address: address, handler: h.public(), end: end}
	p.over.Go(func() { p.run(ctx) })
	return p
}

// Close ends all connections and gives the address back.
func (p *Public) Close() {
	p.end()
	p.over.Wait()
}

// public are the questions that everybody may ask from anywhere.
func (h *handler) public() http.Handler {
	mux := http.NewServeMux()
	h.reading(mux)
	return onlyReading(http.MaxBytesHandler(mux, maxBody))
}

// run binds and answers, again and again until ctx ends.
func (p *Public) run(ctx context.Context) {
	wait, said := soonestBind, ""
	for {
		err := p.serve(ctx, func() { wait, said = soonestBind, "" })
		if ctx.Err() != nil {
			return
		}
		if err.Error() != said {
			said = err.Error()
			p.o.Log.Warn(fmt.Sprintf("--metrics %s: %s; it is tried again", p.address, said))
		}
		again := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			again.Stop()
			return
		case <-again.C:
		}
		wait = min(2*wait, latestBind)
	}
}

// serve binds and answers until that fails or ctx ends.
func (p *Public) serve(ctx context.Context, bound func()) error {
	l, remove, err := p.listen(ctx)
	if err != nil {
		return err
	}
	defer remove()
	bound()
	p.o.Log.Info("Metrics can be read at " + p.address)
	most := p.o.connections
	if most == 0 {
		most = publicConnections
	}
	server := p.o.server(p.handler)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	err = server.Serve(newFair(newBounded(l, most), hostConnections))
	_ = server.Close()
	if errors.Is(err, http.ErrServerClosed) {
		return ctx.Err()
	}
	return err
}

func (p *Public) listen(ctx context.Context) (l net.Listener, remove func(), err error) {
	if path, is := strings.CutPrefix(p.address, "unix:"); is {
		s, err := listen(path)
		if err != nil {
			return nil, nil, err
		}
		return s.UnixListener, s.remove, nil
	}
	l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", p.address)
	return l, func() {}, err
}

// onlyReading refuses what would change something, and what a page of somebody else has a browser ask: under a name
// that its owner lets lead to this host (DNS rebinding), the page would be allowed to read the answer.
func onlyReading(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "this address is for reading; holdfast reload uses the socket")
		case r.Header.Get("Sec-Fetch-Site") == "cross-site" && !opened(r) || rebound(r):
			refuse(w, http.StatusForbidden, "no questions for other sites")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// opened reports whether somebody follows a link to the page: then its browser shows it to him, and to nobody else.
func opened(r *http.Request) bool {
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	return r.URL.Path == "/" && mode == "navigate" && dest == "document"
}

// rebound reports whether somebody on this host asks for it under a name that is not its own. From elsewhere any name
// may lead here.
func rebound(r *http.Request) bool {
	at, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if at == nil || !at.IP.IsLoopback() {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if _, err := netip.ParseAddr(host); err == nil || strings.EqualFold(host, "localhost") {
		return false
	}
	own, err := os.Hostname()
	return err != nil || !strings.EqualFold(host, own)
}
