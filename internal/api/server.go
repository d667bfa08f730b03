// Package api is how a daemon is asked: HTTP and JSON on a unix socket, in the supervisor's process. What costs
// something is bounded: connections, the size and the time of a request, the time in which an answer has to be read;
// and the roles are asked once, however many ask. The values are those of package state.
package api

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/user"
	"strconv"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/override"
	"holdfast/internal/state"
)

// A Source is what is asked; super.Supervisor is one.
type Source interface {
	// State is what there is to see of the daemon. It does not take long.
	State(ctx context.Context) state.Answer
	// Brief is State without the lists that are long (see state.Long), for much less.
	Brief(ctx context.Context) state.Answer
	// Ready is whether the roles answer and are ready, for next to nothing.
	Ready(ctx context.Context) state.Answer
	// Metrics is what is counted and measured. It does not take long.
	Metrics(ctx context.Context) state.Answer
	// Reload has the configuration read again, and tells why it was refused, "" if it was not.
	Reload(ctx context.Context, allowEmpty bool) (refused string, err error)
	// Plan tells what a reload with a file would meet, "" for the file of the daemon, and changes nothing.
	Plan(ctx context.Context, file string, allowEmpty bool) (state.Prospect, error)
	// Upgrade has the daemon go on as a program, "" for the one at the path that it was started from, or only tells
	// whether it could. It gives the version of that, or why not. Where it goes on, Upgrade does not return: the next
	// program answers on conn.
	Upgrade(ctx context.Context, program string, check bool, conn *net.UnixConn) (version, refused string, err error)
	// Override changes what is in force beside the configuration, and gives what was begun or ended. Refused is why not.
	Override(ctx context.Context, r override.Request) (changed []state.Override, refused, err error)
	// CheckNow has the checks made of the real servers with a name, "" for all, of a virtual server, "" for all.
	CheckNow(ctx context.Context, name, service string) (servers int, refused, err error)
}

// Options of a Server.
type Options struct {
	Log    *zap.Logger
	Source Source
	// Chronicle is where events come from; nil has none.
	Chronicle Chronicle
	Path      string // of the socket
	Group     string // who may change things besides root and the user of the daemon; "" = nobody
	// Print writes what a configuration means, without secrets.
	Print func(io.Writer, *config.Config) error

	connections int           // at a time; 0 = maxConnections
	second      time.Duration // 0 = time.Second
}

// Bounds of what others may cost.
const (
	maxConnections = 128     // further ones wait in the kernel
	headerTime     = 2       // seconds for a request to be there
	requestTime    = 5       // with its body
	answerTime     = 10      // for an answer to be read
	idleTime       = 2       // for the next request on a connection
	maxHeader      = 8 << 10 // bytes
	maxBody        = 4 << 10
)

// A Server answers on one socket.
type Server struct {
	http *http.Server
	sock *socket
}

// Serve begins to answer.
func Serve(o Options) (*Server, error) {
	if o.connections == 0 {
		o.connections = maxConnections
	}
	if o.second == 0 {
		o.second = time.Second
	}
	h := &handler{Options: o, followers: make(chan struct{}, maxFollowers)}
	if o.Group != "" {
		g, err := user.LookupGroup(o.Group)
		if err != nil {
			o.Log.Warn("--api-group: " + err.Error() + "; only root and the user of the daemon may change things")
		} else if gid, err := strconv.ParseUint(g.Gid, 10, 32); err == nil {
			h.group, h.hasGroup = uint32(gid), true
		}
	}
	sock, err := listen(o.Path)
	if err != nil {
		return nil, err
	}
	s := &Server{sock: sock, http: o.server(h.routes())}
	s.http.ConnContext = withPeer
	// Whatever ends it, the daemon goes on: its end is Close's, or nobody's fault but this socket's.
	go func() { _ = s.http.Serve(newBounded(sock.UnixListener, o.connections)) }()
	return s, nil
}

// server is a server with the bounds in time and size.
func (o *Options) server(h http.Handler) *http.Server {
	second := o.second
	if second == 0 {
		second = time.Second
	}
	quiet, _ := zap.NewStdLogAt(o.Log, zap.DebugLevel) // it fails for an unknown level
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime * second, ReadTimeout: requestTime * second,
		WriteTimeout: answerTime * second, IdleTimeout: idleTime * second,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       quiet,
	}
}

// Close ends all connections and removes the socket.
func (s *Server) Close() {
	s.sock.remove() // first: nobody is to find a socket that answers no more
	_ = s.http.Close()
}
