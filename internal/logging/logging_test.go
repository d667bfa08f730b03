package logging

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
)

const patience = 10 * time.Second

func syslogd(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

func line(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	b := make([]byte, 64<<10)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func open(t *testing.T, o Options) *zap.Logger {
	t.Helper()
	log, c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return log
}

func TestSyslogFrame_cli4_5(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c := syslogd(t, path)
	stamp := `(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 123][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9] `
	for _, v := range []struct {
		ident    string
		facility int
		say      func(*zap.Logger)
		want     string
	}{
		{"Keepalived", FacilityDaemon, func(l *zap.Logger) { l.Info("Startup complete") }, `<30>` + stamp + `Keepalived\[%d\]: Startup complete`},
		{"Keepalived_vrrp", FacilityLocal0 + 1, func(l *zap.Logger) { l.Warn("(VI_1) x", Instance("VI_1")) }, `<140>` + stamp + `Keepalived_vrrp\[%d\]: \(VI_1\) x`},
		{"Keepalived_healthcheckers", FacilityUser, func(l *zap.Logger) { l.Error("no") }, `<11>` + stamp + `Keepalived_healthcheckers\[%d\]: no`},
		{"Keepalived", FacilityDaemon, func(l *zap.Logger) { l.Debug("detail") }, `<30>` + stamp + `Keepalived\[%d\]: detail`},
	} {
		v.say(open(t, Options{Ident: v.ident, Syslog: true, SyslogPath: path, Facility: v.facility, Detail: true}))
		want := regexp.MustCompile("^" + fmt.Sprintf(v.want, os.Getpid()) + "$")
		if got := line(t, c); !want.MatchString(got) {
			t.Errorf("got %q, want %v", got, want)
		}
	}
}

func TestDetail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c := syslogd(t, path)
	log := open(t, Options{Syslog: true, SyslogPath: path, Facility: 3})
	log.Debug("hidden")
	log.Info("shown")
	if got := line(t, c); !strings.HasSuffix(got, ": shown") {
		t.Errorf("got %q", got)
	}
}

func TestSyslogComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log := open(t, Options{Syslog: true, SyslogPath: path, Facility: 3})
	log.Info("nobody listens")
	c := syslogd(t, path)
	log.Info("one")
	if got := line(t, c); !strings.HasSuffix(got, ": 1 log lines lost: syslog did not take them") {
		t.Errorf("got %q", got)
	}
	if got := line(t, c); !strings.HasSuffix(got, ": one") {
		t.Errorf("got %q", got)
	}
	c.Close()
	log.Info("restarting")
	log.Info("still")
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	c = syslogd(t, path)
	log.Info("two")
	if got := line(t, c); !strings.Contains(got, "2 log lines lost") {
		t.Errorf("got %q", got)
	}
	if got := line(t, c); !strings.HasSuffix(got, ": two") {
		t.Errorf("got %q", got)
	}
}

func TestSyslogThatDoesNotReadNeverBlocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c := syslogd(t, path)
	log := open(t, Options{Syslog: true, SyslogPath: path, Facility: 3})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 20000 {
			log.Info(fmt.Sprintf("line %d %s", i, strings.Repeat("x", 200)))
		}
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the logger waits for syslog")
	}
	for { // empty it
		if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 4096)); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	log.Info("after")
	if got := line(t, c); !strings.Contains(got, "log lines lost") {
		t.Errorf("got %q", got)
	}
	if got := line(t, c); !strings.HasSuffix(got, ": after") {
		t.Errorf("got %q", got)
	}
}

func TestSyslogLongLineIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	c := syslogd(t, path)
	log := open(t, Options{Syslog: true, SyslogPath: path, Facility: 3})
	log.Info(strings.Repeat("x", 1<<20))
	if got := line(t, c); len(got) != maxDatagram {
		t.Errorf("%d bytes", len(got))
	}
}

// sink is a stderr that can be stuck.
type sink struct {
	mu    sync.Mutex
	text  strings.Builder
	stuck chan struct{}
	fail  error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.stuck != nil {
		<-s.stuck
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return 0, s.fail
	}
	return s.text.Write(p)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func TestConsoleTimeStamp(t *testing.T) {
	var s sink
	log, c, err := New(Options{Console: true, Stderr: &s})
	if err != nil {
		t.Fatal(err)
	}
	log.Info("(VI_1) Entering MASTER STATE", Instance("VI_1"))
	log.Warn("odd", zap.Int("count", 3), zap.Error(errors.New("why")))
	log.Info("two\nlines\x1b[2J")
	log.Error("set addresses", zap.Error(errors.Join(errors.New("add a: refused"), errors.New("add b: refused"))))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	log.Info("after the end")
	stamp := `(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 123][0-9] [0-9:]{8} 20[0-9]{2}: `
	want := regexp.MustCompile(
		`^` + stamp + `\(VI_1\) Entering MASTER STATE\n` + stamp + `odd count=3 error=why\n` + stamp + `two; lines\\x1b\[2J\n` + stamp + `set addresses error=add a: refused; add b: refused\n$`,
	)
	if got := s.String(); !want.MatchString(got) {
		t.Errorf("got %q, want %v", got, want)
	}
}

func TestStuckConsoleLosesLinesNotTime(t *testing.T) {
	s := sink{stuck: make(chan struct{})}
	log, c, err := New(Options{Console: true, Stderr: &s})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for i := range 3 * queueLength {
		log.Info(fmt.Sprintf("line %d", i))
	}
	if took := time.Since(began); took > patience {
		t.Errorf("logging took %v", took)
	}
	close(s.stuck)
	for deadline := time.Now().Add(patience); !strings.Contains(s.String(), "log lines lost"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the loss was not reported")
		}
	}
	_ = c.Close()
}

func TestCloseDoesNotWaitForAStuckConsole(t *testing.T) {
	s := sink{stuck: make(chan struct{})}
	log, c, err := New(Options{Console: true, Stderr: &s})
	if err != nil {
		t.Fatal(err)
	}
	defer close(s.stuck)
	log.Info("x")
	began := time.Now()
	_ = c.Close()
	if took := time.Since(began); took > drainTime+patience {
		t.Errorf("Close took %v", took)
	}
}

func TestFullDisk(t *testing.T) {
	s := &lineBuffer{lost: func() int { return 0 }, note: textNote}
	w := &sink{fail: errors.New("no space left on device")}
	s.w = w
	s.add("one\n")
	s.flush()
	s.add("two\n")
	s.flush()
	w.fail = nil
	s.add("three\n")
	s.flush()
	if got := w.String(); !regexp.MustCompile(`^.*: 2 log lines lost: they could not be written\nthree\n$`).MatchString(got) {
		t.Errorf("got %q", got)
	}
}

func TestFullDeviceIsHarmless(t *testing.T) {
	log, c, err := New(Options{File: "/dev/full", Flush: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		log.Info("x")
	}
	_ = c.Close()
}

func TestFilePerProcess_cli1(t *testing.T) {
	dir := t.TempDir()
	for suffix, want := range map[string]string{"": "k.log", "_vrrp": "k_vrrp.log", "_check": "k_check.log"} {
		log, c, err := New(Options{Suffix: suffix, File: dir + "/k.log", Flush: true})
		if err != nil {
			t.Fatal(err)
		}
		log.Info("hello " + suffix)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, want))
		if err != nil || !strings.HasSuffix(string(b), ": hello "+suffix+"\n") {
			t.Errorf("%s has %q (%v)", want, b, err)
		}
	}
	if got := fileName("/var/log/plain", "_vrrp"); got != "/var/log/plain_vrrp" {
		t.Errorf("without extension: %s", got)
	}
}

func TestFileFlush(t *testing.T) {
	path := t.TempDir() + "/k.log"
	for _, flush := range []bool{true, false} {
		log := open(t, Options{File: path, Flush: flush})
		text := fmt.Sprintf("flush %v", flush)
		log.Info(text)
		for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			if b, err := os.ReadFile(path); err == nil && strings.Contains(string(b), text) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s is not written", text)
			}
		}
	}
}

func TestFileIsOpenedAnewAfterRotation(t *testing.T) {
	path := t.TempDir() + "/k.log"
	f, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write := func(s string) {
		f.checked = time.Time{}
		if _, err := io.WriteString(f, s); err != nil {
			t.Fatal(err)
		}
	}
	write("old\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write("new\n")
	for name, want := range map[string]string{path: "new\n", path + ".1": "old\n"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s has %q (%v), want %q", name, b, err, want)
		}
	}
}

func TestFileThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(dir+"/target", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/nonexistent/k.log", dir, dir + "/link"} {
		log, c, err := New(Options{File: path})
		if err == nil {
			t.Errorf("%s was opened", path)
		}
		log.Info("goes nowhere")
		_ = c.Close()
	}
}

func TestJSON(t *testing.T) {
	var s sink
	log, c, err := New(Options{Role: "checker", Console: true, Stderr: &s, JSON: true, Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	log.With(Instance("VI_1")).Info("Entering \"MASTER\"\n", zap.Uint8("priority", 100), zap.Duration("took", 1500*time.Millisecond))
	log.Debug("d")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(s.String()))
	var got []map[string]any
	for lines.Scan() {
		m := map[string]any{}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if at, err := time.Parse(time.RFC3339Nano, m["time"].(string)); err != nil || time.Since(at) > time.Minute {
			t.Errorf("time %v (%v)", m["time"], err)
		}
		got = append(got, m)
	}
	if len(got) != 2 {
		t.Fatalf("%d lines: %s", len(got), s.String())
	}
	for k, want := range map[string]any{"level": "info", "role": "checker", "pid": float64(os.Getpid()), "instance": "VI_1", "msg": "Entering \"MASTER\"\n", "priority": 100.0, "took": "1.5s"} {
		if got[0][k] != want {
			t.Errorf("%s is %v, want %v", k, got[0][k], want)
		}
	}
	if got[1]["level"] != "debug" {
		t.Errorf("second line %v", got[1])
	}
}

func TestJSONNoteOfLossIsJSON(t *testing.T) {
	var m map[string]any
	if err := json.Unmarshal([]byte(jsonNote(3)), &m); err != nil ||
		m["msg"] != "3 log lines lost: they could not be written" {
		t.Errorf("%s: %v", jsonNote(3), err)
	}
}

func TestParseFacility_cli1(t *testing.T) {
	for s, want := range map[string]int{"0": 16, "7": 23, "local0": 16, "local7": 23, "user": 1, "daemon": 3} {
		if got, err := ParseFacility(s); err != nil || got != want {
			t.Errorf("%s is %d (%v), want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "8", "-1", "local", "local8", "local10", "kern", "00", "Daemon"} {
		if got, err := ParseFacility(s); err == nil {
			t.Errorf("%q is %d", s, got)
		}
	}
}

func TestLoggersInParallel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	syslogd(t, path)
	var s sink
	log := open(t, Options{Syslog: true, SyslogPath: path, Facility: 3, Console: true, Stderr: &s, File: t.TempDir() + "/x"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				log.Info("x", Instance("y"))
			}
		})
	}
	wg.Wait()
}
