package engine

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/test/lab"
	"holdfast/vrrp/wire"
)

// openLink finds an interface in the current namespace.
func openLink(t *testing.T, name string) (*netif.Kernel, netif.Link) {
	t.Helper()
	k, err := netif.OpenKernel()
	if err != nil {
		t.Fatal(err)
	}
	s, err := k.State()
	if err != nil {
		t.Fatal(err)
	}
	l, ok := s.Link(name)
	if !ok {
		t.Fatalf("no interface %s", name)
	}
	return k, l
}

// Frames of two kinds, by EtherType in network order.
const (
	ethIP  = 0x0008
	ethARP = 0x0608
)

func isVRRP(f []byte) bool { return len(f) > 34 && (f[14+9] == protocol || isAH(f)) }

func isAH(f []byte) bool { return f[14+9] == wire.AHProtocol }

// isGARP accepts ARP whose sender and target protocol address are the same.
func isGARP(f []byte) bool { return len(f) >= 42 && bytes.Equal(f[28:32], f[38:42]) }

// frame waits for a frame on eth0 of a host.
func frame(t *testing.T, b *box, ethertype uint16, accept func([]byte) bool) []byte {
	t.Helper()
	var got []byte
	err := b.Do(func() error {
		k, l := openLink(t, "eth0")
		defer k.Close()
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(ethertype))
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		tv := unix.NsecToTimeval(int64(8 * time.Second))
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			return err
		}
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: ethertype, Ifindex: l.Index}); err != nil {
			return err
		}
		buf := make([]byte, 2048)
		for {
			n, _, err := unix.Recvfrom(fd, buf, 0)
			if errors.Is(err, unix.EINTR) {
				continue // the runtime's own signals
			}
			if err != nil {
				return err
			}
			if accept(buf[:n]) {
				got = bytes.Clone(buf[:n])
				return nil
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Byte for byte the frame of keepalived with the same configuration and source, but for the
// hardware address, and identification and header checksum, which the kernel makes.
func TestSemantics2_1_FrameIsThatOfKeepalived(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			i := k.instance(100, "192.168.1.151", "192.168.1.153")
			i.VIPs = append(i.VIPs, vips("10.1.2.3/24", "10.1.2.4/32")...)
			var frames [2][]byte
			for at, kind := range []string{"keepalived", "engine"} {
				t.Run(kind, func(t *testing.T) { frames[at] = frameOf(t, kind, i) })
			}
			if !bytes.Equal(frames[0], frames[1]) {
				t.Errorf("keepalived %x\nengine     %x", frames[0], frames[1])
			}
		})
	}
}

// frameOf is a frame of an advertisement without what may differ.
func frameOf(t *testing.T, kind string, i config.Instance) []byte {
	n := newNetwork(t)
	a, x := n.box("a", "192.168.1.151/24"), n.box("x", "192.168.1.153/24")
	startAs(a, kind, i)
	f := frame(t, x, ethIP, isVRRP)
	clear(f[6:12]) // Ethernet source
	if !isAH(f) {  // which covers it, so that nobody may change it
		clear(f[14+4 : 14+6]) // identification
	}
	clear(f[14+10 : 14+12]) // header checksum
	if f[0]&1 == 0 {
		clear(f[:6]) // the peer's hardware address
	}
	return f
}

func TestSemantics3_8_GratuitousARPIsThatOfKeepalived(t *testing.T) {
	t.Parallel()
	var frames [2][]byte
	for at, kind := range []string{"keepalived", "engine"} {
		t.Run(kind, func(t *testing.T) {
			n := newNetwork(t)
			a, x := n.box("a", "192.168.1.151/24"), n.box("x", "192.168.1.153/24")
			startAs(a, kind, v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
			f := frame(t, x, ethARP, isGARP)
			if !bytes.Equal(f[6:12], f[22:28]) {
				t.Errorf("hardware address of Ethernet %x, of ARP %x", f[6:12], f[22:28])
			}
			clear(f[6:12])
			clear(f[22:28])
			frames[at] = f
		})
	}
	// keepalived leaves the padding of a short frame to the driver.
	if !bytes.Equal(frames[0], frames[1][:len(frames[0])]) || len(bytes.Trim(frames[1][len(frames[0]):], "\x00")) > 0 {
		t.Errorf("keepalived %x\nengine     %x", frames[0], frames[1])
	}
}

// Forty instances on one interface use one pair of sockets.
func TestSemantics2_16_ManyInstancesShareTheSockets(t *testing.T) {
	t.Parallel()
	lab.Judge(t, manyInstancesShareTheSockets)
}

func manyInstancesShareTheSockets(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	var list []config.Instance
	for i := range 40 {
		list = append(list, v3(instance("VI_"+strings.Repeat("x", i+1), uint8(i+1), 100), tenth))
		list[i].VIPs = vips(prefixText(10, 0, i, 1), prefixText(10, 0, i, 2))
	}
	a.engine(list...)
	waitCount(t, a, "Entering MASTER STATE", 40)
	out, err := exec.Command("sh", "-c", "ls -l /proc/"+itoa(a.proc.Pid)+"/fd | grep -c socket").CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	if got := strings.TrimSpace(string(out)); len(got) > 1 {
		t.Errorf("%s sockets for 40 instances on one interface", got)
	}
	if got := len(a.addresses()); got != 80 {
		t.Errorf("%d addresses, want 80", got)
	}
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	a.has(soon)
}
