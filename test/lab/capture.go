package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// An Advert is a VRRP advertisement seen on the wire.
type Advert struct {
	At       time.Time // the kernel's time stamp
	MAC      string    // Ethernet source
	Src, Dst netip.Addr
	TTL      uint8
	Version  uint8
	VRID     uint8
	Priority uint8
	Interval time.Duration
	AuthType uint8  // v2 only
	AH       []byte // the authentication header before the message, nil without one
	Addrs    []netip.Addr
	Raw      []byte // the VRRP message
}

// String prints the advertisement on one line.
func (a Advert) String() string {
	return fmt.Sprintf("%s %v v%d vrid %d priority %d every %v %v",
		a.At.Format("15:04:05.000"), a.Src, a.Version, a.VRID, a.Priority, a.Interval, a.Addrs)
}

// A GARP is a gratuitous ARP message seen on the wire.
type GARP struct {
	At    time.Time
	MAC   string // the address it announces
	Addr  netip.Addr
	Reply bool
}

// An NA is an unsolicited neighbour advertisement seen on the wire.
type NA struct {
	At    time.Time
	MAC   string // the address it announces
	Addr  netip.Addr
	Frame []byte
}

// A Frame is a whole Ethernet frame seen on the wire.
type Frame struct {
	At   time.Time // the kernel's time stamp
	Data []byte
}

// A Capture records VRRP, gratuitous ARP and unsolicited neighbour advertisements
// passing the switch.
type Capture struct {
	file *os.File

	mu      sync.Mutex
	frames  []Frame
	adverts []Advert
	garps   []GARP
	nas     []NA

	// what the next frame and its time stamp are received into
	buf [4096]byte
	oob [256]byte
}

// Capture starts to record what passes the switch. Close it when done.
func (l *LAN) Capture() (*Capture, error) { return CaptureLink(l.bridge) }

// CaptureAll is Capture, and Frames has whatever else passes the switch.
func (l *LAN) CaptureAll() (*Capture, error) { return captureLink(l.bridge, nil) }

// Capture starts to record what passes an interface of the host, in and out.
// Close it when done.
func (h *Host) Capture(link string) (c *Capture, err error) {
	err = h.Do(func() (err error) {
		c, err = CaptureLink(link)
		return err
	})
	return c, err
}

// CaptureLink starts to record what passes an interface of this network namespace, in and
// out. Close it when done.
func CaptureLink(link string) (*Capture, error) { return captureLink(link, announcements) }

// captureLink records what passes a filter, everything if it is nil.
func captureLink(link string, filter []bpf.Instruction) (*Capture, error) {
	ifi, err := net.InterfaceByName(link)
	if err != nil {
		return nil, fmt.Errorf("finding %s: %v", link, err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("opening a packet socket: %v", err)
	}
	f := os.NewFile(uintptr(fd), "capture on "+link)
	if err := prepare(fd, ifi.Index, filter); err != nil {
		f.Close()
		return nil, err
	}
	c := &Capture{file: f}
	go c.read()
	return c, nil
}

// announcements takes ARP, VRRP and ICMPv6.
var announcements = []bpf.Instruction{
	bpf.LoadAbsolute{Off: 12, Size: 2},
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_ARP, SkipTrue: 7},
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.ETH_P_IPV6, SkipTrue: 3},
	bpf.LoadAbsolute{Off: 14 + 9, Size: 1}, // IPv4 protocol
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: ahProto, SkipTrue: 4},
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: vrrpProto, SkipTrue: 3, SkipFalse: 4},
	bpf.LoadAbsolute{Off: 14 + 6, Size: 1}, // IPv6 next header
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: vrrpProto, SkipTrue: 1},
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.IPPROTO_ICMPV6, SkipFalse: 1},
	bpf.RetConstant{Val: 2048},
	bpf.RetConstant{Val: 0},
}

// prepare sets filter, time stamps and promiscuous mode, and binds the socket.
func prepare(fd, index int, taken []bpf.Instruction) error {
	if taken == nil {
		taken = []bpf.Instruction{bpf.RetConstant{Val: 4096}}
	}
	prog, err := bpf.Assemble(taken)
	if err != nil {
		return fmt.Errorf("assembling the capture filter: %v", err)
	}
	filter := make([]unix.SockFilter, len(prog))
	for i, r := range prog {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	mreq := unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC}
	return errors.Join(
		unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 4<<20),
		unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &mreq),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: index}),
	)
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// Close ends the recording; what was recorded stays readable.
func (c *Capture) Close() error { return c.file.Close() }

func (c *Capture) read() {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return
	}
	for {
		var rerr error
		err := raw.Read(func(fd uintptr) bool {
			rerr = c.receive(int(fd))
			return !errors.Is(rerr, unix.EAGAIN)
		})
		if err != nil || rerr != nil {
			return // closed
		}
	}
}

// receive records the next frame that waits in the socket, which never blocks.
func (c *Capture) receive(fd int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, oobn, _, _, err := unix.Recvmsg(fd, c.buf[:], c.oob[:], 0)
	if err == nil {
		c.record(slices.Clone(c.buf[:n]), stamp(c.oob[:oobn]))
	}
	return err
}

// drain records what waits in the socket: who asks what was seen does not depend on
// whether read had its turn.
func (c *Capture) drain() {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { // fails when closed
		for c.receive(int(fd)) == nil {
		}
	})
}

// stamp reads the kernel's receive time.
func stamp(oob []byte) time.Time {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err == nil {
		for _, m := range msgs {
			if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
				return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)),
					int64(binary.NativeEndian.Uint64(m.Data[8:])))
			}
		}
	}
	return time.Now()
}

// record is called with mu held.
func (c *Capture) record(frame []byte, at time.Time) {
	c.frames = append(c.frames, Frame{At: at, Data: frame})
	if g, ok := parseGARP(frame); ok {
		g.At = at
		c.garps = append(c.garps, g)
		return
	}
	if n, ok := parseNA(frame); ok {
		n.At = at
		c.nas = append(c.nas, n)
		return
	}
	if a, ok := parseAdvert(frame); ok {
		a.At = at
		c.adverts = append(c.adverts, a)
	}
}

// WritePcap writes all frames seen as a file that tshark reads.
func (c *Capture) WritePcap(w io.Writer) error {
	const magic, major, minor, snap, ethernet = 0xa1b23c4d, 2, 4, 4096, 1 // of nanoseconds
	b := binary.BigEndian.AppendUint32(nil, magic)
	b = binary.BigEndian.AppendUint16(b, major)
	b = binary.BigEndian.AppendUint16(b, minor)
	b = append(b, make([]byte, 8)...) // time zone and accuracy
	b = binary.BigEndian.AppendUint32(b, snap)
	b = binary.BigEndian.AppendUint32(b, ethernet)
	for _, f := range c.Frames() {
		b = binary.BigEndian.AppendUint32(b, uint32(f.At.Unix()))
		b = binary.BigEndian.AppendUint32(b, uint32(f.At.Nanosecond()))
		b = binary.BigEndian.AppendUint32(b, uint32(len(f.Data)))
		b = binary.BigEndian.AppendUint32(b, uint32(len(f.Data)))
		b = append(b, f.Data...)
	}
	_, err := w.Write(b)
	return err
}

// Frames lists all ARP, VRRP and ICMPv6 seen, in the order it came.
func (c *Capture) Frames() []Frame {
	c.drain()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// Adverts lists what was seen since a moment for which keep says so; a nil keep
// keeps all.
func (c *Capture) Adverts(since time.Time, keep func(Advert) bool) []Advert {
	c.drain()
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Advert
	for _, a := range c.adverts {
		if !a.At.Before(since) && (keep == nil || keep(a)) {
			out = append(out, a)
		}
	}
	return out
}

// GARPs lists the gratuitous ARP messages for addr since a moment.
func (c *Capture) GARPs(addr netip.Addr, since time.Time) []GARP {
	c.drain()
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []GARP
	for _, g := range c.garps {
		if g.Addr == addr && !g.At.Before(since) {
			out = append(out, g)
		}
	}
	return out
}

// NAs lists the unsolicited neighbour advertisements for addr since a moment.
func (c *Capture) NAs(addr netip.Addr, since time.Time) []NA {
	c.drain()
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []NA
	for _, n := range c.nas {
		if n.Addr == addr && !n.At.Before(since) {
			out = append(out, n)
		}
	}
	return out
}

// From selects the advertisements of one sender.
func From(addr netip.Addr) func(Advert) bool {
	return func(a Advert) bool { return a.Src == addr }
}

// Wait waits for an advertisement that keep wants and returns the first.
func (c *Capture) Wait(since time.Time, limit time.Duration, what string, keep func(Advert) bool) (Advert, error) {
	var found Advert
	err := Eventually(limit, what, func() (bool, string) {
		list := c.Adverts(since, keep)
		if len(list) == 0 {
			return false, fmt.Sprintf("of %d advertisements, none", len(c.Adverts(since, nil)))
		}
		found = list[0]
		return true, ""
	})
	return found, err
}

// Regular reports whether advertisements came one interval after another from the
// first to the end of the span: none missing, none late by more than tolerance,
// none early by more than that. The error lists the gaps. worst is the largest
// deviation from the interval seen.
func Regular(list []Advert, end time.Time, interval, tolerance time.Duration) (worst time.Duration, err error) {
	if len(list) == 0 {
		return 0, errors.New("no advertisement at all")
	}
	var errs []error
	for i := 1; i < len(list); i++ {
		dev := list[i].At.Sub(list[i-1].At) - interval
		worst = max(worst, dev.Abs())
		if dev.Abs() > tolerance {
			errs = append(errs,
				fmt.Errorf("%v came %v after the one before", list[i], (dev+interval).Round(time.Millisecond)))
		}
	}
	if silent := end.Sub(list[len(list)-1].At); silent > interval+tolerance {
		errs = append(errs, fmt.Errorf("silent for %v at the end", silent.Round(time.Millisecond)))
	}
	return worst, errors.Join(errs...)
}
