package super

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/config/syntax"
	"holdfast/internal/metric"
	"holdfast/internal/role"
	"holdfast/internal/runas"
	"holdfast/internal/state"
)

// The test binary is also the daemon under test and its role processes, with roles
// that say on stderr what happens to them and do what the "configuration" tells
// them to.

const daemonEnv = "SUPER_TEST_DAEMON"

func TestMain(m *testing.M) {
	runas.ExecIfChild()
	if r, ok := fakeRoles().Of(os.Args[0]); ok {
		os.Exit(fakeRoleMain(r))
	}
	if os.Getenv(daemonEnv) != "" {
		os.Exit(fakeDaemonMain())
	}
	os.Exit(m.Run())
}

// fakeRoles are the roles of the daemon and a third one.
func fakeRoles() role.Table { return append(role.All(), thirdRole()) }

// fakeTable is the table of the daemon under test: with the third role, or without one, when the
// environment says so.
func fakeTable(dir string) role.Table {
	t := fakeRoles()
	if os.Getenv("SUPER_TEST_THIRD") == "" {
		t = role.All()
	}
	for i := range t {
		t[i].PIDFile = filepath.Join(dir, filepath.Base(t[i].PIDFile))
		t[i].Off = os.Getenv("SUPER_TEST_NO"+strings.ToUpper(string(t[i].Name))) != ""
	}
	return t
}

// fakeBind understands one statement per line:
//
//	vrrp | checker          the role is needed
//	secret in PATH          there has to be this file
//	fatal TEXT              a Fatal diagnostic
//	error TEXT              an Error diagnostic
//	note TEXT               a Warning, which came from an include
//	ROLE WORD...            an order to the fake role, see fakeEngine
//	startup|shutdown PATH   the scripts
//	wait SECONDS            child_wait_time
//	noigmp                  disable_local_igmp
//	cpus 0 | realtime N | rttime MICROSECONDS | auto N | autodelay MICROSECONDS
//	                        how the vrrp role is scheduled
//	timefile PATH | handshake PATH | savedir DIR
//	                        reload_time_file, reload_file and config_save_dir
func fakeBind(s syntax.Snapshot) (*config.Config, []syntax.Diagnostic) {
	c := &config.Config{}
	var diags []syntax.Diagnostic
	for _, l := range s.Lines {
		pos := syntax.Pos{File: l.File, Line: int(l.Line), Col: 1}
		word, rest, _ := strings.Cut(l.Text, " ")
		switch {
		case l.Text == "vrrp":
			c.Instances = append(c.Instances, config.Instance{Name: "VI", VRID: uint8(len(c.Instances) + 1)})
		case l.Text == "checker":
			c.VirtualServers = append(c.VirtualServers, config.VirtualServer{})
		case word == "fatal":
			diags = append(diags, syntax.Diagnostic{Pos: pos, Severity: syntax.Fatal, Text: rest})
		case word == "error":
			diags = append(diags, syntax.Diagnostic{Pos: pos, Severity: syntax.Error, Text: rest})
		case word == "note":
			diags = append(diags, syntax.Diagnostic{Pos: pos, Severity: syntax.Warning, Text: rest,
				Trail: []syntax.Frame{{Pos: syntax.Pos{File: "main.conf", Line: 9, Col: 1}, Text: "included from"}}})
		case word == "startup":
			c.Global.StartupScript = config.Command{Argv: strings.Fields(rest)}
		case word == "shutdown":
			c.Global.ShutdownScript = config.Command{Argv: strings.Fields(rest)}
		case word == "wait":
			n, _ := strconv.Atoi(rest)
			c.Global.ChildWaitTime = time.Duration(n) * time.Second
		default:
			fakeScheduling(&c.Global, word, rest)
			fakeReloading(&c.Global, word, rest)
		}
		c.Global.RouterID += l.Text + "\n"
	}
	c.Global.EnableScriptSecurity, c.Global.ScriptUser = true, "root"
	return c, diags
}

// fakeScheduling takes a statement about scheduling, and nothing else.
func fakeScheduling(g *config.Global, word, rest string) {
	n, _ := strconv.Atoi(rest)
	switch word {
	case "cpus":
		g.Scheduling.VRRPCPUs = []uint{uint(n)}
	case "realtime":
		g.VRRPRTPriority = n
	case "rttime":
		g.Scheduling.VRRPRTTime = uint32(n)
	case "auto":
		g.Scheduling.AutoPriority = n
	case "noigmp":
		g.DisableLocalIGMP = true
	case "autodelay":
		g.Scheduling.AutoPriorityDelay = time.Duration(n) * time.Microsecond
	}
}

func fakeLoad(path string) (syntax.Snapshot, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return syntax.Snapshot{}, fmt.Errorf("Config files missing '%s'.", path)
	}
	s := syntax.Snapshot{Main: path, Files: []string{path}}
	for i, t := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		s.Lines = append(s.Lines, syntax.Line{File: path, Line: int32(i + 1), Col: 1, Text: t})
	}
	return s, nil
}

// fakeEngine obeys the orders in the configuration:
//
//	ROLE count              Prepare says how much it was sent
//	ROLE refuse TEXT        Prepare fails
//	ROLE permanent STATUS   Prepare fails with a PermanentError
//	ROLE needs PATH         Prepare fails with a PermanentError if there is no such file, Resume does not
//	ROLE hang-prepare       Prepare never returns
//	ROLE slow-prepare MS    Prepare takes that long
//	ROLE wait-prepare PATH  Prepare waits until there is this file
//	ROLE die-prepare        the process exits while preparing
//	ROLE fail-commit        Commit fails
//	ROLE fail STATUS        Run ends with a PermanentError after commit
//	ROLE panic              Run panics after commit
//	ROLE stuck-dump         Dump never returns
//	ROLE stuck-state        State never returns
//	ROLE mute               State fails
//	ROLE slow-stop MS       Run takes that long to return
//	ROLE stuck-stop         Run does not return when told to stop
//	ROLE die-stop           the process exits when told to stop
//	ROLE stuck-clear        Clear never returns
//	ROLE fail-clear         Clear fails
//	ROLE script PATH        Commit starts the program and leaves it running
//	ROLE mail PATH          after Run there is mail, until the file exists
//	ROLE late MS            Run tells after commit that a timer was that late
//	ROLE burn MS            Run computes for that long after commit
//	ROLE tells ...          see fakeNews
//	ROLE records N          Commit records so many events, and the end of Run one
type fakeEngine struct {
	name     role.Name
	say      func(string, ...any)
	prepared string
	orders   chan string
	runner   *runas.Runner
	mail     string // path of ROLE mail
	news     *fakeNews
	recorder *Recorder
	late     func(time.Duration)
	// stuckDump is read by the goroutine that dumps.
	stuckDump atomic.Bool
	// manner is how it answers when it is asked, read by the goroutine that does.
	manner atomic.Value
}

// Unsent and Finish make it a Mail.
func (r *fakeEngine) Unsent() time.Duration {
	if r.mail == "" {
		return 0
	}
	return time.Minute
}

func (r *fakeEngine) Finish() {
	r.say("sends mail")
	for parent := os.Getppid(); ; {
		if _, err := os.Stat(r.mail); err == nil {
			r.say("sent mail")
			return
		}
		if os.Getppid() != parent {
			return // the test has ended without it
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func order(text string, name role.Name, what string) (string, bool) {
	for _, l := range strings.Split(text, "\n") {
		f := strings.Fields(l)
		if len(f) >= 2 && f[0] == string(name) && f[1] == what {
			return strings.Join(f[2:], " "), true
		}
	}
	return "", false
}

// Resume makes it a Resumer.
func (r *fakeEngine) Resume(ctx context.Context, c *config.Config) error {
	r.say("resumes")
	return r.prepare(ctx, c)
}

func (r *fakeEngine) Prepare(ctx context.Context, c *config.Config) error {
	if path, ok := order(c.Global.RouterID, r.name, "needs"); ok {
		if _, err := os.Stat(path); err != nil {
			return &PermanentError{Status: statusConfig, Err: err}
		}
	}
	return r.prepare(ctx, c)
}

func (r *fakeEngine) prepare(ctx context.Context, c *config.Config) error {
	text := c.Global.RouterID
	if _, ok := order(text, r.name, "count"); ok {
		r.say("was sent %d instances, %d virtual servers", len(c.Instances), len(c.VirtualServers))
	}
	if t, ok := order(text, r.name, "refuse"); ok {
		r.say("refuses")
		return errors.New(t)
	}
	if t, ok := order(text, r.name, "permanent"); ok {
		n, _ := strconv.Atoi(t)
		return &PermanentError{Status: n, Err: errors.New("permanently no")}
	}
	if _, ok := order(text, r.name, "hang-prepare"); ok {
		r.say("hangs")
		<-ctx.Done()
		return ctx.Err()
	}
	if t, ok := order(text, r.name, "slow-prepare"); ok {
		r.say("prepares slowly")
		n, _ := strconv.Atoi(t)
		time.Sleep(time.Duration(n) * time.Millisecond)
	}
	if path, ok := order(text, r.name, "wait-prepare"); ok {
		r.say("waits")
		for missing := true; missing && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			_, err := os.Stat(path)
			missing = err != nil
		}
	}
	if _, ok := order(text, r.name, "die-prepare"); ok {
		os.Exit(9)
	}
	r.prepared = text
	r.news.prepare()
	r.say("prepared")
	return nil
}

func (r *fakeEngine) Commit(context.Context) error {
	if _, ok := order(r.prepared, r.name, "fail-commit"); ok {
		return errors.New("half way")
	}
	if path, ok := order(r.prepared, r.name, "script"); ok {
		p, err := r.runner.Resolve(config.Command{Argv: []string{path, strconv.Itoa(os.Getpid())}, User: "root"}, "script")
		if err != nil {
			return err
		}
		if _, err := r.runner.Start(p); err != nil {
			return err
		}
	}
	r.news.commit(func(what string) (string, bool) { return order(r.prepared, r.name, what) })
	r.mail, _ = order(r.prepared, r.name, "mail")
	r.record()
	tag, _ := order(r.prepared, r.name, "tag")
	r.say("committed %s", tag)
	_, stuck := order(r.prepared, r.name, "stuck-dump")
	r.stuckDump.Store(stuck)
	manner := ""
	for _, m := range []string{"stuck-state", "mute"} {
		if _, ok := order(r.prepared, r.name, m); ok {
			manner = m
		}
	}
	r.manner.Store(manner)
	r.orders <- r.prepared
	return nil
}

func (r *fakeEngine) Abort() { r.say("aborted") }

// Clear makes it a Clearer.
func (r *fakeEngine) Clear(_ context.Context, c *config.Config) error {
	r.say("clears %d", len(c.Instances))
	if _, ok := order(c.Global.RouterID, r.name, "stuck-clear"); ok {
		select {}
	}
	if _, ok := order(c.Global.RouterID, r.name, "fail-clear"); ok {
		return errors.New("it is still there")
	}
	return nil
}

func (r *fakeEngine) Run(ctx context.Context) error {
	r.say("runs")
	var text string
	for {
		select {
		case text = <-r.orders:
			if t, ok := order(text, r.name, "fail"); ok {
				n, _ := strconv.Atoi(t)
				return &PermanentError{Status: n, Err: errors.New("cannot go on")}
			}
			if _, ok := order(text, r.name, "panic"); ok {
				panic("fake panic")
			}
			r.compute(text)
			continue
		case <-ctx.Done():
		}
		break
	}
	if _, ok := order(text, r.name, "stuck-stop"); ok {
		r.say("will not stop")
		select {}
	}
	if _, ok := order(text, r.name, "die-stop"); ok {
		os.Exit(9)
	}
	if t, ok := order(text, r.name, "slow-stop"); ok {
		n, _ := strconv.Atoi(t)
		time.Sleep(time.Duration(n) * time.Millisecond)
	}
	if _, ok := order(text, r.name, "records"); ok {
		r.recorder.Record(state.Event{About: state.AboutInstance, Name: string(r.name), To: "stopped"})
	}
	r.say("gave back")
	return nil
}

// compute is late, and busy.
func (r *fakeEngine) compute(text string) {
	if t, ok := order(text, r.name, "late"); ok {
		n, _ := strconv.Atoi(t)
		r.late(time.Duration(n) * time.Millisecond)
		r.say("was late")
	}
	if t, ok := order(text, r.name, "burn"); ok {
		n, _ := strconv.Atoi(t)
		for began := time.Now(); time.Since(began) < time.Duration(n)*time.Millisecond; {
			continue
		}
		r.say("has burnt")
	}
}

func (r *fakeEngine) Dump(k DumpKind) error {
	if r.stuckDump.Load() {
		r.say("will not dump")
		select {}
	}
	r.say("dumped %d", k)
	r.news.dump()
	return nil
}

// State tells the orders it runs, as the only instance.
func (r *fakeEngine) State(context.Context) (state.Report, error) {
	r.say("is asked")
	switch r.manner.Load() {
	case "stuck-state":
		select {}
	case "mute":
		return state.Report{}, errors.New("says nothing")
	}
	return state.NewReport(time.Now(), map[string]any{state.Instances: []string{string(r.name)}}, []string{string(r.name) + " waits"})
}

// Metrics are what State says, in one row.
func (r *fakeEngine) Metrics(ctx context.Context) (state.Report, error) {
	report, err := r.State(ctx)
	t := metric.One()
	t.Add("told_by_"+string(r.name), "", metric.Numbers(1))
	report.Lists, report.Tables = nil, []metric.Table{t}
	return report, err
}

// Objects are what State says.
func (r *fakeEngine) Objects(ctx context.Context) (state.Report, error) {
	report, err := r.State(ctx)
	report.Lists = nil
	return report, err
}

// fakeLog writes lines at once, so that what was said first stands first, whoever said it.
func fakeLog(role string) (say func(string, ...any), o ChildOptions) {
	enc := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{MessageKey: "m", NameKey: "n"})
	log := zap.New(zapcore.NewCore(enc, zapcore.Lock(os.Stderr), zap.DebugLevel)).Named(role)
	return func(f string, a ...any) { log.Info(fmt.Sprintf(f, a...)) }, ChildOptions{Log: log}
}

func fakeRoleMain(r role.Role) int {
	name := r.Name
	say, o := fakeLog(string(name))
	control, err := ControlSocket()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if os.Getenv("NOTIFY_SOCKET") != "" {
		say("%s has NOTIFY_SOCKET", name)
	}
	prefixed := func(f string, a ...any) { say(string(name)+" "+f, a...) }
	o.Role, o.Control = r, control
	runner := runas.New(runas.Options{Log: o.Log, Ledger: ScriptLedger()})
	engine := &fakeEngine{name: name, say: prefixed, orders: make(chan string, 16), runner: runner, news: newFakeNews(prefixed),
		recorder: NewRecorder()}
	o.Engine, o.Mail, o.Scripts = engine, engine, runner
	o.Teller, o.Listener, o.Recorder = engine.news.teller, engine.news, engine.recorder
	o.Scheduler = NewScheduler(r, o.Log)
	engine.late = o.Scheduler.Late
	return RunRole(context.Background(), o)
}

func fakeDaemonMain() int {
	_, o := fakeLog("supervisor")
	dir := os.Getenv(daemonEnv)
	lock, started, launched := Launched(filepath.Join(dir, "pid"))
	if !launched {
		var err error
		if lock, err = LockPIDFile(filepath.Join(dir, "pid")); err != nil {
			o.Log.Info(err.Error())
			return 0
		}
	}
	if os.Getenv("SUPER_TEST_BACKGROUND") != "" && !launched {
		status, err := Launch(lock, Place{})
		if err != nil {
			o.Log.Error(err.Error())
		}
		return status
	}
	defer lock.Remove()
	if err := lock.Write(os.Getpid()); err != nil {
		panic(err)
	}
	answer, _ := time.ParseDuration(os.Getenv("SUPER_TEST_ANSWER"))
	conf := filepath.Join(dir, "conf")
	s := NewSupervisor(Options{
		Log:  o.Log,
		Load: func() (syntax.Snapshot, error) { return fakeLoad(conf) }, LoadOther: fakeLoad,
		Secrets: func(c *config.Config) error {
			path, ok := order(c.Global.RouterID, "secret", "in")
			if !ok {
				return nil
			}
			_, err := os.Stat(path)
			return err
		},
		Bind: fakeBind, Args: os.Args[1:], Started: started,
		NoRespawn: os.Getenv("SUPER_TEST_NORESPAWN") != "",
		Roles:     fakeTable(dir),
		Systemd:   SystemdFromEnv(), AnswerTime: answer,
	})
	go fakeQuestions(s, dir)
	status := s.Run(context.Background())
	o.Log.Info("Stopped")
	return status
}

// daemon is a running supervisor of the test binary.
type daemon struct {
	t    *testing.T
	dir  string
	cmd  *exec.Cmd
	done chan struct{}
	attr *syscall.SysProcAttr
	exe  string // the test binary, or a copy of it

	mu    sync.Mutex
	lines []string
	seen  int // lines that expect has looked past
	more  *sync.Cond
}

const patience = 20 * time.Second

func startDaemon(t *testing.T, conf string, env ...string) *daemon {
	t.Helper()
	d := &daemon{t: t}
	d.begin(conf, env...)
	return d
}

// begin starts a daemon that was prepared otherwise.
func (d *daemon) begin(conf string, env ...string) {
	d.t.Helper()
	d.dir, d.done, d.more = d.t.TempDir(), make(chan struct{}), sync.NewCond(&d.mu)
	d.write(conf)
	d.start(env...)
}

func (d *daemon) start(env ...string) {
	d.t.Helper()
	if d.exe == "" {
		exe, err := os.Executable()
		if err != nil {
			d.t.Fatal(err)
		}
		d.exe = exe
	}
	d.cmd = exec.Command(d.exe)
	d.cmd.SysProcAttr = d.attr
	d.cmd.Env = append(append(os.Environ(), daemonEnv+"="+d.dir, "TMPDIR="+d.dir, "GORACE=atexit_sleep_ms=0"), env...)
	r, w := io.Pipe()
	d.cmd.Stderr = w
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() {
		s := bufio.NewScanner(r)
		for s.Scan() {
			d.mu.Lock()
			d.lines = append(d.lines, s.Text())
			d.more.Broadcast()
			d.mu.Unlock()
		}
	}()
	go func() {
		_ = d.cmd.Wait()
		_ = w.Close()
		close(d.done)
	}()
	d.t.Cleanup(func() {
		_ = d.cmd.Process.Kill()
		<-d.done
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.t.Failed() {
			d.t.Log("log:\n" + strings.Join(d.lines, "\n"))
		}
	})
}

func (d *daemon) write(conf string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, "conf"), []byte(conf), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// expect waits for a line containing each text, in order, from where the last expect
// stopped.
func (d *daemon) expect(texts ...string) {
	d.t.Helper()
	deadline := time.Now().Add(patience)
	stop := time.AfterFunc(patience, func() { d.mu.Lock(); d.more.Broadcast(); d.mu.Unlock() })
	defer stop.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, text := range texts {
		for {
			if d.find(text) {
				break
			}
			if time.Now().After(deadline) {
				d.t.Fatalf("no line with %q after line %d", text, d.seen)
			}
			d.more.Wait()
		}
	}
}

// expectAll waits for lines with each text, in any order, after where the last expect
// stopped: lines of different processes have no order.
func (d *daemon) expectAll(texts ...string) {
	d.t.Helper()
	from, last := d.seen, d.seen
	for _, text := range texts {
		d.seen = from
		d.expect(text)
		last = max(last, d.seen)
	}
	d.seen = last
}

// find moves past the next line with text; mu is held.
func (d *daemon) find(text string) bool {
	for i := d.seen; i < len(d.lines); i++ {
		if strings.Contains(d.lines[i], text) {
			d.seen = i + 1
			return true
		}
	}
	return false
}

// never fails when a line so far contains text.
func (d *daemon) never(text string) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.lines {
		if strings.Contains(l, text) {
			d.t.Errorf("unwanted line %q", l)
		}
	}
}

// count is how many lines so far contain text.
func (d *daemon) count(text string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, l := range d.lines {
		if strings.Contains(l, text) {
			n++
		}
	}
	return n
}

func (d *daemon) signal(s syscall.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		d.t.Fatal(err)
	}
}

// exit waits for the daemon's end and checks its status.
func (d *daemon) exit(want int) {
	d.t.Helper()
	select {
	case <-d.done:
	case <-time.After(patience):
		d.t.Fatal("the daemon does not end")
	}
	if got := d.cmd.ProcessState.ExitCode(); got != want {
		d.t.Errorf("exit status %d, want %d", got, want)
	}
}

// pid reads one of the pid files.
func (d *daemon) pid(file string) int {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, file))
	if err != nil {
		d.t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(string(b), "\n"))
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// eventually polls a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}
