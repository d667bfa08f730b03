//go:build e2e

package faults

import (
	"bufio"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

const (
	// soon is patience with a busy machine, no bound on the daemon.
	soon    = time.Minute
	address = "192.0.2.81"
)

// single is one director on a host of its own, with a directory for its programs that
// every user may write to and nobody can take anything away from.
type single struct {
	*lab.Director
	t    *testing.T
	dir  string
	proc *lab.Process
}

func newSingle(t *testing.T) *single {
	t.Helper()
	t.Parallel()
	dir, err := os.MkdirTemp("/run", "programs-") // other users cannot get into a t.TempDir
	must(t, err)
	must(t, os.Chmod(dir, 0o777|fs.ModeSticky))
	lan, err := lab.NewLAN(dir)
	must(t, err)
	t.Cleanup(func() { must(t, lan.Close()) })
	h, err := lan.AddHost("d1", netip.MustParsePrefix("192.0.2.1/24"))
	must(t, err)
	return &single{Director: lab.NewDirector(h, lab.Program()), t: t, dir: dir}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// program makes a program of sh.
func (s *single) program(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	must(s.t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755))
	return path
}

// start runs the director behind the words of before, with the configuration of one instance.
func (s *single) start(global, script, instance string, before ...string) {
	s.t.Helper()
	must(s.t, s.Configure(fmt.Sprintf("global_defs {\nenable_script_security\n%s\n}\n%s\nvrrp_instance V {\ninterface eth0\nvirtual_router_id 8\n"+
		"priority 100\nadvert_int 1\nvirtual_ipaddress {\n%s/24\n}\n%s\n}\n", global, script, address, instance)))
	words := append(append(before, lab.Program()), s.Args()...)
	var err error
	s.proc, err = s.Host.Start("director", words[0], words[1:]...)
	must(s.t, err)
	s.Proc = s.proc
}

func (s *single) logged(text string) {
	s.t.Helper()
	_, err := s.WaitLog(0, text, soon)
	must(s.t, err)
}

// appears waits for a file that a program writes, and gives what is in it.
func (s *single) appears(name string) string {
	s.t.Helper()
	var text []byte
	must(s.t, lab.Eventually(soon, "the file "+name, func() (bool, string) {
		text, _ = os.ReadFile(filepath.Join(s.dir, name))
		return strings.HasSuffix(string(text), "\n"), s.proc.Log()
	}))
	return strings.TrimSpace(string(text))
}

func (s *single) hasAddress() bool {
	addrs, err := s.Addrs("eth0")
	must(s.t, err)
	for _, a := range addrs {
		if a.Addr().String() == address {
			return true
		}
	}
	return false
}

func (s *single) stop() {
	s.t.Helper()
	must(s.t, s.proc.Signal(syscall.SIGTERM))
	s.ends(0)
}

func (s *single) ends(want int) {
	s.t.Helper()
	status, _, err := s.proc.Wait(time.Now(), soon)
	must(s.t, err)
	if status != want {
		s.t.Errorf("status %d, want %d:\n%s", status, want, s.proc.Log())
	}
}

// network is all that a container is left with that drops all capabilities but those of the network.
const network = "-all,+net_admin,+net_raw,+net_broadcast"

func TestOwnScriptsNeedNoCapabilities(t *testing.T) {
	for name, before := range map[string][]string{
		"root":   {"setpriv", "--bounding-set=" + network, "--inh-caps=-all"},
		"nobody": {"setpriv", "--bounding-set=" + network, "--inh-caps=" + network, "--ambient-caps=" + network, "--reuid=65534", "--regid=65534", "--clear-groups"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSingle(t)
			must(t, os.Chmod(s.Dir, 0o777))
			tell := s.program("tell", "echo $1 > "+s.dir+"/$1\n")
			reader := s.program("reader", "read l < $1; echo \"$l\" >> "+s.dir+"/line\n")
			s.start("script_user "+name+"\nstartup_script \""+tell+" startup\"\nshutdown_script \""+tell+" shutdown\"\n"+
				"vrrp_notify_fifo "+s.dir+"/fifo\nvrrp_notify_fifo_script "+reader,
				"vrrp_script chk {\nscript \""+tell+" tracked\"\ninterval 1\n}",
				"track_script {\nchk\n}\nnotify_master \""+tell+" master\"", before...)
			for _, name := range []string{"startup", "tracked", "master"} {
				s.appears(name)
			}
			if got := s.appears("line"); !strings.HasPrefix(got, `INSTANCE "V" BACKUP 100`) {
				t.Errorf("the reader of the FIFO got %q", got)
			}
			if !s.hasAddress() {
				t.Error("master without the address")
			}
			s.stop()
			s.appears("shutdown")
		})
	}
}

func TestScriptsOfOthersNameTheCapability(t *testing.T) {
	s := newSingle(t)
	tell := s.program("tell", "echo $1 > "+s.dir+"/$1\n")
	s.start("script_user nobody\nvrrp_notify_fifo "+s.dir+"/fifo root root", "vrrp_script chk {\nscript "+tell+"\ninterval 1\n}",
		"track_script {\nchk\n}\nnotify_fault "+tell, "setpriv", "--bounding-set="+network, "--inh-caps=-all")
	const why = "to run as 65534:65534 needs CAP_SETUID and CAP_SETGID"
	s.logged("VRRP_Script(chk) failed (start " + tell + ": " + why + ")")
	s.logged("notify script " + tell + " cannot be run: start " + tell + ": " + why)
	s.stop()
}

// hangs leaves its process id and that of a child, which both ignore TERM.
const hangs = `trap '' TERM
sh -c 'trap "" TERM; while :; do sleep 0.2; done' &
echo $$ $! >> %s/pids
while :; do sleep 0.2; done
`

func (s *single) pids(least int) (all []int) {
	s.t.Helper()
	must(s.t, lab.Eventually(soon, "scripts that hang", func() (bool, string) {
		all = nil
		text, _ := os.ReadFile(s.dir + "/pids")
		for _, f := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(f)
			must(s.t, err)
			all = append(all, pid)
		}
		return len(all) >= least, string(text)
	}))
	return all
}

func (s *single) gone(pids []int) {
	s.t.Helper()
	must(s.t, lab.Eventually(soon, "the end of all scripts", func() (bool, string) {
		for _, pid := range pids {
			if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && !strings.Contains(string(stat), ") Z ") {
				return false, string(stat)
			}
		}
		return true, ""
	}))
}

// rests waits until no thread of a process runs or wants to: a script may have begun before whoever started it has
// written down that it has.
func (s *single) rests(pid int) {
	s.t.Helper()
	must(s.t, lab.Eventually(soon, "a moment without work", func() (bool, string) {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		must(s.t, err)
		for _, file := range threads {
			if stat, err := os.ReadFile(file); err == nil && !strings.Contains(string(stat), ") S ") {
				return false, string(stat)
			}
		}
		return len(threads) > 0, ""
	}))
}

func TestHungScriptsDie(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, s *single){
		"stop": func(_ *testing.T, s *single) { s.stop() },
		"role killed": func(t *testing.T, s *single) {
			pid, err := s.RolePid("vrrp")
			must(t, err)
			s.rests(pid)
			must(t, syscall.Kill(pid, syscall.SIGKILL))
		},
		"supervisor killed": func(t *testing.T, s *single) { must(t, s.proc.Signal(syscall.SIGKILL)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSingle(t)
			bad := s.program("bad", fmt.Sprintf(hangs, s.dir))
			left := s.program("leaves", "sleep 1000 &\necho $! > "+s.dir+"/left\n")
			s.start("script_user root", "vrrp_script chk {\nscript "+bad+"\ninterval 1\ntimeout 600\nweight 1\n}",
				"track_script {\nchk\n}\nnotify_master "+bad+"\nnotify_backup "+left+"\nnotify \""+bad+"\"")
			service, err := strconv.Atoi(s.appears("left"))
			must(t, err)
			defer func() { _ = syscall.Kill(service, syscall.SIGKILL) }()
			all := s.pids(6) // two each: tracked, master, and notify of BACKUP, for which that of MASTER waits
			end(t, s)
			s.gone(all)
			if err := syscall.Kill(service, 0); err != nil {
				t.Errorf("what a script had started and left: %v", err)
			}
		})
	}
}

func TestFewDescriptors(t *testing.T) {
	for limit, want := range map[string]string{
		"16": "needs 24 file descriptors at least, the limit is 16: raise LimitNOFILE of the service, or ulimit -n",
		"24": "",
	} {
		t.Run(limit, func(t *testing.T) {
			s := newSingle(t)
			s.start("", "", "", "prlimit", "--nofile="+limit+":"+limit)
			if want == "" {
				s.logged("(V) Entering MASTER STATE")
				s.stop()
				return
			}
			s.ends(1)
			s.logged(want)
			if strings.Contains(s.proc.Log(), "espawn") {
				t.Errorf("started again and again:\n%s", s.proc.Log())
			}
		})
	}
}

// mailServer refuses one receiver, and answers in the first session that carries a subject with
// "Stopping" only when it is let go. It delivers what each session said.
func (s *single) mailServer(free <-chan struct{}) (letters <-chan string) {
	s.t.Helper()
	var l net.Listener
	must(s.t, s.Do(func() (err error) {
		l, err = net.Listen("tcp", "192.0.2.1:2525")
		return err
	}))
	s.t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				got <- session(c, free)
			}()
		}
	}()
	return got
}

func session(c net.Conn, free <-chan struct{}) string {
	var said strings.Builder
	lines, data := bufio.NewScanner(c), false
	fmt.Fprint(c, "220-mx\r\n220 ready\r\n")
	for lines.Scan() {
		l := lines.Text()
		fmt.Fprintln(&said, l)
		switch {
		case data && l != ".":
			if strings.HasSuffix(l, "Stopping") {
				<-free
			}
		case l == "DATA":
			data = true
			fmt.Fprint(c, "354 go\r\n")
		case l == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return said.String()
		case strings.HasPrefix(l, "RCPT TO:<two"):
			fmt.Fprint(c, "550 no such user\r\n")
		default:
			data = false
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
	return said.String()
}

// The addresses are given back before the mail about it is sent, which then has its time.
func TestMailOfTheStop(t *testing.T) {
	s := newSingle(t)
	free := make(chan struct{})
	letters := s.mailServer(free)
	s.start("router_id R\nnotification_email {\none@x.org\ntwo@x.org\n}\nnotification_email_from k@x.org\nsmtp_server 192.0.2.1 2525\nsmtp_connect_timeout 60",
		"", "smtp_alert")
	s.logged("(V) Entering MASTER STATE")
	letter := func(subject string) {
		t.Helper()
		select {
		case l := <-letters:
			if !strings.Contains(l, "Subject: [R] VRRP Instance V - "+subject) || !strings.HasSuffix(l, "\n.\nQUIT\n") || !strings.Contains(l, "RCPT TO:<one@x.org>") {
				t.Errorf("%s: got %q", subject, l)
			}
		case <-time.After(soon):
			t.Fatalf("no mail: %s", s.proc.Log())
		}
	}
	letter("Entering BACKUP state")
	letter("Entering MASTER state")
	s.logged("SMTP server 192.0.2.1:2525 refuses receiver two@x.org: 550 no such user")
	must(t, s.proc.Signal(syscall.SIGTERM))
	s.logged("Waiting up to 1m0s for the SMTP server, alerts not sent yet: 1")
	if s.hasAddress() {
		t.Error("the address waits for the mail server")
	}
	close(free)
	letter("Stopping")
	s.ends(0)
}
