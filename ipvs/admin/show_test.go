package admin_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/golden"
	"holdfast/ipvs"
	"holdfast/ipvs/admin"
	"holdfast/ipvs/fake"
)

// play gives command lines to a session on a fake kernel, until one fails.
type play struct {
	kernel *fake.Kernel
	in     string
	warned []string
	conns  string
}

func (p *play) run(line string) (string, error) {
	c, err := admin.Parse(strings.Fields(line), book{})
	if err != nil {
		return "", err
	}
	var out strings.Builder
	s := admin.Session{Kernel: p.kernel, Names: book{}, In: strings.NewReader(p.in), Out: &out,
		Warn:        func(line string) { p.warned = append(p.warned, line) },
		Connections: func() (string, error) { return p.conns, nil }}
	err = s.Run(c)
	return out.String(), err
}

func filled(t *testing.T) *play {
	t.Helper()
	p := &play{kernel: fake.New()}
	for _, err := range p.kernel.Apply(everything()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// The lists are what ipvsadm has written for the same table (witness_ipvs_test.go makes the files).
func TestListsAreTheGoldens(t *testing.T) {
	p := filled(t)
	for file, line := range goldens() {
		got, err := p.run(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		golden.Equal(t, file, got)
	}
}

func TestJSON(t *testing.T) {
	p := filled(t)
	web := everything()[0].Service
	p.kernel.SetStats(web, ipvs.ServiceStats{
		Counters: ipvs.Counters{Connections: 1, PacketsIn: 2, PacketsOut: 3, BytesIn: 4, BytesOut: 5,
			ConnectionRate: 6, PacketRateIn: 7, PacketRateOut: 8, ByteRateIn: 9, ByteRateOut: 10},
		Dests: map[ipvs.DestID]ipvs.DestStats{everything()[1].Dest: {Active: 11, Inactive: 12, Persistent: 13, Counters: ipvs.Counters{Connections: 14}}},
	})
	for file, line := range map[string]string{
		"testdata/list.json": "-L --json", "testdata/one.json": "-L --json -f 5", "testdata/timeouts.json": "-L --timeout --json",
		"testdata/connections.json": "-L -c --json",
	} {
		p.conns = connections
		got, err := p.run(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		golden.Equal(t, file, got)
	}
}

// How ipvsadm 1.31 shows numbers, noted on a machine where it was told them.
func TestNumbers(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "        0", 99999: "    99999", 10000500: " 10000500", 99999999: " 99999999", 100000000: "  100000K", 150000000: "  150000K",
		999999999: "  999999K", 1000000000: "    1000M", 4294967295: "    4294M", 99999999999: "   99999M", 100000000000: "     100G",
		1500000000000: "    1500G", 99999999999999: "   99999G", 100000000000000: "     100T", 9223372036854775808: " 9223372T", 18446744073709551615: "18446744T",
	} {
		p := &play{kernel: fake.New()}
		id := everything()[0].Service
		p.kernel.Apply(everything()[:1])
		p.kernel.SetStats(id, ipvs.ServiceStats{Counters: ipvs.Counters{Connections: n, BytesOut: n, ConnectionRate: n, ByteRateOut: n}})
		for _, view := range []string{"--stats", "--rate"} {
			got, _ := p.run("-L -n " + view)
			line := strings.Split(got, "\n")[3]
			if line != "TCP  10.0.0.1:80                 "+want+"        0        0        0"+want {
				t.Errorf("%s of %d:\n%s", view, n, line)
			}
			exact, _ := p.run("-L -n --exact " + view)
			if want := fmt.Sprintf("TCP  10.0.0.1:80                  %8d        0        0        0 %8d", n, n); strings.Split(exact, "\n")[3] != want {
				t.Errorf("%s --exact of %d:\n%s\n%s", view, n, strings.Split(exact, "\n")[3], want)
			}
		}
	}
}

const connections = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
UDP 0A000001 0000 0A000001 13C4 0A010001 13C4 ASSURED         358 sip abc-def-1234567890@host.example.org
TCP 0A000001 B838 0A000001 0050 0A010001 1F90 ESTABLISHED     898
TCP fd00:0000:0000:0000:0000:0000:0000:0000 0000 fd00:0000:0000:0000:0000:0000:0000:0001 0050 fd00:0001:0000:0000:0000:0000:0000:0001 1F90 ASSURED         358
IP  C0000205 0000 00000005 0000 0A010001 0000 NONE         2678399
TCP 0A000001 B854 0A000002 0050 0A010002 0050 CLOSE_WAIT        8
`

func TestConnections(t *testing.T) {
	p := &play{kernel: fake.New(), conns: connections}
	for _, c := range []struct{ line, want string }{
		{"-Lnc", `IPVS connection entries
pro expire state       source             virtual            destination
UDP 05:58  ASSURED     10.0.0.1:0         10.0.0.1:5060      10.1.0.1:5060
TCP 14:58  ESTABLISHED 10.0.0.1:47160     10.0.0.1:80        10.1.0.1:8080
TCP 05:58  ASSURED     [fd00::]:0         [fd00::1]:80       [fd00:1::1]:8080
IP  44639:59  NONE        192.0.2.5:0        0.0.0.5:0          10.1.0.1:0
TCP 00:08  CLOSE_WAIT  10.0.0.1:47188     10.0.0.2:80        10.1.0.2:80
`},
		{"-Lc --persistent-conn", `IPVS connection entries
pro expire state       source             virtual            destination        pe name          pe_data
UDP 05:58  ASSURED     vip.example.org:0  vip.example.org:sip 10.1.0.1:sip     sip                abc-def-1234567890@host.example.org
TCP 14:58  ESTABLISHED vip.example.org:47160 vip.example.org:http 10.1.0.1:http-alt
TCP 05:58  ASSURED     [fd00::]:0         [six-server-with-a-long-name.example.org]:http [fd00:1::1]:http-alt
IP  44639:59  NONE        192.0.2.5:0        0.0.0.5:0          10.1.0.1:0
TCP 00:08  CLOSE_WAIT  vip.example.org:47188 a-very-long-host-name-of-a-real-server.in.some.example.org: 10.1.0.2:http
`},
	} {
		if got, err := p.run(c.line); err != nil || got != c.want {
			t.Errorf("%s (%v):\n%s\nwant\n%s", c.line, err, got, c.want)
		}
	}
	for _, bad := range []string{"TCP 0A000001", "TCP 0A0001 B838 0A000001 0050 0A010001 1F90 X 8", "TCP 0A000001 XX 0A000001 0050 0A010001 1F90 X 8",
		"TCP 0A000001 B838 0A000001 0050 0A010001 1F90 X soon", "TCP fd00: 0 0A000001 0050 0A010001 1F90 X 8"} {
		p.conns = "head\n" + bad + "\n"
		if _, err := p.run("-Lc"); err == nil || !strings.HasPrefix(err.Error(), "ip_vs_conn:2: ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// What is saved with thresholds and restored is the table, whatever it was.
func TestSaveAndRestore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &play{kernel: fake.New()}
		p.kernel.Apply(ipvs.Diff(nil, fake.Tables().Draw(t, "table")))
		was, _ := p.kernel.Read()
		saved, err := p.run("-S -n --thresholds")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = p.run("-C")
		p.in = saved
		if _, err := p.run("-R"); err != nil {
			t.Fatalf("%v in\n%s", err, saved)
		}
		is, _ := p.kernel.Read()
		if left := append(ipvs.Diff(entries(is), entries(was)), ipvs.Diff(entries(was), entries(is))...); len(left) > 0 {
			t.Fatalf("saved\n%s\nthere is to do %v", saved, left)
		}
	})
}

func TestThresholdsThatAreNotSavedAreTold(t *testing.T) {
	p := filled(t)
	if _, err := p.run("-S -n --thresholds"); err != nil || p.warned != nil {
		t.Errorf("saved with thresholds: %v %q", err, p.warned)
	}
	if _, err := p.run("-S -n"); err != nil || len(p.warned) != 1 || !strings.Contains(p.warned[0], "-S --thresholds") {
		t.Errorf("saved without: %v %q", err, p.warned)
	}
}

// A mistake in a line keeps all of them from being done; a refusal only its own.
func TestRestore(t *testing.T) {
	p := filled(t)
	before := p.kernel.String()
	p.in = "-A -t 10.9.0.1:80 -s rr\n\n-a -t 10.9.0.1:80 -r 10.9.0.2 -q\n"
	if _, err := p.run("-R"); err == nil || err.Error() != "line 3: there is no option -q" || p.kernel.String() != before {
		t.Errorf("%v, and the table is\n%s", err, p.kernel)
	}
	p.in = "-L -n\n"
	if _, err := p.run("-R"); err == nil || err.Error() != "line 1: -L changes nothing" {
		t.Errorf("%v", err)
	}
	p.in = "-A -t 10.0.0.1:80 -s rr\n-A -t 10.9.0.1:80\n--set 1 2 3\n-Z\n-a -t 10.9.0.1:80 -r 10.9.0.2\n"
	_, err := p.run("-R")
	var told *admin.Error
	if !errors.As(err, &told) || told.Status != 255 || told.Text != "adding service [10.0.0.1]:tcp:80: service exists (errno 17)" {
		t.Errorf("%v", err)
	}
	if !strings.Contains(p.kernel.String(), "-a -t 10.9.0.1:80 -r 10.9.0.2:80 -g -w 1") {
		t.Errorf("the rest was not done:\n%s", p.kernel)
	}
	if got, _ := p.run("-L --timeout"); got != "Timeout (tcp tcpfin udp): 1 2 3\n" {
		t.Error(got)
	}
	p.in = "-C\n-A -t 10.9.0.3:80\n"
	if _, err := p.run("-R"); err != nil || p.kernel.String() != "-A -t 10.9.0.3:80 -s wlc\n" {
		t.Errorf("%v\n%s", err, p.kernel)
	}
}

func TestDaemons(t *testing.T) {
	p := &play{kernel: fake.New()}
	p.kernel.SetLink("eth0", 1500)
	p.kernel.SetLink("eth1", 1500)
	for _, c := range []struct{ line, want string }{
		{"-L --daemon", ""},
		{"-L --daemon --json", "[]\n"},
		{"--start-daemon master --mcast-interface eth0 --syncid 7 --mcast-group 224.0.0.82 --mcast-port 8849 --mcast-ttl 4 --sync-maxlen 1400", ""},
		{"--start-daemon backup --mcast-interface eth1 --mcast-group ff02::81", ""},
		{"-L --daemon", "master sync daemon (mcast=eth0, syncid=7, maxlen=1400, group=224.0.0.82, port=8849, ttl=4)\n" +
			"backup sync daemon (mcast=eth1, syncid=0, maxlen=1452, group=ff02::81, port=8848, ttl=1)\n"},
		{"--stop-daemon backup", ""},
		{"-L --daemon --json", `[
  {
    "state": "master",
    "interface": "eth0",
    "syncid": 7,
    "sync_maxlen": 1400,
    "group": "224.0.0.82",
    "port": 8849,
    "ttl": 4
  }
]
`},
	} {
		if got, err := p.run(c.line); err != nil || got != c.want {
			t.Errorf("%s (%v):\n%s\nwant\n%s", c.line, err, got, c.want)
		}
	}
	if _, err := p.run("--stop-daemon backup"); err == nil || err.Error() != "stopping the backup sync daemon: there is none (errno 3)" {
		t.Errorf("stopped twice: %v", err)
	}
}

func TestRefusalsOfTheKernel(t *testing.T) {
	p := filled(t)
	for _, c := range []struct {
		line   string
		status int
	}{{"-A -t 10.0.0.1:80", 255}, {"-D -t 10.9.0.1:80", 255}, {"-Z -t 10.9.0.1:80", 255}, {"-L -t 10.9.0.1:80", 1}} {
		_, err := p.run(c.line)
		var told *admin.Error
		if !errors.As(err, &told) || told.Status != c.status {
			t.Errorf("%s: %v, want status %d", c.line, err, c.status)
		}
	}
	if err := p.kernel.SetTimeouts(ipvs.Timeouts{TCP: time.Second}); err != nil {
		t.Fatal(err)
	}
	p.kernel.RefuseReads(syscall.EPERM)
	for _, line := range []string{"", "-S", "-L --timeout"} {
		if _, err := p.run(line); err == nil || err.Error() != "operation not permitted" {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// Lists are shown whatever their order in the kernel.
func TestOrderIsOfTheListAlone(t *testing.T) {
	p := filled(t)
	want, _ := p.run("-L -n")
	list, _ := p.kernel.List()
	rapid.Check(t, func(t *rapid.T) {
		var out strings.Builder
		info, _ := p.kernel.Info()
		mixed := admin.Table{Info: info, Services: rapid.Permutation(list).Draw(t, "order")}
		if err := mixed.Write(&out, admin.View{Numeric: true}, book{}); err != nil || out.String() != want {
			t.Fatalf("%v\n%s", err, out.String())
		}
	})
}
