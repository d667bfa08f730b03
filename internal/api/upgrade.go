package api

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// upgrade is not bounded in time, as reload. Which program it is only root and the user of the daemon may say: others
// could have the daemon execute anything.
func (h *handler) upgrade(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(w, r) {
		return
	}
	q := r.URL.Query()
	program := q.Get("program")
	conn := connOf(r.Context())
	switch {
	case conn == nil:
		refuse(w, http.StatusServiceUnavailable, "this daemon cannot be upgraded")
		return
	case program != "" && !owns(r.Context()):
		refuse(w, http.StatusForbidden, "program: only root and the user of the daemon may name one")
		return
	case program != "" && !filepath.IsAbs(program):
		refuse(w, http.StatusBadRequest, "program: want the whole path of a program, not '"+program+"'")
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	version, why, err := h.Source.Upgrade(r.Context(), program, q.Has("check"), conn)
	verdict(w, why, err, func(out *answer) {
		out.field("pid", os.Getpid())
		out.field("version", version)
	})
}

// owns reports whether whoever asks may do all that the daemon may.
func owns(ctx context.Context) bool {
	p, known := ctx.Value(peerKey{}).(peer)
	return known && (p.uid == 0 || int(p.uid) == os.Geteuid())
}

// connOf is the connection that a request came on, nil if it is none that could be handed over.
func connOf(ctx context.Context) *net.UnixConn {
	placed, is := ctx.Value(placeKey{}).(*placed)
	if !is {
		return nil
	}
	conn, _ := placed.Conn.(*net.UnixConn)
	return conn
}
