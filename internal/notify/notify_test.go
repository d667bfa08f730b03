package notify

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/role"
	"holdfast/internal/runas"
	"holdfast/test/lab"
)

func TestMain(m *testing.M) {
	runas.ExecIfChild()
	os.Exit(m.Run())
}

const patience = 20 * time.Second

type bench struct {
	t    testing.TB
	dir  string
	n    *Notifier
	logs *observer.ObservedLogs
	cfg  config.Config
}

func newBench(t testing.TB, r role.Role) *bench {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	b := &bench{t: t, dir: t.TempDir(), logs: logs}
	b.n = New(Options{Log: zap.New(core), Role: r, Roles: role.All()})
	b.cfg.Global.ScriptUser, b.cfg.Global.EnableScriptSecurity, b.cfg.Global.RouterID = "root", true, "R1"
	t.Cleanup(func() {
		b.n.Close(context.Background())
		b.n.mailer.stop()
		b.n.opt.Runner.End(0)
	})
	return b
}

// configure makes what is in cfg the configuration, and returns when it is.
func (b *bench) configure() {
	b.t.Helper()
	c := b.cfg
	b.n.Configure(&c)
	b.settled()
}

// settled returns when everything that was asked for has been begun.
func (b *bench) settled() {
	b.t.Helper()
	done := make(chan struct{})
	if !b.n.queue.put(func() { close(done) }) {
		return // it is closed
	}
	select {
	case <-done:
	case <-time.After(patience):
		b.t.Fatal("the queue stands")
	}
}

func (b *bench) remove(name string) {
	b.t.Helper()
	if err := os.Remove(b.path(name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// script makes a program that appends its name and arguments to the file "out".
func (b *bench) script(name string, args ...string) config.Command {
	b.t.Helper()
	text := fmt.Sprintf("#!/bin/sh\nl=%s\nfor a; do l=\"$l|$a\"; done\necho \"$l\" >> %s\n", name, b.path("out"))
	return b.program(name, text, args...)
}

func (b *bench) program(name, text string, args ...string) config.Command {
	b.t.Helper()
	if err := os.WriteFile(b.path(name), []byte(text), 0o755); err != nil {
		b.t.Fatal(err)
	}
	return config.Command{Argv: append([]string{b.path(name)}, args...)}
}

func (b *bench) lines(name string) []string {
	text, err := os.ReadFile(b.path(name))
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("never: %s\n%s", what, b.log())
		}
	}
}

func (b *bench) log() string {
	var all []string
	for _, e := range b.logs.All() {
		all = append(all, e.Message)
	}
	return strings.Join(all, "\n")
}

func (b *bench) logged(text string) {
	b.t.Helper()
	b.until("log line "+text, func() bool { return strings.Contains(b.log(), text) })
}

func TestScripts_cli9_1(t *testing.T) {
	for _, c := range []struct {
		e    VRRPEvent
		want []string
	}{
		{VRRPEvent{Name: "VI_1", State: Master, Priority: 104}, []string{"master|m 1", "any|INSTANCE|VI_1|MASTER|104"}},
		{VRRPEvent{Name: "VI_1", State: Backup, Priority: 100}, []string{"backup", "any|INSTANCE|VI_1|BACKUP|100"}},
		{VRRPEvent{Name: "VI 1", State: Fault, Priority: 100}, []string{"fault", "any|INSTANCE|VI 1|FAULT|100"}},
		{VRRPEvent{Name: "VI_1", State: Stop, Priority: 100}, []string{"stop", "any|INSTANCE|VI_1|STOP|100"}},
		{VRRPEvent{Name: "VI_1", State: Deleted, Priority: 100}, []string{"deleted", "any|INSTANCE|VI_1|DELETED|100"}},
		{VRRPEvent{Name: "VI_1", State: MasterRxLowerPri, Priority: 100}, []string{"lower"}},
		{VRRPEvent{Name: "VI_1", State: MasterPriority, Priority: 100}, nil},
		{VRRPEvent{Group: true, Name: "G1", State: Master}, []string{"master|m 1", "any|GROUP|G1|MASTER|0"}},
	} {
		t.Run(string(c.e.State)+c.e.Name, func(t *testing.T) {
			b := newBench(t, role.VRRP())
			c.e.Config = &config.Notify{
				Master: b.script("master", "m 1"), Backup: b.script("backup"), Fault: b.script("fault"), Stop: b.script("stop"),
				Deleted: b.script("deleted"), MasterRxLowerPri: b.script("lower"), Any: b.script("any"),
			}
			b.cfg.Instances = []config.Instance{{Name: c.e.Name, Notify: *c.e.Config}}
			b.configure()
			b.n.VRRP(c.e)
			b.until("all scripts ran", func() bool { return len(b.lines("out")) >= len(c.want) })
			b.n.Close(context.Background())
			got := b.lines("out")
			if len(got) != len(c.want) {
				t.Fatalf("ran %q, want %q", got, c.want)
			}
			for _, w := range c.want { // scripts run side by side (cli 8.8)
				if !strings.Contains("\n"+strings.Join(got, "\n")+"\n", "\n"+w+"\n") {
					t.Errorf("ran %q, want %q", got, w)
				}
			}
		})
	}
}

func TestUnfitScriptIsReportedOnceWhenLoaded_cli8_7(t *testing.T) {
	b := newBench(t, role.VRRP())
	bad := config.Command{Argv: []string{"/nonexistent/x"}}
	n := config.Notify{Master: bad, Any: b.script("any")}
	b.cfg.Instances = []config.Instance{{Name: "A", Notify: n}, {Name: "B", Notify: n}}
	b.configure()
	if got := b.log(); strings.Count(got, "/nonexistent/x") != 1 {
		t.Errorf("logged %q", got)
	}
	b.n.VRRP(VRRPEvent{Name: "A", State: Master, Config: &n})
	b.until("the other script runs", func() bool { return len(b.lines("out")) == 1 })
	if got := b.log(); strings.Count(got, "/nonexistent/x") != 1 {
		t.Errorf("logged %q", got)
	}
}

func TestLVSEvent_cli9_8(t *testing.T) {
	b := newBench(t, role.Checker())
	up := b.script("up", "a", "b c")
	b.cfg.Global.LVSNotifyFIFO = config.FIFO{Path: b.path("fifo")}
	b.configure()
	r := b.reader("fifo")
	b.n.LVS(LVSEvent{Line: "RS [10.0.0.1]:tcp:80 [10.1.1.1]:tcp:80 UP", Script: up, What: "notify script"})
	b.n.LVS(LVSEvent{Script: up})
	b.n.LVS(LVSEvent{Line: "VS [10.1.1.1]:tcp:80 UP"})
	for _, want := range []string{"RS [10.0.0.1]:tcp:80 [10.1.1.1]:tcp:80 UP\n", "VS [10.1.1.1]:tcp:80 UP\n"} {
		if got := readLine(t, r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	b.until("scripts ran", func() bool { return len(b.lines("out")) == 2 })
	if got := b.lines("out")[0]; got != "up|a|b c" {
		t.Errorf("ran %q", got)
	}
}

// reader opens a FIFO as a reading program does.
func (b *bench) reader(name string) *bufio.Reader {
	b.t.Helper()
	f, err := os.OpenFile(b.path(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { f.Close() })
	if err := f.SetReadDeadline(time.Now().Add(patience)); err != nil {
		b.t.Fatal(err)
	}
	return bufio.NewReader(f)
}

func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	l, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("read: %v after %q", err, l)
	}
	return l
}

func TestFIFOLines_cli9_5(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.cfg.Global.NotifyFIFO = config.FIFO{Path: b.path("all")}
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("vrrp")}
	b.cfg.Global.LVSNotifyFIFO = config.FIFO{Path: b.path("lvs")}
	b.configure()
	all, only := b.reader("all"), b.reader("vrrp")
	b.n.VRRP(VRRPEvent{Name: "VI_1", State: Master, Priority: 104})
	b.n.VRRP(VRRPEvent{Group: true, Name: "G 1", State: Backup})
	b.n.VRRP(VRRPEvent{Name: "VI_1", State: MasterRxLowerPri, Priority: 104})
	b.n.VRRP(VRRPEvent{Name: "VI_1", State: MasterPriority, Priority: 90})
	for _, want := range []string{
		"INSTANCE \"VI_1\" MASTER 104\n", "GROUP \"G 1\" BACKUP 0\n",
		"INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 104\n", "INSTANCE \"VI_1\" MASTER_PRIORITY 90\n",
	} {
		for _, r := range []*bufio.Reader{all, only} {
			if got := readLine(t, r); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
	if _, err := os.Stat(b.path("lvs")); !os.IsNotExist(err) {
		t.Errorf("the vrrp role made the checker's FIFO: %v", err)
	}
}

// A state told again after a reload is for the pipes: no script runs, no mail goes out.
func TestRepeatedStatesAreForTheFIFOsOnly(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("vrrp")}
	b.configure()
	r := b.reader("vrrp")
	e := VRRPEvent{Name: "VI_1", State: Master, Priority: 104, Repeated: true}
	e.Config = &config.Notify{Master: b.script("master")}
	b.n.VRRP(e)
	b.n.VRRP(VRRPEvent{Group: true, Name: "G", State: Backup, Repeated: true})
	for _, want := range []string{"INSTANCE \"VI_1\" MASTER 104\n", "GROUP \"G\" BACKUP 0\n"} {
		if got := readLine(t, r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	e.Repeated = false
	b.n.VRRP(e)
	b.until("the script of the first time ran", func() bool { return len(b.lines("out")) > 0 })
	b.n.Close(context.Background())
	if got := b.lines("out"); len(got) != 1 {
		t.Errorf("scripts ran %d times, want once", len(got))
	}
}

func TestFIFOCreationAndRemoval_cli9_7(t *testing.T) {
	b := newBench(t, role.VRRP())
	existing := b.path("existing")
	if err := unix.Mkfifo(existing, 0o600); err != nil {
		t.Fatal(err)
	}
	b.cfg.Global.NotifyFIFO = config.FIFO{Path: existing}
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("mine"), User: "nobody", Group: "users"}
	b.configure()
	st, err := os.Lstat(b.path("mine"))
	if err != nil || st.Mode().Type() != os.ModeNamedPipe {
		t.Fatalf("%v, %v", st, err)
	}
	if sys := st.Sys().(*syscall.Stat_t); sys.Uid != 65534 || sys.Gid != 100 {
		t.Errorf("owned by %d:%d", sys.Uid, sys.Gid)
	}
	b.configure() // a reload does not forget who made it
	b.n.Close(context.Background())
	if _, err := os.Stat(b.path("mine")); !os.IsNotExist(err) {
		t.Errorf("our FIFO stays: %v", err)
	}
	if _, err := os.Stat(existing); err != nil {
		t.Errorf("somebody else's FIFO: %v", err)
	}
}

func TestFIFORefusals_cli9_7(t *testing.T) {
	b := newBench(t, role.VRRP())
	if err := os.WriteFile(b.path("file"), []byte("keep"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(b.path("stranger"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(b.path("stranger"), 1, 1); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(b.path("stranger"), b.path("link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"file": "is not a FIFO", "stranger": "belongs to user 1", "link": "too many levels", "no/dir": "create notify FIFO",
	} {
		b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path(name)}
		b.configure()
		b.logged(want)
		b.n.VRRP(VRRPEvent{Name: "x", State: Master})
	}
	b.n.Close(context.Background())
	if got, err := os.ReadFile(b.path("file")); err != nil || string(got) != "keep" {
		t.Errorf("the file has %q (%v)", got, err)
	}
	if _, err := os.Lstat(b.path("stranger")); err != nil {
		t.Error(err)
	}
}

func TestFIFOFullNeverBlocks_cli9_7(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("fifo")}
	b.configure()
	for range 10000 {
		b.n.VRRP(VRRPEvent{Name: strings.Repeat("x", 50), State: Master})
	}
	b.logged("does not take lines, they are lost")
	b.settled() // all are written or lost
	if got := strings.Count(b.log(), "does not take lines"); got != 1 {
		t.Errorf("said so %d times", got)
	}
	r := b.reader("fifo")
	for i := range 100 {
		if got := readLine(t, r); len(got) != len("INSTANCE \"\" MASTER 0\n")+50 {
			t.Fatalf("line %d is broken: %q", i, got)
		}
	}
}

func TestFIFOReloadGivesReadersTheEnd_cli5_5(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("fifo")}
	b.configure()
	r := b.reader("fifo")
	b.n.VRRP(VRRPEvent{Name: "A", State: Master})
	readLine(t, r)
	other := config.Config{}
	b.n.Configure(&other)
	if _, err := r.ReadString('\n'); err == nil || err.Error() != "EOF" {
		t.Errorf("reader got %v, want EOF", err)
	}
	b.until("a FIFO that is configured no more is removed", func() bool {
		_, err := os.Stat(b.path("fifo"))
		return os.IsNotExist(err)
	})
}

func TestFIFOScript_cli9_7(t *testing.T) {
	b := newBench(t, role.VRRP())
	script := b.program("reader", "#!/bin/sh\necho \"start $*\" >> "+b.path("starts")+"\nwhile read l; do echo \"$l\" >> "+b.path("got")+"; [ \"$l\" = 'INSTANCE \"DIE\" MASTER 0' ] && exit 1; done < $2\n", "first arg")
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("fifo"), Script: script}
	b.configure()
	b.n.VRRP(VRRPEvent{Name: "A", State: Master})
	b.until("the reader reads", func() bool { return len(b.lines("got")) == 1 })
	if got := b.lines("starts"); len(got) != 1 || got[0] != "start first arg "+b.path("fifo") {
		t.Errorf("started %q", got)
	}
	b.n.VRRP(VRRPEvent{Name: "DIE", State: Master})
	b.until("it is started again", func() bool { return len(b.lines("starts")) == 2 })
	b.n.VRRP(VRRPEvent{Name: "B", State: Master})
	b.until("it reads again", func() bool { return len(b.lines("got")) == 3 })
	b.n.VRRP(VRRPEvent{Name: "LAST", State: Stop})
	b.n.Close(context.Background())
	if got := b.lines("got"); len(got) != 4 || got[3] != `INSTANCE "LAST" STOP 0` {
		t.Errorf("read %q: the last line is missing", got)
	}
}

func TestFIFOScriptThatIgnoresTheEndIsStopped(t *testing.T) {
	b := newBench(t, role.VRRP())
	script := b.program("reader", "#!/bin/sh\necho $$ > "+b.path("pid")+"\nexec sleep 1000\n")
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("fifo"), Script: script}
	b.configure()
	b.until("it runs", func() bool { return len(b.lines("pid")) == 1 && b.lines("pid")[0] != "" })
	pid, err := strconv.Atoi(b.lines("pid")[0])
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	b.n.Close(context.Background())
	if took := time.Since(began); took > patience {
		t.Errorf("Close took %v", took)
	}
	b.until("it is gone", func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH })
}

func TestCloseWaitsForScripts_cli8_8(t *testing.T) {
	b := newBench(t, role.VRRP())
	slow := b.program("slow", "#!/bin/sh\nsleep 0.3\necho done >> "+b.path("out")+"\n")
	b.configure()
	b.n.VRRP(VRRPEvent{Name: "A", State: Stop, Config: &config.Notify{Stop: slow}})
	b.n.Close(context.Background())
	if len(b.lines("out")) != 1 {
		t.Error("Close did not wait")
	}
	b.n.VRRP(VRRPEvent{Name: "A", State: Stop, Config: &config.Notify{Stop: slow}}) // harmless
	b.configure()
	b.n.Close(context.Background())
}

func TestCloseDoesNotWaitForEver_cli4_3(t *testing.T) {
	b := newBench(t, role.VRRP())
	slow := b.program("slow", "#!/bin/sh\nexec sleep 60\n")
	b.configure()
	b.n.VRRP(VRRPEvent{Name: "A", State: Stop, Config: &config.Notify{Stop: slow}})
	began := time.Now()
	b.n.Close(context.Background())
	if took := time.Since(began); took < closeTime || took > closeTime+patience {
		t.Errorf("Close took %v, want about %v", took, closeTime)
	}
}

func TestCloseIsQuickWhenIdle(t *testing.T) { lab.Judge(t, closeIsQuickWhenIdle) }

func closeIsQuickWhenIdle(t *lab.Trial) {
	b := newBench(t, role.VRRP())
	b.configure()
	began := time.Now()
	b.n.Close(context.Background())
	if took := time.Since(began); took > 100*time.Millisecond {
		t.Errorf("Close took %v", took)
	}
}

// listen starts a mail server that answers as told.
func listen(t *testing.T, serve func(net.Conn)) config.Mail {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return config.Mail{
		To: []string{"a@x.org", "b@x.org"}, From: "k@x.org", Server: "127.0.0.1",
		Port: uint16(l.Addr().(*net.TCPAddr).Port), Helo: "lb1", ConnectTimeout: 2 * time.Second,
	}
}

// Reloads that come faster than programs are resolved do not keep their configurations waiting:
// the last is taken, once.
func TestOfConfigurationsThatWaitOnlyTheLastIsKept(t *testing.T) {
	b := newBench(t, role.VRRP())
	blocked, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	b.n.queue.put(func() { close(blocked); <-release })
	<-blocked
	for _, id := range []string{"R1", "R2", "R3"} {
		b.n.Configure(&config.Config{Global: config.Global{RouterID: id}})
	}
	if n := len(b.n.queue.jobs); n != 1 {
		t.Errorf("%d configurations wait, want one", n)
	}
	close(release)
	b.n.queue.put(func() { close(done) })
	<-done
	if got := b.n.global.RouterID; got != "R3" {
		t.Errorf("configured as %s, want R3", got)
	}
	b.n.Close(context.Background())
}
