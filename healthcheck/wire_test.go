package healthcheck

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// Where the wire leads to, and the addresses of this host on it.
const (
	here4, here4b, there4, other4 = "198.51.100.1", "198.51.100.2", "198.51.100.9", "198.51.100.8"
	here6, here6b, there6, other6 = "2001:db8:5::1", "2001:db8:5::2", "2001:db8:5::9", "2001:db8:5::8"
)

// wire is the far end of the interface tun0: the test hears what this host sends into it, and
// answers as it likes.
type wire struct {
	t    *testing.T
	file *os.File

	mu    sync.Mutex
	heard []heard
}

// heard is an echo that came out of the wire.
type heard struct {
	src, dst netip.Addr
	echo     icmp.Echo
	packet   []byte
}

// wireOut makes tun0 in the namespace of the thread and hands each echo to talk.
func wireOut(t *testing.T, run func(string), talk func(*wire, heard)) *wire {
	t.Helper()
	device := "/dev/net/tun"
	if _, err := os.Stat(device); err != nil { // a container need not have it
		device = filepath.Join(t.TempDir(), "tun")
		if err := unix.Mknod(device, unix.S_IFCHR|0o600, int(unix.Mkdev(10, 200))); err != nil {
			t.Fatal(err)
		}
	}
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	req, err := unix.NewIfreq("tun0")
	if err != nil {
		t.Fatal(err)
	}
	req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, file: os.NewFile(uintptr(fd), "tun0")}
	run("ip address add " + here4 + "/24 dev tun0; ip address add " + here4b + "/24 dev tun0; ip link set tun0 up;" +
		"ip -6 address add " + here6 + "/64 dev tun0 nodad; ip -6 address add " + here6b + "/64 dev tun0 nodad preferred_lft 0;" +
		settled(here6, here6b))
	go w.listen(talk)
	return w
}

func (w *wire) listen(talk func(*wire, heard)) {
	buf := make([]byte, 4096)
	for {
		n, err := w.file.Read(buf)
		if err != nil {
			return // closed
		}
		if h, ok := parseEcho(append([]byte(nil), buf[:n]...)); ok {
			w.mu.Lock()
			w.heard = append(w.heard, h)
			w.mu.Unlock()
			talk(w, h)
		}
	}
}

// echoes are those heard so far.
func (w *wire) echoes() []heard {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]heard(nil), w.heard...)
}

// parseEcho takes an echo out of its packet; false for anything else.
func parseEcho(b []byte) (h heard, ok bool) {
	proto, body := 1, []byte(nil)
	switch {
	case len(b) > 20 && b[0] == 0x45 && b[9] == 1:
		h.src, h.dst, body = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20])), b[20:]
	case len(b) > 40 && b[0]>>4 == 6 && b[6] == 58:
		proto, h.src, h.dst, body = 58, netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40])), b[40:]
	default:
		return h, false
	}
	m, err := icmp.ParseMessage(proto, body)
	if err != nil || m.Type != ipv4.ICMPTypeEcho && m.Type != ipv6.ICMPTypeEchoRequest {
		return h, false
	}
	h.echo, h.packet = *m.Body.(*icmp.Echo), b
	return h, true
}

// reply is what an honest host sends.
func (h heard) reply() *icmp.Message {
	body := h.echo
	m := &icmp.Message{Type: ipv4.ICMPTypeEchoReply, Body: &body}
	if h.dst.Is6() {
		m.Type = ipv6.ICMPTypeEchoReply
	}
	return m
}

// unreachable is what a router sends that cannot go on, for one of two reasons.
func (h heard) unreachable(forbidden bool) *icmp.Message {
	m := &icmp.Message{Type: ipv4.ICMPTypeDestinationUnreachable, Code: 1, Body: &icmp.DstUnreach{Data: h.packet}}
	if forbidden {
		m.Code = 13
	}
	if h.dst.Is6() {
		m.Type, m.Code = ipv6.ICMPTypeDestinationUnreachable, 0
		if forbidden {
			m.Code = 1
		}
	}
	return m
}

// send puts a message on the wire, from an address to the one that asked.
func (w *wire) send(from netip.Addr, h heard, m *icmp.Message) {
	var pseudo []byte
	if from.Is6() {
		pseudo = icmp.IPv6PseudoHeader(from.AsSlice(), h.src.AsSlice())
	}
	body, err := m.Marshal(pseudo)
	if err != nil {
		w.t.Error(err)
		return
	}
	var head []byte
	if from.Is4() {
		head = make([]byte, 20, 20+len(body))
		head[0], head[8], head[9] = 0x45, 64, 1
		head[2], head[3] = byte((20+len(body))>>8), byte(20+len(body))
		copy(head[12:], from.AsSlice())
		copy(head[16:], h.src.AsSlice())
		sum := uint32(0)
		for i := 0; i < 20; i += 2 {
			sum += uint32(head[i])<<8 | uint32(head[i+1])
		}
		sum = ^(sum>>16 + sum&0xffff)
		head[10], head[11] = byte(sum>>8), byte(sum)
	} else {
		head = make([]byte, 40, 40+len(body))
		head[0], head[6], head[7] = 0x60, 58, 64
		head[4], head[5] = byte(len(body)>>8), byte(len(body))
		copy(head[8:], from.AsSlice())
		copy(head[24:], h.src.AsSlice())
	}
	if _, err := w.file.Write(append(head, body...)); err != nil && !errors.Is(err, os.ErrClosed) {
		w.t.Error(err)
	}
}

// settled is a command that waits until the kernel takes packets to IPv6 addresses, which is a
// moment after it was given them.
func settled(addrs ...string) string {
	var all strings.Builder
	for _, a := range addrs {
		all.WriteString(
			"for i in $(seq 1000); do ip -6 route show table local | grep -q '^local " + a + " ' && break; sleep 0.01; done;",
		)
	}
	return all.String()
}
