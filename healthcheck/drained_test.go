package healthcheck

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// waitDrained waits until the other end of c, on this host too, has read all that was sent
// or is gone: until then two pieces could be read as one. It gives up after a while, since
// a reader may have had enough.
func waitDrained(c net.Conn) {
	for deadline := time.Now().Add(2 * time.Second); unread(c) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

// unread reports whether something sent on c waits in one of its two sockets, as the
// kernel's list of them has it.
func unread(c net.Conn) bool {
	here, there := inProc(c.LocalAddr()), inProc(c.RemoteAddr())
	list, err := os.ReadFile("/proc/thread-self/net/tcp")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		if len(f) < 5 {
			continue
		}
		sent, received, _ := strings.Cut(f[4], ":")
		if f[1] == here && f[2] == there && strings.Trim(sent, "0") != "" ||
			f[1] == there && f[2] == here && strings.Trim(received, "0") != "" {
			return true
		}
	}
	return false
}

// inProc is an IPv4 address and port as the list has them: the address as a number in
// the order of the machine.
func inProc(a net.Addr) string {
	ap := a.(*net.TCPAddr).AddrPort()
	four := ap.Addr().Unmap().As4()
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(four[:]), ap.Port())
}
