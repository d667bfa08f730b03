package api

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A peer is the process at the other end, as the kernel knows it.
type peer struct {
	uid    uint32
	groups []uint32
}

type (
	peerKey  struct{}
	placeKey struct{}
)

// leavePlace has a connection make room for another one, because it is counted in some other way.
func leavePlace(ctx context.Context) {
	if c, is := ctx.Value(placeKey{}).(*placed); is {
		c.leave()
	}
}

// withPeer notes who is at the other end of a connection; nobody if the kernel does not tell.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	placed, is := c.(*placed)
	if !is {
		return ctx
	}
	ctx = context.WithValue(ctx, placeKey{}, placed)
	conn, is := placed.Conn.(*net.UnixConn)
	if !is {
		return ctx
	}
	if p, err := peerOf(conn); err == nil {
		return context.WithValue(ctx, peerKey{}, p)
	}
	return ctx
}

func peerOf(c *net.UnixConn) (peer, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return peer{}, err
	}
	var p peer
	var failed error
	err = raw.Control(func(fd uintptr) {
		var who *unix.Ucred
		if who, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); failed == nil {
			p.uid = who.Uid
			p.groups = append(moreGroups(fd), who.Gid)
		}
	})
	return p, errors.Join(err, failed)
}

// moreGroups are the supplementary groups of a peer.
func moreGroups(fd uintptr) []uint32 {
	list := make([]uint32, 64)
	for {
		size := uint32(len(list) * 4)
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&list[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == unix.ERANGE && int(size) > len(list)*4: // that many there are
			list = make([]uint32, size/4)
		case errno != 0:
			return nil
		default:
			return list[:size/4]
		}
	}
}

// mayChange reports whether whoever asks may do more than read.
func (h *handler) mayChange(ctx context.Context) bool {
	p, known := ctx.Value(peerKey{}).(peer)
	return known && (p.uid == 0 || int(p.uid) == os.Geteuid() || h.hasGroup && slices.Contains(p.groups, h.group))
}
