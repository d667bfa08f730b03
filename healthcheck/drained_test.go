package healthcheck

import (
	"net"
	"time"

	"github.com/vishvananda/netlink"
)

// waitDrained waits until the other end of c, on this host too, has read all that was sent
// or is gone: until then two pieces could be read as one. It gives up after a while, since
// a reader may have had enough.
func waitDrained(c net.Conn) {
	for deadline := time.Now().Add(2 * time.Second); unread(c) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

// unread reports whether something sent on c waits in one of its two sockets. The kernel is asked for these: the list of all
// is long on a host where many connections have just ended.
func unread(c net.Conn) bool {
	here, err := netlink.SocketGet(c.LocalAddr(), c.RemoteAddr())
	if err != nil {
		return false
	}
	there, err := netlink.SocketGet(c.RemoteAddr(), c.LocalAddr())
	return here.WQueue > 0 || err == nil && there.RQueue > 0
}
