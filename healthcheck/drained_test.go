package healthcheck

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// waitDrained waits until the peer's kernel has taken all that was sent, and gives the
// reader of it the time it takes to be scheduled: until then two pieces could be read as
// one. It polls with a deadline.
func waitDrained(c net.Conn) {
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		return
	}
	deadline := time.Now().Add(2 * time.Second)
	for time.Now().Before(deadline) {
		left := 0
		_ = raw.Control(func(fd uintptr) { left, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
		if left == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(30 * time.Millisecond)
}
