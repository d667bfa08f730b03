//go:build ipvs

package engine

import (
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
)

// These tests run against a kernel with IPVS, with ipvsadm as the witness:
//
//	go test -tags ipvs -exec "$PWD/test/uml/run" ./healthcheck/engine/

func sh(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("/bin/sh", "-c", command).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// scene makes the loopback usable and the table empty.
func scene(t *testing.T) {
	t.Helper()
	sh(t, "ip link set lo up && modprobe ip_vs && ipvsadm -C")
	t.Cleanup(func() { sh(t, "ipvsadm -C") })
}

// backend is a real server on the loopback that can be closed and opened again.
type backend struct {
	t  *testing.T
	at string
	l  net.Listener
}

func serve(t *testing.T, at string) *backend {
	t.Helper()
	b := &backend{t: t, at: at}
	b.open()
	t.Cleanup(func() { b.close() })
	return b
}

func (b *backend) open() {
	b.t.Helper()
	lc := net.ListenConfig{}
	l, err := lc.Listen(context.Background(), "tcp", b.at)
	if err != nil {
		b.t.Fatal(err)
	}
	b.l = l
	go acceptAndClose(l)
}

func (b *backend) close() {
	if b.l != nil {
		b.l.Close()
		b.l = nil
	}
}

// local is a service with real servers 127.0.0.2.. on the loopback, checked fast.
func local(n int) *config.Config {
	v := config.VirtualServer{
		Addr: netip.MustParseAddr("127.1.0.1"), Port: 8080, Protocol: config.TCP,
		Scheduler: "rr", Method: config.NAT, Quorum: 1,
	}
	for i := range n {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, byte(2 + i)}), 8080)
		v.RealServers = append(v.RealServers, config.RealServer{
			Addr: at.Addr(), Port: at.Port(), Weight: 1, Method: config.NAT,
			Checkers: []config.Checker{{
				Kind: config.CheckTCP, Connect: at, ConnectTimeout: time.Second,
				DelayLoop: 200 * time.Millisecond, Retry: 1, DelayBeforeRetry: 100 * time.Millisecond,
			}},
		})
	}
	return &config.Config{VirtualServers: []config.VirtualServer{v}}
}

// daemon is an engine on the real kernel.
type daemon struct {
	t     *testing.T
	e     *Engine
	logs  *observer.ObservedLogs
	stop  context.CancelFunc
	ended chan error
}

func launch(t *testing.T, c *config.Config, o Options) *daemon {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	o.Log = zap.New(core)
	ctx, cancel := context.WithCancel(context.Background())
	d := &daemon{t: t, e: New(o), logs: logs, stop: cancel, ended: make(chan error, 1)}
	go func() { d.ended <- d.e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if t.Failed() {
			for _, l := range logs.All() {
				t.Log(l.Time.Format("05.000"), l.Message)
			}
		}
	})
	d.load(c)
	return d
}

func (d *daemon) load(c *config.Config) {
	d.t.Helper()
	if err := d.e.Prepare(context.Background(), c); err != nil {
		d.t.Fatal(err)
	}
	if err := d.e.Commit(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) end() {
	d.t.Helper()
	d.stop()
	if err := <-d.ended; err != nil {
		d.t.Fatal(err)
	}
}

// eventually waits until ipvsadm -Sn prints want.
func eventually(t *testing.T, within time.Duration, want string) {
	t.Helper()
	want = strings.TrimLeft(want, "\n")
	deadline := time.Now().Add(within)
	for {
		got := sh(t, "ipvsadm -Sn")
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s the table is\n%swant\n%s", within, got, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

const fullTable = `
-A -t 127.1.0.1:8080 -s rr
-a -t 127.1.0.1:8080 -r 127.0.0.2:8080 -m -w 1
-a -t 127.1.0.1:8080 -r 127.0.0.3:8080 -m -w 1
`

func TestKernelTableFollowsChecksAndStop(t *testing.T) {
	scene(t)
	serve(t, "127.0.0.2:8080")
	b := serve(t, "127.0.0.3:8080")
	d := launch(t, local(2), Options{})
	eventually(t, 0, fullTable) // at once
	b.close()
	eventually(t, 3*time.Second, `
-A -t 127.1.0.1:8080 -s rr
-a -t 127.1.0.1:8080 -r 127.0.0.2:8080 -m -w 1
`)
	b.open()
	eventually(t, 3*time.Second, fullTable)
	d.end()
	eventually(t, 0, "")
}

func TestKernelEntriesOfOursComeBackForeignStay(t *testing.T) {
	scene(t)
	serve(t, "127.0.0.2:8080")
	serve(t, "127.0.0.3:8080")
	sh(t, "ipvsadm -A -f 7 -s wlc")
	d := launch(t, local(2), Options{})
	withForeign := fullTable + "-A -f 7 -s wlc\n"
	if !strings.Contains(sh(t, "ipvsadm -Sn"), "-A -f 7") {
		t.Fatal("foreign service is gone")
	}
	for _, damage := range []string{
		"ipvsadm -d -t 127.1.0.1:8080 -r 127.0.0.2:8080",
		"ipvsadm -e -t 127.1.0.1:8080 -r 127.0.0.2:8080 -m -w 9",
		"ipvsadm -a -t 127.1.0.1:8080 -r 127.0.0.99:8080 -m",
		"ipvsadm -E -t 127.1.0.1:8080 -s wlc -p 30",
		"ipvsadm -D -t 127.1.0.1:8080",
	} {
		sh(t, damage)
		t.Log(damage)
		eventually(t, 6*time.Second, withForeign)
	}
	d.end()
	eventually(t, 0, "-A -f 7 -s wlc\n")
}

// TestKernelCrashIsTidiedUp kills nothing: an engine that is never stopped is as good as
// killed, since it leaves the table and the state file as they are.
func TestKernelCrashIsTidiedUp(t *testing.T) {
	scene(t)
	serve(t, "127.0.0.2:8080")
	serve(t, "127.0.0.3:8080")
	state := filepath.Join(t.TempDir(), "ipvs.state")
	first := local(2)
	other := local(1).VirtualServers[0]
	other.Port = 9090
	first.VirtualServers = append(first.VirtualServers, other)
	killed := launch(t, first, Options{State: remembered(t, state), KeepIPVS: true})
	killed.end()
	written := remembered(t, state).Path()
	if info, err := os.Stat(written); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("state file: %v %v", info, err)
	}
	// A connection through the service must live on over the restart.
	conn, err := net.Dial("tcp", "127.1.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	before := sh(t, "ipvsadm -Lcn | grep -c 127.1.0.1:8080")
	sh(t, "ipvsadm -a -t 127.1.0.1:8080 -r 127.0.0.99:8080 -m; ipvsadm -A -f 7 -s wlc")

	d := launch(t, local(2), Options{State: remembered(t, state)})
	eventually(t, 0, fullTable+"-A -f 7 -s wlc\n")
	if after := sh(t, "ipvsadm -Lcn | grep -c 127.1.0.1:8080"); after != before {
		t.Errorf("connections before %s after %s", before, after)
	}
	d.end()
	eventually(t, 0, "-A -f 7 -s wlc\n")
	if _, err := os.Stat(written); !os.IsNotExist(err) {
		t.Errorf("state file after a clean stop: %v", err)
	}
}

func TestKernelTimeoutsAreSetAndRestored(t *testing.T) {
	scene(t)
	serve(t, "127.0.0.2:8080")
	before := sh(t, "ipvsadm -L --timeout")
	c := local(1)
	c.Global.LVSTimeouts = config.LVSTimeouts{TCP: 77 * time.Second}
	d := launch(t, c, Options{})
	if got := sh(t, "ipvsadm -L --timeout"); !strings.Contains(got, ": 77 ") {
		t.Errorf("timeouts: %s", got)
	}
	d.load(local(1))
	if got := sh(t, "ipvsadm -L --timeout"); got != before {
		t.Errorf("after the reload: %s want %s", got, before)
	}
	d.load(c)
	d.end()
	if got := sh(t, "ipvsadm -L --timeout"); got != before {
		t.Errorf("after stop: %s want %s", got, before)
	}
}

// TestKernelManyServices prints how long the first table takes, and reads of it.
func TestKernelManyServices(t *testing.T) {
	scene(t)
	c := &config.Config{}
	for i := range 100 {
		v := local(10).VirtualServers[0]
		v.Port = uint16(10000 + i)
		for j := range v.RealServers {
			v.RealServers[j].Checkers[0].Warmup = time.Hour
		}
		c.VirtualServers = append(c.VirtualServers, v)
	}
	begin := time.Now()
	d := launch(t, c, Options{State: remembered(t, filepath.Join(t.TempDir(), "s"))})
	t.Logf("100 x 10 written in %s", time.Since(begin))
	if n := strings.Count(sh(t, "ipvsadm -Sn"), "\n"); n != 1100 {
		t.Errorf("%d entries", n)
	}
	d.end()
	eventually(t, 0, "")
}
