package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/internal/memory"
	"holdfast/internal/notify"
	"holdfast/internal/statefile"
	"holdfast/internal/super"
	"holdfast/test/lab"
)

// The tests run in namespaces of their own. An engine under test is this test binary again,
// as a process on a host of the lab: what is tested has its own threads, its own
// namespace and a process id to kill.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "role" {
		os.Exit(roleMain(os.Args[2]))
	}
	// The race detector would sleep a second at every exit, also at those that are timed.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(lab.Isolate(m.Run))
}

// roleFile is what a test tells its engine.
type roleFile struct {
	Config   config.Config
	Detail   bool
	KeepVIPs bool

	StateFile string
	// NoRoom takes from the process the right to open anything once the engine has its own.
	NoRoom bool
}

func (r roleFile) state() *statefile.File {
	self, err := statefile.Self()
	if err != nil || r.StateFile == "" {
		return nil
	}
	return statefile.New(r.StateFile, self)
}

func readRole(path string) (roleFile, error) {
	var r roleFile
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	return r, err
}

// tell writes notifications to the log, for the tests to find.
type tell struct{ log *zap.Logger }

func (n tell) Configure(*config.Config) {}
func (n tell) VRRP(e notify.VRRPEvent) {
	kind := "INSTANCE"
	if e.Group {
		kind = "GROUP"
	}
	n.log.Info(fmt.Sprintf("notify %s %q %s %d", kind, e.Name, e.State, e.Priority))
}
func (n tell) Close(context.Context) { n.log.Info("notifier closed") }

func roleMain(path string) int {
	enc := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{MessageKey: "m", LevelKey: "l", TimeKey: "t",
		EncodeLevel: zapcore.LowercaseLevelEncoder, EncodeTime: zapcore.TimeEncoderOfLayout("15:04:05.000000"), ConsoleSeparator: " "})
	log := zap.New(zapcore.NewCore(enc, zapcore.Lock(os.Stderr), zapcore.DebugLevel))
	r, err := readRole(path)
	if err != nil {
		log.Error(err.Error())
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	requests := make(chan os.Signal, 4)
	signal.Notify(requests, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH)
	memory.ForTimers()
	e := New(Options{Log: log, Notifier: tell{log}, Detail: r.Detail, KeepVIPs: r.KeepVIPs, State: r.state()})
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	commit := func(c config.Config) error {
		if err := e.Prepare(ctx, &c); err != nil {
			return err
		}
		return e.Commit(ctx)
	}
	if r.NoRoom {
		err = e.call(ctx, func() {}) // it has opened what it needs by then
		err = errors.Join(err, leaveRoom(os.Getpid(), 0))
	}
	if err := errors.Join(err, commit(r.Config)); err != nil {
		log.Error(err.Error())
		var p *super.PermanentError
		if errors.As(err, &p) {
			return p.Status
		}
		return 1
	}
	log.Info("committed")
	for {
		select {
		case err := <-ended:
			if err != nil {
				log.Error(err.Error())
				return 1
			}
			return 0
		case s := <-requests:
			roleRequest(log, e, path, s, commit)
		}
	}
}

func roleRequest(log *zap.Logger, e *Engine, path string, s os.Signal, commit func(config.Config) error) {
	var err error
	switch s {
	case syscall.SIGHUP:
		var r roleFile
		if r, err = readRole(path); err == nil {
			err = commit(r.Config)
		}
	case syscall.SIGWINCH: // a reload that another role refuses
		var r roleFile
		if r, err = readRole(path); err == nil {
			err = e.Prepare(context.Background(), &r.Config)
			e.Abort()
		}
	case syscall.SIGUSR1:
		err = e.Dump(super.DumpData)
	case syscall.SIGUSR2:
		err = e.Dump(super.DumpStats)
	}
	if err != nil {
		log.Error("request failed: " + err.Error())
		return
	}
	log.Info(fmt.Sprintf("done %v", s))
}

// soon is how long a test waits for what should happen at once: the machine may be
// busy.
const soon = 20 * time.Second

// A network is a LAN with a capture on it.
type network struct {
	testing.TB
	lan *lab.LAN
	cap *lab.Capture
}

func newNetwork(t testing.TB) *network {
	t.Helper()
	lan, err := lab.NewLAN(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c, err := lan.Capture()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), lan.Close()); err != nil {
			t.Error(err)
		}
	})
	return &network{t, lan, c}
}

// A box is a host with an engine or a keepalived on it.
type box struct {
	*lab.Host
	t    testing.TB
	addr netip.Addr
	proc *lab.Process
	role roleFile
}

func (n *network) box(name, addr string) *box {
	n.Helper()
	p := netip.MustParsePrefix(addr)
	h, err := n.lan.AddHost(name, p)
	if err != nil {
		n.Fatal(err)
	}
	b := &box{Host: h, t: n.TB, addr: p.Addr()}
	if p.Addr().Is6() {
		must(n, h.OnlyLinkLocal("eth0", p.Addr()))
	}
	if trial, ok := n.TB.(*lab.Trial); ok {
		trial.Witness(b.logged)
	}
	n.Cleanup(func() {
		if n.Failed() && b.proc != nil {
			n.Logf("log of %s:\n%s", name, b.proc.Log())
		}
	})
	return b
}

// logged is what was logged so far.
func (b *box) logged() string {
	if b.proc == nil {
		return ""
	}
	return b.proc.Log()
}

// instance is a virtual router as Bind would give it.
func instance(name string, vrid, priority uint8, vips ...string) config.Instance {
	i := config.Instance{
		Name: name, Interface: "eth0", VRID: vrid, Version: 2, Priority: priority, AdvertInt: time.Second,
		DownTimerAdverts: 3, MulticastGroup: netip.MustParseAddr("224.0.0.18"), UnicastTTL: 255, Accept: true,
		GARPDelay: 5 * time.Second, GARPRepeat: 5, GARPRefreshRepeat: 1, GARPLowerPrioDelay: 5 * time.Second, GARPLowerPrioRepeat: 5,
	}
	if len(vips) > 0 && prefix(vips[0]).Addr().Is6() {
		i.IPv6, i.MulticastGroup = true, netip.MustParseAddr("ff02::12")
	}
	for _, v := range vips {
		i.VIPs = append(i.VIPs, config.Address{Prefix: netip.MustParsePrefix(v), Dev: "eth0"})
	}
	return i
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// v3 makes an instance version 3 with the given interval.
func v3(i config.Instance, every time.Duration) config.Instance {
	i.Version, i.AdvertInt = 3, every
	return i
}

func (b *box) write(instances ...config.Instance) string {
	b.t.Helper()
	b.role.Config.Instances = instances
	b.role.Config.Global.VMACPrefix, b.role.Config.Global.VMACAddrPrefix = "vrrp", "vrrp" // as the binder gives them
	text, err := json.Marshal(b.role)
	if err != nil {
		b.t.Fatal(err)
	}
	path, err := b.WriteFile("role.json", string(text))
	if err != nil {
		b.t.Fatal(err)
	}
	return path
}

// self is this test binary.
func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// engine starts an engine.
func (b *box) engine(instances ...config.Instance) {
	b.t.Helper()
	var err error
	if b.proc, err = b.Start("engine", self(b.t), "role", b.write(instances...)); err != nil {
		b.t.Fatal(err)
	}
	b.log(0, "committed")
}

// keepalived starts the real one with the given vrrp_instance text.
func (b *box) keepalived(text string) {
	b.t.Helper()
	path, err := b.WriteFile("keepalived.conf", text)
	if err != nil {
		b.t.Fatal(err)
	}
	pid := filepath.Join(b.Dir, "ka")
	b.proc, err = b.Start("keepalived", "keepalived", "-n", "-l", "-D", "-P", "-f", path, "-p", pid+".pid", "-r", pid+"v.pid")
	if err != nil {
		b.t.Fatal(err)
	}
	b.log(0, "Entering BACKUP STATE")
}

// log waits for a line after mark.
func (b *box) log(mark int, text string) string {
	b.t.Helper()
	var line string
	err := lab.Eventually(10*time.Second, fmt.Sprintf("%s to log %q", b.Name, text), func() (bool, string) {
		all := b.proc.LogSince(mark)
		i := strings.Index(all, text)
		if i < 0 {
			return false, all
		}
		from := strings.LastIndexByte(all[:i], '\n') + 1
		line, _, _ = strings.Cut(all[from:], "\n")
		return true, ""
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return line
}

func (b *box) signal(s syscall.Signal) {
	b.t.Helper()
	if err := b.proc.Signal(s); err != nil {
		b.t.Fatal(err)
	}
}

// reload gives a running engine a new configuration and waits until it has it.
func (b *box) reload(instances ...config.Instance) {
	b.t.Helper()
	b.write(instances...)
	mark := b.proc.LogSize()
	b.signal(syscall.SIGHUP)
	b.log(mark, "done hangup")
}

// addresses is what eth0 has of the family of its own besides that, as `ip` prints it.
func (b *box) addresses() []string {
	b.t.Helper()
	family := map[bool]string{false: "-4", true: "-6"}[b.addr.Is6()]
	out, err := b.Run("ip", family, "-br", "addr", "show", "dev", "eth0")
	if err != nil {
		b.t.Fatal(err)
	}
	var list []string
	for _, w := range strings.Fields(out)[2:] {
		if !strings.HasPrefix(w, b.addr.String()+"/") {
			list = append(list, w)
		}
	}
	return list
}

// has waits until the addresses of eth0 besides its own are exactly these.
func (b *box) has(limit time.Duration, want ...string) {
	b.t.Helper()
	err := lab.Eventually(limit, fmt.Sprintf("%s to have %v", b.Name, want), func() (bool, string) {
		got := b.addresses()
		return strings.Join(got, " ") == strings.Join(want, " "), fmt.Sprint(got)
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// stop ends a process orderly and returns its exit status.
func (b *box) stop() int {
	b.t.Helper()
	since := time.Now()
	b.signal(syscall.SIGTERM)
	code, _, err := b.proc.Wait(since, 5*time.Second)
	if err != nil {
		b.t.Fatal(err)
	}
	return code
}

// waitCount waits until a text was logged n times.
func waitCount(t testing.TB, b *box, text string, n int) {
	t.Helper()
	if err := lab.Eventually(10*time.Second, fmt.Sprintf("%d times %q", n, text), func() (bool, string) {
		got := strings.Count(b.proc.Log(), text)
		return got == n, itoa(got)
	}); err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	if err := lab.Eventually(5*time.Second, what, func() (bool, string) { return cond(), "not yet" }); err != nil {
		t.Fatal(err)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func prefixText(a, b, c, d int) string { return fmt.Sprintf("%d.%d.%d.%d/32", a, b, c, d) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }
