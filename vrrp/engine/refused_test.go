package engine

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/conformance"
	"holdfast/test/lab"
)

// good is a v3 advertisement of VRID 51, priority 10, 100 ms, for 192.168.1.150, from
// 192.168.1.153 to 224.0.0.18; checksum adds it.
func good() []byte { return []byte{0x31, 51, 10, 1, 0, 10, 0, 0, 192, 168, 1, 150} }

func checksum(b []byte) []byte {
	pseudo := append([]byte{192, 168, 1, 153, 224, 0, 0, 18, 0, 112, 0, byte(len(b))}, b...)
	sum := uint32(0)
	for i := 0; i+1 < len(pseudo); i += 2 {
		sum += uint32(pseudo[i])<<8 | uint32(pseudo[i+1])
	}
	for sum>>16 > 0 {
		sum = sum>>16 + sum&0xffff
	}
	b[6], b[7] = byte(^sum>>8), byte(^sum)
	return b
}

// sendRaw sends a VRRP message from a host to the group.
func sendRaw(h *lab.Host, src netip.Addr, ttl int, b []byte) error {
	return h.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, ttl); err != nil {
			return err
		}
		if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Address: src.As4()}); err != nil {
			return err
		}
		return unix.Sendto(fd, b, 0, &unix.SockaddrInet4{Addr: [4]byte{224, 0, 0, 18}})
	})
}

func TestSemantics2_5_MalformedPacketsAreCountedAndChangeNothing(t *testing.T) {
	conformance.Shows(t, "R58", "R59")
	conformance.Refuses(t, "R58")
	n := newNetwork(t)
	a, x := n.box("a", "192.168.1.151/24"), n.box("x", "192.168.1.153/24")
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	edit := func(at int, v byte) []byte {
		b := good()
		b[at] = v
		return checksum(b)
	}
	for _, c := range []struct {
		what    string
		packet  []byte
		ttl     int
		counter string // of keepalived.stats; "" = none there
	}{
		{"too short", good()[:5], 255, "Length"},
		{"addresses missing", checksum(append(good()[:3:3], 5, 0, 10, 0, 0, 192, 168, 1, 150)), 255, "Length"},
		{"TTL 254", checksum(good()), 254, "TTL"},
		{"type 2", edit(0, 0x32), 255, "Invalid Type"},
		{"version 4", edit(0, 0x41), 255, "Wrong Version"},
		{"checksum", good(), 255, "Wrong Checksum"},
		{"unknown VRID", edit(1, 99), 255, ""},
		{"nothing at all", nil, 255, ""},
		{"one byte", []byte{0x31}, 255, ""},
		{"1400 bytes", checksum(append(good(), make([]byte, 1388)...)), 255, "Length"},
	} {
		t.Run(c.what, func(t *testing.T) {
			before := a.stats()
			if err := sendRaw(x.Host, x.addr, c.ttl, c.packet); err != nil {
				t.Fatal(err)
			}
			if c.counter == "" {
				now := time.Now()
				if _, err := n.cap.Wait(now, soon, "the next advertisement", advertsOf(a)); err != nil {
					t.Fatal(err)
				}
				after := a.stats()
				for k, v := range after {
					if k != "Sent" && v != before[k] {
						t.Errorf("%s went from %d to %d", k, before[k], v)
					}
				}
				return
			}
			if err := lab.Eventually(soon, c.counter+" to be counted", func() (bool, string) {
				s := a.stats()
				return s[c.counter] == before[c.counter]+1, fmt.Sprint(s)
			}); err != nil {
				t.Error(err)
			}
		})
	}
	// The same packet in good order is received.
	before := a.stats()
	if err := sendRaw(x.Host, x.addr, 255, checksum(good())); err != nil {
		t.Fatal(err)
	}
	if err := lab.Eventually(soon, "the good one to be received", func() (bool, string) {
		s := a.stats()
		return s["Received"] == before["Received"]+1, fmt.Sprint(s)
	}); err != nil {
		t.Error(err)
	}
	if log := a.proc.Log(); strings.Count(log, "Entering") != 2 {
		t.Errorf("there were transitions:\n%s", log)
	}
	a.has(soon, "192.168.1.150/32")
}

var statLine = regexp.MustCompile(`(?m)^ +(.+): (\d+)$`)

// stats has the counters of the only instance by the words of keepalived.stats; of
// words that occur twice the first.
func (b *box) stats() map[string]int {
	b.t.Helper()
	mark := b.proc.LogSize()
	b.signal(syscall.SIGUSR2)
	b.log(mark, "done")
	text, err := b.Run("cat", filepath.Join(b.Dir, "keepalived.stats"))
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]int{}
	for _, m := range statLine.FindAllStringSubmatch(text, -1) {
		if _, twice := out[m[1]]; !twice {
			out[m[1]], _ = strconv.Atoi(m[2])
		}
	}
	return out
}

func TestFloodDoesNotDelayAdvertisements(t *testing.T) { lab.Judge(t, floodDoesNotDelayAdvertisements) }

func floodDoesNotDelayAdvertisements(t *lab.Trial) {
	n := newNetwork(t)
	a, x := n.box("a", "192.168.1.151/24"), n.box("x", "192.168.1.153/24")
	a.engine(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))
	a.has(soon, "192.168.1.150/32")
	start := time.Now()
	bad := good() // checksum wrong
	err := x.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, 255); err != nil {
			return err
		}
		if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Address: x.addr.As4()}); err != nil {
			return err
		}
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for time.Since(start) < 2*time.Second {
			for range 5 {
				if err := unix.Sendto(fd, bad, 0, &unix.SockaddrInet4{Addr: [4]byte{224, 0, 0, 18}}); err != nil {
					return err
				}
			}
			<-tick.C
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now()
	if _, err := n.cap.Wait(end, 5*time.Second, "an advertisement after the flood", advertsOf(a)); err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Regular(n.cap.Adverts(start, advertsOf(a)), end, tenth, slack); err != nil {
		t.Error(err)
	}
}
