package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"holdfast/internal/golden"
)

var markSettings = Settings{Table: "keepalived_ipvs", Priority: -1}

// marking is what a list of words asks for: "tcp 192.0.2.1-192.0.2.9 80 1000", each in turn.
func marking(s Settings, lines ...string) Marks {
	w := Marks{Settings: s}
	for _, line := range lines {
		var protocol, addrs string
		var m Marked
		if _, err := fmt.Sscan(line, &protocol, &addrs, &m.Port, &m.Mark); err != nil {
			panic(line)
		}
		first, last, is := strings.Cut(addrs, "-")
		if !is {
			last = first
		}
		m.First, m.Last = netip.MustParseAddr(first), netip.MustParseAddr(last)
		m.Protocol = map[string]uint8{"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP, "sctp": unix.IPPROTO_SCTP}[protocol]
		w.Of = append(w.Of, m)
	}
	return w
}

// everything is one of each kind.
var everything = []string{"tcp 192.0.2.1 80 1000", "tcp 192.0.2.16-192.0.2.40 443 1000", "udp 192.0.2.1 53 1001",
	"sctp 192.0.2.1 80 1002", "tcp 192.0.2.1-192.0.2.3 0 4294967295", "tcp 2001:db8::1 80 1000",
	"udp 2001:db8::2-2001:db8::ff 53 1001", "sctp 2001:db8::1 0 1003"}

// What is in the kernel reads as what nft lists; that is compared below.
func TestTablesOfMarks(t *testing.T) {
	var b strings.Builder
	counting := Settings{Table: "other", Priority: 300, Counters: true}
	for _, w := range []Marks{marking(markSettings, everything...), marking(counting, everything...),
		marking(markSettings, "udp 192.0.2.1 53 7"), marking(markSettings)} {
		for _, one := range w.tables() {
			b.WriteString(one.String())
		}
	}
	golden.Equal(t, "testdata/marks.want", b.String())
}

func TestChangesOfMarks(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, then []string
		steps       int
		there       string
	}{
		{"the same", []string{"tcp 192.0.2.1 80 7"}, []string{"tcp 192.0.2.1 80 7"}, 0,
			"ip keepalived_ipvs: 192.0.2.1-192.0.2.1 . 80 : 7"},
		{"one more", []string{"tcp 192.0.2.1 80 7"}, []string{"tcp 192.0.2.1 80 7", "tcp 192.0.2.2 80 7"}, 1,
			"ip keepalived_ipvs: 192.0.2.1-192.0.2.1 . 80 : 7, 192.0.2.2-192.0.2.2 . 80 : 7"},
		{"a longer range", []string{"tcp 192.0.2.1-192.0.2.3 80 7"}, []string{"tcp 192.0.2.1-192.0.2.9 80 7"}, 2,
			"ip keepalived_ipvs: 192.0.2.1-192.0.2.9 . 80 : 7"},
		{"another mark", []string{"udp 192.0.2.1 80 7"}, []string{"udp 192.0.2.1 80 8"}, 2,
			"ip keepalived_ipvs: 192.0.2.1-192.0.2.1 . 80 : 8"},
		{"one more protocol: another table", []string{"tcp 192.0.2.1 80 7"}, []string{"tcp 192.0.2.1 80 7", "tcp 192.0.2.1 0 8"}, 5,
			"ip keepalived_ipvs: 192.0.2.1-192.0.2.1 . 80 : 7, 192.0.2.1-192.0.2.1 . tcp : 8"},
		{"another family", []string{"tcp 192.0.2.1 80 7"}, []string{"tcp 2001:db8::1 80 7"}, 4,
			"ip6 keepalived_ipvs: 2001:db8::1-2001:db8::1 . 80 : 7"},
		{"none", []string{"tcp 192.0.2.1 80 7", "tcp 2001:db8::1 80 7"}, nil, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, k, s := newModel(), opened(t), state{}
			var steps []step
			for _, lines := range [][]string{c.first, c.then} {
				steps, s = s.change(marking(markSettings, lines...).tables())
				if err := errors.Join(m.apply(steps), k.apply(steps)); err != nil {
					t.Fatal(err)
				}
				if !unspoilt(t, k, s) {
					t.Errorf("%v is not what the kernel has", lines)
				}
			}
			if len(steps) != c.steps {
				t.Errorf("%d steps, want %d: %+v", len(steps), c.steps, steps)
			}
			expect(t, m, c.there)
		})
	}
}

func TestTheKernelHasTheMarks(t *testing.T) {
	k := opened(t)
	var s state
	for _, how := range []Settings{markSettings, {Table: "other", Priority: -317, Counters: true}} {
		w := marking(how, everything...)
		s = bring(t, k, s, w)
		for _, one := range w.tables() {
			if diff := cmp.Diff(one.String(), listed(t, one.family, one.name)); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", how, diff)
			}
		}
		if !unspoilt(t, k, s) {
			t.Errorf("%+v is taken for damaged", how)
		}
		got := strings.ReplaceAll(nftDo(t, "-nn list ruleset"), " counter packets 0 bytes 0", "")
		for _, one := range []string{"192.0.2.1 . 80 : 0x000003e8", "192.0.2.16-192.0.2.40 . 443 : 0x000003e8",
			"192.0.2.1-192.0.2.3 . 6 : 0xffffffff", "2001:db8::1 . 80 : 0x000003e8", "2001:db8::1 . 132 : 0x000003eb",
			"2001:db8::2-2001:db8::ff . 53 : 0x000003e9"} {
			if !strings.Contains(got, one) {
				t.Errorf("%s is not among %s", one, got)
			}
		}
		nftDo(t, "delete element ip", how.Table, "udp_map { 192.0.2.1 . 53 }")
		if unspoilt(t, k, s) {
			t.Error("taken for intact")
		}
		s = bring(t, k, s.lost(), w)
	}
	bring(t, k, s, marking(markSettings))
	if left := nftDo(t, "list ruleset"); left != "" {
		t.Errorf("left: %s", left)
	}
}

// What a packet is marked with is seen by another rule behind ours.
func TestPacketsAreMarked(t *testing.T) {
	k := opened(t)
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, line := range []string{"add table inet witness",
		"add chain inet witness in { type filter hook input priority 5 ; }"} {
		nftDo(t, line)
	}
	bring(t, k, state{}, marking(markSettings, "udp 127.1.0.0-127.1.0.9 53 1000", "udp 127.1.0.5-127.1.0.20 0 1001",
		"tcp 127.1.0.1 53 1002", "udp ::1 53 1003"))
	for to, mark := range map[string]uint32{
		"127.1.0.0:53": 1000, "127.1.0.9:53": 1000, "127.1.0.10:53": 1001, "127.1.0.21:53": 0, "127.1.0.1:54": 0,
		"127.1.0.5:53": 1000, // the port that is named counts more
		"127.1.0.5:54": 1001, "127.1.0.20:65535": 1001, "[::1]:53": 1003, "[::1]:54": 0,
	} {
		addr := netip.MustParseAddrPort(to)
		family := familyOf(addr.Addr())
		nftDo(t, "flush chain inet witness in")
		nftDo(t, fmt.Sprintf("add rule inet witness in %v daddr %v udp dport %d meta mark %d counter", family, addr.Addr(),
			addr.Port(), mark))
		conn, err := net.Dial("udp", to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = conn.Write(binary.BigEndian.AppendUint32(nil, mark)); err != nil {
			t.Fatal(err)
		}
		if err = conn.Close(); err != nil {
			t.Fatal(err)
		}
		// On the loopback interface a packet is there when it was sent, or soon.
		met := false
		for end := time.Now().Add(limit); !met && time.Now().Before(end); {
			met = strings.Contains(nftDo(t, "list chain inet witness in"), "counter packets 1 ")
		}
		if !met {
			t.Errorf("a packet to %s had another mark than %d", to, mark)
		}
	}
}

// Ten thousand addresses are one transaction.
func TestManyMarks(t *testing.T) {
	k := opened(t)
	w := Marks{Settings: markSettings}
	for n := range 10000 {
		a := netip.AddrFrom4([4]byte{10, byte(n >> 14), byte(n >> 6), byte(n<<2 | 1)})
		w.Of = append(w.Of, Marked{a, a.Next(), unix.IPPROTO_TCP, 80, 1000})
	}
	began := time.Now()
	s := bring(t, k, state{}, w)
	t.Logf("%d ranges took %v", len(w.Of), time.Since(began))
	if !unspoilt(t, k, s) {
		t.Error("not all of them are there")
	}
	w.Of = w.Of[:5000]
	s = bring(t, k, s, w)
	if !unspoilt(t, k, s) {
		t.Error("not all of the others are gone")
	}
}
