package track

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
)

// watch is a Processes, with a directory for programs.
type watch struct {
	t      *testing.T
	dir    string
	p      *Processes
	names  names
	events chan event2
	logs   *observer.ObservedLogs
}

// eachWay runs a test with the kernel telling of processes, and without.
func eachWay(t *testing.T, do func(w *watch)) {
	t.Run("told", func(t *testing.T) {
		t.Parallel()
		do(newWatch(t, nil))
	})
	t.Run("looked for", func(t *testing.T) {
		t.Parallel()
		w := newWatch(t, errors.New("not today"))
		w.p.Configure(
			&config.Config{TrackProcesses: []config.TrackProcess{{Name: "n", Process: []string{"n"}}}},
			w.names.objects("n"),
		)
		said := func() int { return w.logs.FilterMessageSnippet("they are looked for every second").Len() }
		for limit := time.Now().Add(20 * time.Second); said() == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(limit) {
				t.Fatal("nobody is told")
			}
		}
		do(w)
		if n := said(); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
}

func newWatch(t *testing.T, refusal error) *watch {
	core, logs := observer.New(zap.DebugLevel)
	w := &watch{t: t, dir: t.TempDir(), events: make(chan event2, 4096), logs: logs}
	w.p = NewProcesses(zap.New(core), func(id ID, value int) { w.events <- event2{w.names.of(id), value} })
	w.p.every = 20 * time.Millisecond
	if refusal != nil {
		w.p.connect = func() (*connector, error) { return nil, refusal }
	} else {
		needConnector(t)
	}
	t.Cleanup(w.p.Stop)
	return w
}

// needConnector skips where the kernel tells nobody of processes.
func needConnector(t *testing.T) {
	c, err := openConnector()
	if err == nil {
		err = errors.Join(c.answered(make([]byte, 1<<12), 5*time.Second), c.close())
	}
	if err != nil {
		t.Skipf("needs a kernel that tells of processes: %v", err)
	}
}

// configure watches; a process without quorum_max may be there any number of times.
func (w *watch) configure(list ...config.TrackProcess) map[string]int {
	var used []string
	for i := range list {
		used = append(used, list[i].Name)
		if list[i].QuorumMax == 0 {
			list[i].QuorumMax = -1
		}
	}
	return w.names.values(w.p.Configure(&config.Config{TrackProcesses: list}, w.names.objects(used...)))
}

func (w *watch) expect(name string, value int) {
	w.t.Helper()
	select {
	case e := <-w.events:
		if e != (event2{name, value}) {
			w.t.Fatalf("%v, want %s %d", e, name, value)
		}
	case <-time.After(20 * time.Second):
		w.t.Fatalf("no report of %s %d: %+v\n%v", name, value, w.p.Describe(), w.logs.All())
	}
}

// running waits until there are n processes of a name.
func (w *watch) running(name string, n int) {
	w.t.Helper()
	id := w.names.objects(name)[0].ID
	for limit := time.Now().Add(20 * time.Second); w.p.Describe()[id].Running != n; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			w.t.Fatalf("%d processes of %s, want %d", w.p.Describe()[id].Running, name, n)
		}
	}
}

// A shell is a process of a name that does what it is told, one line at a time.
type shell struct {
	w     *watch
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

// program puts the shell under a name, which is that of its processes.
func (w *watch) program(name string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.Symlink("/bin/sh", path); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *watch) start(path string, args ...string) *shell {
	w.t.Helper()
	s := &shell{w: w, cmd: exec.Command(path)}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.Args = append([]string{path, "-c", `while read line; do eval "$line"; done`}, args...)
	stdin, err := s.cmd.StdinPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	s.stdin = stdin
	w.t.Cleanup(s.end)
	return s
}

func (s *shell) do(line string) {
	if _, err := io.WriteString(s.stdin, line+"\n"); err != nil {
		s.w.t.Fatal(err)
	}
}

// end kills the process and its children; a second time does nothing.
func (s *shell) end() {
	if s.cmd.ProcessState == nil {
		_ = unix.Kill(-s.cmd.Process.Pid, unix.SIGKILL) // it may have ended by itself
		_ = s.cmd.Wait()                                // it was killed
	}
}

// fork makes a child that is the same program, until the FIFO is written to.
func (s *shell) fork(fifo string) {
	if err := unix.Mkfifo(filepath.Join(s.w.dir, fifo), 0o600); err != nil {
		s.w.t.Fatal(err)
	}
	s.do("( read x < " + filepath.Join(s.w.dir, fifo) + " ) &")
}

func (s *shell) release(fifo string) {
	if err := os.WriteFile(filepath.Join(s.w.dir, fifo), []byte("\n"), 0); err != nil {
		s.w.t.Fatal(err)
	}
	s.do("wait")
}

func TestSemantics5_14_ProcessesComeAndGo(t *testing.T) {
	eachWay(t, func(w *watch) {
		one := fmt.Sprintf("tk%dx%d", os.Getpid(), time.Now().UnixNano()%1e6)
		path := w.program(one)
		early := w.start(path)
		w.isThere(one)
		got := w.configure(
			config.TrackProcess{Name: "one", Process: []string{one}, Quorum: 1},
			config.TrackProcess{Name: "two", Process: []string{path}, Quorum: 2},
			config.TrackProcess{Name: "few", Process: []string{one}, QuorumMax: 2},
			config.TrackProcess{Name: "args", Process: []string{path, "-c"}, Match: config.MatchPartial, FullCommand: true, Quorum: 2})
		if fmt.Sprint(got) != "map[args:0 few:1 one:1 two:0]" {
			t := w.t
			t.Fatalf("at start %v", got)
		}
		late := w.start(path)
		w.expect("two", 1)
		w.expect("args", 1)
		early.fork("child")
		w.expect("few", 0)
		early.release("child")
		w.expect("few", 1)
		late.do("printf elsewhere > /proc/$$/comm")
		w.expect("two", 0)
		late.do("printf " + one + " > /proc/$$/comm")
		w.expect("two", 1)
		late.do("exec /bin/sleep 1000")
		w.expect("two", 0)
		w.expect("args", 0)
		early.end()
		w.expect("one", 0)
		w.running("one", 0)
		for _, line := range []string{"Quorum gained for tracked process two", "Quorum lost for tracked process few"} {
			if w.logs.FilterMessage(line).Len() == 0 {
				w.t.Errorf("not logged: %s", line)
			}
		}
	})
}

// isThere waits until the program of a name has replaced the one that started it.
func (w *watch) isThere(name string) {
	w.t.Helper()
	for limit := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		pids, err := processes()
		if err != nil || time.Now().After(limit) {
			w.t.Fatal("not there: ", name, err)
		}
		for _, pid := range pids {
			if c, ok := commandOf(pid, false); ok && c.name == name {
				return
			}
		}
	}
}

// What is forked counts after fork_delay, what ends after terminate_delay, and nothing if it is over before. Programs that begin
// or rename themselves count at once.
func TestSemantics5_14_Delays(t *testing.T) {
	w := newWatch(t, nil)
	name := fmt.Sprintf("td%d", os.Getpid())
	w.configure(config.TrackProcess{Name: "slow", Process: []string{name}, Quorum: 2, ForkDelay: time.Hour, TerminateDelay: 50 * time.Millisecond},
		config.TrackProcess{Name: "quick", Process: []string{name}, Quorum: 2, ForkDelay: 50 * time.Millisecond, TerminateDelay: time.Hour})
	a := w.start(w.program(name))
	w.running("slow", 1)
	b := w.start(w.program(name + "b"))
	b.do("printf " + name + " > /proc/$$/comm")
	w.expect("slow", 1) // no fork
	w.expect("quick", 1)
	b.end()
	w.expect("slow", 0) // after 50 ms
	if c := w.p.Describe()[w.names.objects("quick")[0].ID]; !c.Exited || c.Forked || c.Running != 1 {
		t.Errorf("%+v", c)
	}
	a.fork("child") // in time for quick, which never hears of it
	w.running("quick", 2)
	if c := w.p.Describe()[w.names.objects("slow")[0].ID]; !c.Forked || c.Exited {
		t.Errorf("%+v", c)
	}
	a.release("child")
	w.running("slow", 1)
	a.do("printf elsewhere > /proc/$$/comm")
	w.expect("quick", 0) // no end
	a.do("printf " + name + " > /proc/$$/comm")
	w.running("quick", 1)
	a.fork("another")
	w.expect("quick", 1) // after 50 ms
}

// Threads are no processes, nor are zombies.
func TestSemantics5_14_ZombiesDoNotCount(t *testing.T) {
	eachWay(t, func(w *watch) {
		name := fmt.Sprintf("tz%dx%d", os.Getpid(), time.Now().UnixNano()%1e6)
		s := w.start(w.program(name))
		w.isThere(name)
		if err := s.cmd.Process.Kill(); err != nil {
			w.t.Fatal(err)
		}
		var info unix.Siginfo
		if err := unix.Waitid(unix.P_PID, s.cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
			w.t.Fatal(err)
		}
		if got := w.configure(config.TrackProcess{Name: "z", Process: []string{name}, Quorum: 1}); got["z"] != 0 {
			w.t.Error("a zombie counts")
		}
	})
}

func TestProcessesOverAReload(t *testing.T) {
	eachWay(t, func(w *watch) {
		name := fmt.Sprintf("tr%dx%d", os.Getpid(), time.Now().UnixNano()%1e6)
		p := config.TrackProcess{Name: "p", Process: []string{name}, Quorum: 1}
		if got := w.configure(p); got["p"] != 0 {
			w.t.Fatal(got)
		}
		s := w.start(w.program(name))
		w.expect("p", 1)
		p.Quorum = 2
		if got := w.configure(p); got["p"] != 0 {
			w.t.Error(got)
		}
		w.configure() // nobody asks
		if w.p.stop != nil {
			w.t.Error("it goes on listening for nobody")
		}
		p.Quorum = 1
		if got := w.configure(p); got["p"] != 1 {
			w.t.Error(got)
		}
		s.end()
		w.expect("p", 0)
		w.p.Stop()
		if out := w.p.Configure(&config.Config{TrackProcesses: []config.TrackProcess{p}}, w.names.objects("p")); len(
			out.Values,
		) > 0 {
			w.t.Error(out)
		}
	})
}

// A thousand processes that live shortly, some of them under the name that counts: what is left is counted right.
func TestManyShortProcesses(t *testing.T) {
	w := newWatch(t, nil)
	name := fmt.Sprintf("ts%d", os.Getpid())
	path := w.program(name)
	w.configure(config.TrackProcess{Name: "p", Process: []string{name}, Quorum: 1})
	s := w.start(path)
	w.expect("p", 1)
	s.do(
		`i=0; while [ $i -lt 500 ]; do /bin/true; ( : ); ` + path + ` -c :; i=$((i+1)); done; echo done$$ > ` + w.dir + `/done`,
	)
	for limit := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(w.dir + "/done"); err == nil {
			break
		}
		if time.Now().After(limit) {
			t.Fatal("the shell does not end")
		}
	}
	w.running("p", 1)
	s.end()
	w.expect("p", 0)
	if len(w.events) > 0 {
		t.Errorf("also %v", <-w.events)
	}
}

// When the kernel had more to tell than there was room for, all processes are looked at.
func TestLostEvents(t *testing.T) {
	w := newWatch(t, errors.New("not told"))
	w.p.every = time.Hour
	name := fmt.Sprintf("tl%d", os.Getpid())
	w.configure(config.TrackProcess{Name: "p", Process: []string{name}, Quorum: 1})
	s := w.start(w.program(name))
	w.isThere(name)
	w.p.happened([]procEvent{{what: procLost}})
	w.expect("p", 1)
	s.end()
	w.p.happened([]procEvent{{what: procFork, parent: 1, pid: 2}, {what: procLost}})
	w.expect("p", 0)
}

// The filter keeps threads from us: this process makes some and ends them.
func TestFilterOfThreads(t *testing.T) {
	needConnector(t)
	c, err := openConnector()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}()
	buf := make([]byte, 1<<12)
	if err := c.answered(buf, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	for range 50 {
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			done <- struct{}{}
		}()
	}
	for range 50 {
		<-done
	}
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	seen := map[uint32]bool{}
	for !seen[procExit] {
		events, err := c.read(buf)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.pid == cmd.Process.Pid {
				seen[e.what] = true
			}
			if e.pid == os.Getpid() {
				t.Errorf("a thread of ours is told of: %+v", e)
			}
		}
	}
	if !seen[procFork] || !seen[procExec] {
		t.Errorf("seen %v", seen)
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(strings.Repeat("\x01", eventSize)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, ok := parseEvent(b); ok &&
			!slices.Contains([]uint32{procNone, procFork, procExec, procComm, procExit}, e.what) {
			t.Errorf("%+v", e)
		}
	})
}

// The socket has the receive buffer that the configuration asks for, and our own size without one, also after a reload.
func TestProcessMonitorBuffer(t *testing.T) {
	c, err := openConnector()
	if err != nil {
		c = &connector{} // the socket alone will do, where the kernel has no connector
		if c.conn, err = netlink.Dial(unix.NETLINK_ROUTE, nil); err != nil {
			t.Fatal(err)
		}
		if c.raw, err = c.conn.SyscallConn(); err != nil {
			t.Fatal(err)
		}
	}
	w := newWatch(t, errors.New("asked for below"))
	w.p.connect = func() (*connector, error) { return c, nil }
	size := func(b config.Buffer) (n int) {
		t.Helper()
		cfg := &config.Config{TrackProcesses: []config.TrackProcess{{Name: "n", Process: []string{"n"}}}}
		cfg.Global.Buffers.ProcessMonitor = b
		w.p.Configure(cfg, w.names.objects("n"))
		if err := errors.Join(c.raw.Control(func(fd uintptr) {
			n, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
		}), err); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, v := range []struct {
		want config.Buffer
		is   int
	}{
		{config.Buffer{}, 2 * procBuffer}, {config.Buffer{Bytes: 301000}, 602000},
		{config.Buffer{Bytes: 9000001, Force: true}, 18000002}, {config.Buffer{}, 2 * procBuffer},
	} {
		if got := size(v.want); got != v.is {
			t.Errorf("%+v: %d bytes, want %d", v.want, got, v.is)
		}
	}
	if n := w.logs.FilterMessageSnippet("receive buffer").Len(); n > 0 {
		t.Errorf("%d lines about it", n)
	}
}
