package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/override"
	"holdfast/internal/state"
)

// patience is how long a test waits for what has to come.
const patience = time.Minute

// A fake source says what it is given.
type fake struct {
	answer   state.Answer
	refused  string
	service  string // of what is changed
	prospect state.Prospect
	err      error
	asked    atomic.Int64
	request  override.Request // the last one
	brief    atomic.Int64     // of these, without long lists
}

func (f *fake) State(context.Context) state.Answer {
	f.asked.Add(1)
	return f.answer
}

// Ready is the same without any list.
func (f *fake) Ready(context.Context) state.Answer {
	f.brief.Add(1)
	f.asked.Add(1)
	a := f.answer
	a.Sources = slices.Clone(a.Sources)
	for i := range a.Sources {
		a.Sources[i].Report = state.Report{NotReady: a.Sources[i].Report.NotReady}
	}
	return a
}

func (f *fake) Metrics(ctx context.Context) state.Answer { return f.State(ctx) }

func (f *fake) Plan(_ context.Context, file string, _ bool) (state.Prospect, error) {
	p := f.prospect
	p.File = file
	return p, f.err
}

// Brief is the same without long lists.
func (f *fake) Brief(context.Context) state.Answer {
	f.brief.Add(1)
	f.asked.Add(1)
	a := f.answer
	a.Sources = slices.Clone(a.Sources)
	for i := range a.Sources {
		r := &a.Sources[i].Report
		r.Lists = maps.Clone(r.Lists)
		maps.DeleteFunc(r.Lists, func(list, _ string) bool { return state.Long(list) })
	}
	return a
}

func (f *fake) Reload(context.Context, bool) (string, error) { return f.refused, f.err }

func (f *fake) Upgrade(_ context.Context, program string, check bool, _ *net.UnixConn) (string, string, error) {
	return fmt.Sprintf("1.2 of '%s' %v", program, check), f.refused, f.err
}

func (f *fake) Override(_ context.Context, r override.Request) ([]state.Override, error, error) {
	f.request = r
	return []state.Override{{Kind: "server", Name: r.Name, Service: f.service, Action: string(r.Verb)}}, f.no(), f.err
}

func (f *fake) CheckNow(_ context.Context, name, service string) (int, error, error) {
	f.request = override.Request{Name: name, Service: service}
	return 2, f.no(), f.err
}

// no is the refusal as an error.
func (f *fake) no() error {
	if f.refused == "" {
		return nil
	}
	return errors.New(f.refused)
}

type server struct {
	*Server
	Client
}

// start starts a server on a socket of its own.
func start(t *testing.T, source Source, more ...func(*Options)) *server {
	t.Helper()
	o := Options{Log: zap.NewNop(), Source: source, Path: filepath.Join(t.TempDir(), "api.sock"),
		Print: func(w io.Writer, c *config.Config) error {
			_, err := io.WriteString(w, "router "+c.Global.RouterID)
			return err
		}}
	for _, m := range more {
		m(&o)
	}
	s, err := Serve(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &server{s, Client{Path: o.Path}}
}

func (s *server) get(t *testing.T, path string, into any) int {
	t.Helper()
	return s.insist(t, path, into)
}

// insist asks again where this machine stood still for so long that the server took it for one of the slow.
func (s *server) insist(t *testing.T, path string, into any) int {
	for limit := time.Now().Add(patience); ; {
		code, err := s.Get(path, into)
		if err == nil {
			return code
		}
		if time.Now().After(limit) {
			t.Error(err)
			return 0
		}
	}
}

// request sends a request as it is written and gives the status.
func (s *server) request(t *testing.T, text string) int {
	t.Helper()
	c, err := s.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	return r.StatusCode
}

func report(t *testing.T, lists map[string]any, notReady ...string) state.Report {
	t.Helper()
	r, err := state.NewReport(time.Now(), lists, notReady)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// two is what a daemon with two roles says.
func two(t *testing.T) state.Answer {
	now := time.Now()
	return state.Answer{
		Daemon: state.Daemon{PID: 7, Version: "1", Complete: true},
		Config: state.Config{File: "f", Generation: 3}, Running: &config.Config{Global: config.Global{RouterID: "D1"}},
		Sources: []state.Source{
			{Role: "vrrp", PID: 8, At: now.Add(-3 * time.Second), Report: report(t, map[string]any{
				state.Instances: []state.Instance{{Name: "VI_1", State: "MASTER"}, {Name: "VI_2"}},
				state.Warnings:  []state.Warning{{Text: "of vrrp"}},
			})},
			{Role: "checker", PID: 9, At: now, Report: report(t, map[string]any{
				state.Services: []state.Service{{Name: "web"}},
				state.Warnings: []state.Warning{{Text: "of checker"}},
			})},
		},
		Findings: []state.Warning{{Text: "of the file"}},
	}
}

func TestWhatRolesSayIsPutTogether(t *testing.T) {
	s := start(t, &fake{answer: two(t)})
	var all state.All
	if code := s.get(t, "/v1/state", &all); code != http.StatusOK {
		t.Errorf("status %d", code)
	}
	if all.PID != 7 || all.Age < 3000 || all.Sources[0].Age < 3000 || all.Sources[1].Age >= all.Sources[0].Age ||
		!all.At.Equal(all.Sources[0].At) {
		t.Errorf("head %+v", all.Head)
	}
	var said []string
	for _, w := range all.Warnings {
		said = append(said, w.Text)
	}
	if d := cmp.Diff([]string{"of the file", "of vrrp", "of checker"}, said); d != "" {
		t.Error(d)
	}
	if len(all.Instances) != 2 || all.Instances[0].State != "MASTER" || len(all.Services) != 1 || len(all.Servers) != 0 {
		t.Errorf("%+v", all)
	}
	if all.Config.Hash == "" || all.Config.Text != "" || all.Daemon.Version != "1" {
		t.Errorf("%+v", all.Config)
	}
	var one struct {
		state.Head
		Instances []state.Instance
		Services  []state.Service
	}
	s.get(t, "/v1/instances", &one)
	if len(one.Instances) != 2 || one.Services != nil || one.PID != 7 {
		t.Errorf("%+v", one)
	}
	var conf struct{ Config state.Config }
	s.get(t, "/v1/config", &conf)
	if conf.Config.Text != "router D1" || conf.Config.Hash != all.Config.Hash || conf.Config.Positions == nil ||
		all.Config.Positions != nil {
		t.Errorf("%+v", conf)
	}
}

// Every object of a configuration is told of with where it stands, by the name that the log has for it.
func TestWhereObjectsStand(t *testing.T) {
	const file = `vrrp_script S {
 script /bin/true
}
track_file F {
 file /nowhere
}
vrrp_track_process P {
 process p
}
bfd_instance B {
 neighbor_ip 10.0.0.2
}
vrrp_sync_group G {
 group {
  VI_1
  VI_2
 }
}
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 1
 virtual_ipaddress {
  10.0.0.1
 }
}
vrrp_instance VI_2 {
 interface eth0
 virtual_router_id 2
 virtual_ipaddress {
  10.0.0.2
 }
}
virtual_server_group W {
 10.0.0.1 443
}
virtual_server 10.0.0.1 80 {
 protocol TCP
 real_server 10.1.0.1 80 {
 }
}
virtual_server fwmark 7 {
 real_server 10.1.0.2 81 {
 }
}
virtual_server group W {
 protocol TCP
 real_server 10.1.0.3 82 {
 }
}
`
	s := syntax.Load(syntax.MapSource{"k.conf": file}, "k.conf", syntax.Options{})
	c, _ := language.Bind(s, language.Env{})
	var got []string
	for _, p := range positions(c) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s:%d:%d %s %s %s", p.File, p.Line, p.Column, p.Kind, p.Name, p.Of)))
	}
	want := []string{"k.conf:19:1 vrrp_instance VI_1", "k.conf:26:1 vrrp_instance VI_2", "k.conf:13:1 vrrp_sync_group G",
		"k.conf:1:1 vrrp_script S", "k.conf:4:1 track_file F", "k.conf:7:1 vrrp_track_process P", "k.conf:10:1 bfd_instance B",
		"k.conf:33:1 virtual_server_group W", "k.conf:36:1 virtual_server [10.0.0.1]:tcp:80",
		"k.conf:38:2 real_server [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80", "k.conf:41:1 virtual_server FWM 7",
		"k.conf:42:2 real_server [10.1.0.2]:none:81 FWM 7", "k.conf:45:1 virtual_server [W]:0",
		"k.conf:47:2 real_server [10.1.0.3]:tcp:82 [W]:0"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReadyAndHealthy(t *testing.T) {
	f := &fake{answer: two(t)}
	s := start(t, f)
	judge := func(path string, want ...string) {
		t.Helper()
		var got state.Ready
		code := s.get(t, path, &got)
		if got.OK != (len(want) == 0) || (code == http.StatusOK) != got.OK || code != http.StatusOK && code != 503 {
			t.Errorf("%s: status %d, %+v", path, code, got)
		}
		if d := cmp.Diff(append([]string{}, want...), got.Reasons); d != "" {
			t.Error(path, d)
		}
	}
	judge("/healthz")
	judge("/readyz")
	f.answer.Sources[0].Report.NotReady = []string{"VI_1: 10.0.0.1/24 is not on eth0"}
	judge("/healthz")
	judge("/readyz", "VI_1: 10.0.0.1/24 is not on eth0")
	f.answer.Sources[1].Problem = "does not answer"
	f.answer.Daemon.Complete = false
	judge("/healthz", "checker: does not answer")
	judge("/readyz", "checker: does not answer", "the start is not complete", "VI_1: 10.0.0.1/24 is not on eth0")
	f.answer.Problem = "busy"
	judge("/healthz", "busy", "checker: does not answer")
}

func TestWhatIsRefused(t *testing.T) {
	s := start(t, &fake{})
	for text, want := range map[string]int{
		"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n":  http.StatusNotFound,
		"GET / HTTP/1.0\r\n\r\n":                       http.StatusOK,
		"DELETE /v1/state HTTP/1.1\r\nHost: x\r\n\r\n": http.StatusNotFound,
		"HEAD /v1/state HTTP/1.1\r\nHost: x\r\n\r\n":   http.StatusOK,
		"nonsense\r\n\r\n":                             http.StatusBadRequest,
		"GET /v1/state HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n": http.StatusRequestHeaderFieldsTooLarge,
		"GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n":                http.StatusRequestHeaderFieldsTooLarge,
		"GET /v1/state HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello":                 http.StatusOK,
		"POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n":                                         http.StatusOK,
		"POST /v1/reload HTTP/1.1\r\nHost: x\r\nOrigin: http://elsewhere\r\n\r\n":             http.StatusForbidden,
		"POST /v1/plan HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: cross-site\r\n\r\n":             http.StatusForbidden,
		"GET /v1/state HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: none\r\n\r\n":                   http.StatusOK,
		"GET /v1/plan HTTP/1.1\r\nHost: x\r\n\r\n":                                            http.StatusNotFound,
		"POST /v1/plan HTTP/1.1\r\nHost: x\r\n\r\n":                                           http.StatusOK,
		"POST /v1/plan?file=x HTTP/1.1\r\nHost: x\r\n\r\n":                                    http.StatusBadRequest,
	} {
		if got := s.request(t, text); got != want {
			t.Errorf("%.60q: status %d, want %d", text, got, want)
		}
	}
}

func TestReload(t *testing.T) {
	f := &fake{}
	s := start(t, f)
	const ask = "POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n"
	if got := s.request(t, ask); got != http.StatusOK {
		t.Errorf("status %d", got)
	}
	if f.refused = "no"; s.request(t, ask) != http.StatusConflict {
		t.Error("a refusal is no conflict")
	}
	if f.err = errors.New("ended"); s.request(t, ask) != http.StatusServiceUnavailable {
		t.Error("an error is available")
	}
}

// Whoever is neither root nor the user of the daemon reads, and changes nothing, unless a group says so: the
// supplementary ones count.
func TestRights(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to be others")
	}
	group, err := user.LookupGroup("mail")
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(group.Gid)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "api")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := start(t, &fake{answer: two(t)}, func(o *Options) { o.Path, o.Group = filepath.Join(dir, "s"), "mail" })
	as := func(who *syscall.Credential, method, path string) string {
		cmd := exec.Command("/proc/self/exe", method, path)
		cmd.Env = append(os.Environ(), askerEnv+"="+s.Path)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return string(out)
	}
	mail := uint32(gid)
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	member := &syscall.Credential{Uid: 65534, Gid: 65534, Groups: []uint32{7, mail}}
	first := &syscall.Credential{Uid: 65534, Gid: mail}
	for _, c := range []struct {
		who          *syscall.Credential
		method, path string
		want         string
	}{
		{nobody, "GET", "/v1/state", "200"}, {nobody, "POST", "/v1/reload", "403"}, {nobody, "POST", "/v1/plan", "403"}, {member, "POST", "/v1/plan", "200"},
		{member, "POST", "/v1/reload", "200"},
		{nobody, "POST", "/v1/overrides", "403"}, {nobody, "DELETE", "/v1/overrides", "403"}, {nobody, "POST", "/v1/check-now", "403"},
		{nobody, "GET", "/v1/overrides", "200"}, {member, "DELETE", "/v1/overrides", "200"}, {member, "POST", "/v1/check-now", "200"},
		{first, "POST", "/v1/reload", "200"}, {&syscall.Credential{}, "POST", "/v1/reload", "200"},
		{nobody, "POST", "/v1/upgrade?check", "403"}, {member, "POST", "/v1/upgrade", "200"},
		{member, "POST", "/v1/upgrade?program=/tmp/mine", "403"}, {first, "POST", "/v1/upgrade?check&program=/tmp/mine", "403"},
		{&syscall.Credential{}, "POST", "/v1/upgrade?program=/usr/sbin/holdfast", "200"},
	} {
		if got := as(c.who, c.method, c.path); got != c.want {
			t.Errorf("%+v %s %s: %s, want %s", c.who, c.method, c.path, got, c.want)
		}
	}
}

const askerEnv = "API_TEST_ASK"

func TestMain(m *testing.M) {
	path := os.Getenv(askerEnv)
	if path == "" {
		os.Exit(m.Run())
	}
	c := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return net.Dial("unix", path)
	}}}
	r, err := http.NewRequest(os.Args[1], "http://x"+os.Args[2], nil)
	if err != nil {
		panic(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		fmt.Print(err)
		os.Exit(1)
	}
	fmt.Print(answer.StatusCode)
}

// Those who say nothing, half a thing, or do not read what they asked for have a bounded number of places, and those
// for a bounded time: whoever comes after them is answered.
func TestTheSlowHoldUpNobodyForLong(t *testing.T) {
	long := make([]state.Instance, 3000) // more than the buffers of a socket take
	f := &fake{answer: state.Answer{Sources: []state.Source{{Role: "vrrp",
		Report: report(t, map[string]any{state.Instances: long})}}}}
	s := start(t, f, func(o *Options) { o.connections, o.second = 4, 100*time.Millisecond })
	const half = "GET /v1/state HTTP/1.1\r\nHost: x\r\nX: "
	var slow []net.Conn
	for _, text := range []string{"", "G", half, half + "\r\n\r\n", half + "\r\n\r\n", "", "", half} {
		c, err := s.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		slow = append(slow, c)
		if _, err := io.WriteString(c, text); err != nil {
			t.Fatal(err)
		}
	}
	var all state.All
	if code := s.insist(t, "/v1/state", &all); code != http.StatusOK || len(all.Instances) != len(long) {
		t.Errorf("status %d, %d instances", code, len(all.Instances))
	}
	// All of them are sent away in the end.
	for i, c := range slow {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d is still open", i)
		}
	}
}

func TestAThousandAtOnce(t *testing.T) {
	s := start(t, &fake{answer: two(t)})
	before := runtime.NumGoroutine()
	var all sync.WaitGroup
	var wrong atomic.Int64
	for range 1000 {
		all.Go(func() {
			var got json.RawMessage
			if code := s.insist(t, "/v1/instances", &got); code != http.StatusOK {
				wrong.Add(1)
			}
		})
	}
	all.Wait()
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d of 1000 were not answered", n)
	}
	// The connections end on both sides.
	for limit := time.Now().Add(patience); runtime.NumGoroutine() > before+10; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%d goroutines before, %d now", before, runtime.NumGoroutine())
		}
	}
}

// Whoever needs no list of servers and checks does not have them made.
func TestLongListsAreMadeForThoseWhoNeedThem(t *testing.T) {
	for path, want := range map[string]bool{
		"/v1/state": true, "/v1/servers": true, "/v1/checks": true,
		"/v1/state?brief": false, "/v1/instances": false, "/v1/services": false, "/v1/warnings": false, "/v1/config": false,
		"/healthz": false, "/readyz": false,
	} {
		f := &fake{answer: two(t)}
		var got map[string]json.RawMessage
		start(t, f).get(t, path, &got)
		if made := f.asked.Load() > f.brief.Load(); made != want || f.asked.Load() == 0 {
			t.Errorf("%s: %v, want %v", path, made, want)
		}
		if path == "/v1/state?brief" && (string(got["servers"]) != "[]" || len(got["instances"]) < 10) {
			t.Errorf("%s", got)
		}
	}
}
