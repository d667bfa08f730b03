package runas

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
)

// stubborn leaves its process id and that of a child in files; neither ends on TERM.
const stubborn = `#!/bin/sh
trap '' TERM
sh -c 'trap "" TERM; echo $$ > '$1'/child; while :; do sleep 0.1; done' &
while [ ! -s $1/child ]; do sleep 0.01; done
echo $$ > $1/leader
while :; do sleep 0.1; done
`

func lives(t *testing.T, path string) bool {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(b)) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestEnd(t *testing.T) {
	dir := place(t)
	hangs := file(t, dir+"/hangs", stubborn, 0o755)
	obeys := file(t, dir+"/obeys", "#!/bin/sh\ntrap 'touch $1/obeyed; exit 0' TERM\ntouch $1/up\nwhile :; do sleep 0.05; done\n", 0o755)
	// A daemon that a script has started and left is not the script any more.
	leaves := file(t, dir+"/leaves", "#!/bin/sh\nsleep 1000 &\necho $! > $1/left\n", 0o755)
	r, _ := recorded(config.Global{ScriptUser: "root"})
	begin := func(s string) *Process {
		p, err := r.Resolve(config.Command{Argv: []string{s, dir}}, "test")
		must(t, err)
		proc, err := r.Start(p)
		must(t, err)
		return proc
	}
	first, second, third := begin(hangs), begin(obeys), begin(leaves)
	waitFor(t, dir+"/leader")
	waitFor(t, dir+"/up")
	<-third.ended
	r.End(300 * time.Millisecond)
	for _, p := range []*Process{first, second} {
		if !p.within(0) {
			t.Errorf("process %d runs", p.Pid())
		}
	}
	if first.result.Signal != syscall.SIGKILL || !second.result.Exited {
		t.Errorf("ended %+v and %+v", first.result, second.result)
	}
	if _, err := os.Stat(dir + "/obeyed"); err != nil {
		t.Error("TERM was not sent before KILL")
	}
	gone(t, dir+"/child")
	if !lives(t, dir+"/left") {
		t.Error("what a script had started and left was ended")
	}
	if b, err := os.ReadFile(dir + "/left"); err == nil {
		pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	p, err := r.Resolve(config.Command{Argv: []string{hangs, dir}}, "test")
	must(t, err)
	if _, err := r.Start(p); err == nil {
		t.Error("a program was started after the end")
	}
	r.End(0) // harmless
}

// hangFromHere runs a program that does not end, and says so.
func hangFromHere(script string) int {
	l, err := OpenLedger(os.NewFile(3, "scripts"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	r := New(Options{Global: config.Global{ScriptUser: os.Getenv("RUNAS_TEST_USER")}, Ledger: l})
	p, err := r.Resolve(config.Command{Argv: strings.Fields(script)}, "test")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if _, err := r.Start(p); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("started")
	select {}
}

// A process that is killed takes its programs with it: the kernel kills their leaders,
// and who reads the ledger the rest of their groups.
func TestDeathOfTheDaemon(t *testing.T) {
	exe, err := os.Executable()
	must(t, err)
	for name, prefix := range map[string][]string{"plain": nil, "through the helper": {"nice", "-n", "-3"}} {
		t.Run(name, func(t *testing.T) {
			dir := place(t)
			must(t, os.Mkdir(dir+"/out", 0o777))
			must(t, os.Chmod(dir+"/out", 0o777))
			s := file(t, dir+"/s", stubborn, 0o755)
			ledger, f, err := NewLedger()
			must(t, err)
			argv := append(append([]string(nil), prefix...), exe)
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Env = append(os.Environ(), "RUNAS_TEST_PROGRAM="+s+" "+dir+"/out", "RUNAS_TEST_USER=nobody", "RUNAS_TEST_HANG=1")
			cmd.ExtraFiles = []*os.File{f}
			out, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			must(t, f.Close())
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
				t.Fatalf("said %q, %v", line, err)
			}
			waitFor(t, dir+"/out/leader")
			must(t, cmd.Process.Kill())
			_ = cmd.Wait()
			gone(t, dir+"/out/leader")
			if !lives(t, dir+"/out/child") {
				t.Error("the child of the script died by itself: this test shows nothing")
			}
			ledger.Kill()
			gone(t, dir+"/out/child")
			must(t, ledger.Close())
		})
	}
}

func TestLedger(t *testing.T) {
	l, f, err := NewLedger()
	must(t, err)
	same, err := OpenLedger(f)
	must(t, err)
	must(t, f.Close())
	var numbers []int
	for i := range ledgerEntries {
		numbers = append(numbers, l.add(1<<22+1+i)) // no process can have these
	}
	if n := l.add(7); n != -1 {
		t.Errorf("entry %d of a full ledger", n)
	}
	l.remove(-1)
	for i, n := range numbers {
		if got := same.entries[n].group.Load(); got != int64(1<<22+1+i) {
			t.Fatalf("entry %d is %d on the other side", n, got)
		}
		l.remove(n)
	}
	if n := l.add(1<<22 + 1); n < 0 {
		t.Error("no room after all were removed")
	}
	same.Kill()
	for n := range same.entries {
		if l.entries[n].group.Load() != 0 {
			t.Errorf("entry %d stays", n)
		}
	}
	must(t, errorsOf(l.Close(), l.Close(), same.Close()))
	var none *Ledger
	none.remove(none.add(1))
	none.Kill()
	must(t, none.Close())
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// The number of a process that began after the group was noted belongs to somebody else.
func TestLedgerSparesOthers(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	must(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	l, f, err := NewLedger()
	must(t, err)
	must(t, f.Close())
	n := l.add(cmd.Process.Pid)
	l.entries[n].started.Store(int64(sinceBoot() - 2*recycleMargin))
	l.Kill()
	if err := syscall.Kill(cmd.Process.Pid, 0); err != nil {
		t.Error(err)
	}
	if exited, err := hasExited(cmd.Process.Pid); exited || err != nil {
		t.Errorf("killed (%v), though it began after the entry", err)
	}
	l.add(cmd.Process.Pid)
	l.Kill()
	if err := cmd.Wait(); err == nil {
		t.Error("not killed")
	}
	must(t, l.Close())
}
