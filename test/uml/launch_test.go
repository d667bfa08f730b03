package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOutermost(t *testing.T) {
	got := outermost([]string{"/src/a/b", "/tmp/x", "/src/a", "/", "/src/ab", "/tmp/x"})
	want := []string{"/src/a", "/src/ab", "/tmp/x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
}

func TestHidden(t *testing.T) {
	for path, want := range map[string]bool{
		"/tmp/go-build1/b001/x.test": true, "/run/x": true, "/usr/bin/env": false, "/tmpfoo/x": false,
	} {
		if got := hidden(path); got != want {
			t.Errorf("hidden(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestBuildRoot(t *testing.T) {
	if got := buildRoot("/tmp/go-build17/b001/x.test"); got != "/tmp/go-build17" {
		t.Errorf("of a test binary: %s", got)
	}
	if got := buildRoot("/tmp/some/prog"); got != "/tmp/some" {
		t.Errorf("of another program: %s", got)
	}
}

// runner is the launcher, built once for all tests that boot a guest.
var runner = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "umlrun-test-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "umlrun")
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the launcher: %v\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := runner(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// guest prepares a shell script to run in a guest, with no standard input.
func guest(t *testing.T, script string, env ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	if _, err := exec.LookPath("linux.uml"); err != nil {
		t.Skip("no user-mode Linux on this machine: apt-get install user-mode-linux")
	}
	bin, err := runner()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd = exec.Command(bin, "sh", "-c", script)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

func status(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return 0
}

func TestGuestCarriesStatusAndOutput(t *testing.T) {
	cmd, stdout, stderr := guest(t, `printf 'out\r\n\000\377'; printf 'err\n' >&2; cat; id -u; pwd; exit 7`)
	if got := status(t, cmd.Run()); got != 7 {
		t.Errorf("exit status %d, want 7\n%s", got, stderr)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if want := "out\r\n\x00\xff0\n" + wd + "\n"; stdout.String() != want {
		t.Errorf("standard output %q, want %q", stdout, want)
	}
	if want := "err\n"; stderr.String() != want {
		t.Errorf("standard error %q, want %q", stderr, want)
	}
}

func TestGuestLosesNoByte(t *testing.T) {
	cmd, stdout, stderr := guest(t, `seq 1 300000; seq 1 1000 >&2`)
	if err := cmd.Run(); err != nil {
		t.Fatal(err, stderr)
	}
	var want bytes.Buffer
	for i := 1; i <= 300000; i++ {
		fmt.Fprintln(&want, i)
	}
	if sha256.Sum256(want.Bytes()) != sha256.Sum256(stdout.Bytes()) {
		t.Errorf("%d bytes arrived, %d were sent, or they differ", stdout.Len(), want.Len())
	}
}

func TestGuestReportsSignals(t *testing.T) {
	cmd, _, _ := guest(t, `kill -9 $$`)
	if got := status(t, cmd.Run()); got != 128+9 {
		t.Errorf("exit status %d, want %d", got, 128+9)
	}
}

func TestGuestEndsBackgroundProcesses(t *testing.T) {
	cmd, stdout, _ := guest(t, `sleep 1000 & echo started`)
	start := time.Now()
	if got := status(t, cmd.Run()); got != 0 || stdout.String() != "started\n" {
		t.Errorf("exit status %d, output %q", got, stdout)
	}
	if took := time.Since(start); took > 10*time.Minute {
		t.Errorf("took %v", took)
	}
}

// TestGuestTimeLimit: what a program printed before its time was over is not lost. How long a guest takes to
// boot and to print is for the machine to say: the limit doubles until the guest had done so within it.
func TestGuestTimeLimit(t *testing.T) {
	shared := t.TempDir()
	printed := filepath.Join(shared, "printed")
	for limit := 3 * time.Second; ; limit *= 2 {
		cmd, stdout, stderr := guest(t, `echo before; echo >`+printed+`; sleep 1000`, "UMLRUN_TIMEOUT="+limit.String(), "UMLRUN_BIND="+shared)
		if got := status(t, cmd.Run()); got != 124 {
			t.Errorf("exit status %d, want 124", got)
		}
		if !strings.Contains(stderr.String(), "time limit of "+limit.String()+" reached") {
			t.Errorf("standard error %q", stderr)
		}
		if _, err := os.Stat(printed); errors.Is(err, os.ErrNotExist) && limit < 10*time.Minute {
			continue // it had not come to that
		}
		if stdout.String() != "before\n" {
			t.Errorf("output before the limit is lost: %q", stdout)
		}
		return
	}
}

func TestGuestTimeLimitIsChecked(t *testing.T) {
	cmd, _, stderr := guest(t, `true`, "UMLRUN_TIMEOUT=soon")
	if got := status(t, cmd.Run()); got != exitBroken || !strings.Contains(stderr.String(), `UMLRUN_TIMEOUT="soon"`) {
		t.Errorf("exit status %d, standard error %q", got, stderr)
	}
}

func TestGuestUnknownProgram(t *testing.T) {
	bin, err := runner()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bin, "/no/such/program").CombinedOutput()
	if got := status(t, err); got != exitBroken || !strings.Contains(string(out), "/no/such/program") {
		t.Errorf("exit status %d, output %q", got, out)
	}
}

// TestGuestDiesWithTheLauncher kills the launcher as hard as can be and looks for
// processes that still carry this guest's command line.
func TestGuestDiesWithTheLauncher(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			tmp := t.TempDir()
			cmd, stdout, stderr := guest(t, `sleep 1000`, "TMPDIR="+tmp)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, 5*time.Minute, "a guest", func() bool { return len(mentioning(t, tmp)) > 1 })
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err == nil {
				t.Errorf("the launcher reports success\n%s%s", stdout, stderr)
			}
			waitFor(t, 2*time.Minute, "the guest's end", func() bool { return len(mentioning(t, tmp)) == 0 })
		})
	}
}

func waitFor(t *testing.T, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", limit, what)
		}
	}
}

// mentioning lists the processes with word in their command line.
func mentioning(t *testing.T, word string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err == nil && bytes.Contains(b, []byte(word)) {
			found = append(found, strings.ReplaceAll(string(b), "\x00", " "))
		}
	}
	return found
}

// TestGuestWritesStayInside shows that the host's files are safe and that the
// module's own and named directories are writable.
func TestGuestWritesStayInside(t *testing.T) {
	shared := t.TempDir()
	marker := fmt.Sprintf("umlrun-marker-%d", os.Getpid())
	cmd, stdout, stderr := guest(t, `for d in /etc /usr/bin /run /tmp /var/log; do echo x >$d/`+marker+` || echo "cannot write $d"; done
		echo kept >`+shared+`/`+marker, "UMLRUN_BIND="+shared)
	if err := cmd.Run(); err != nil || stdout.Len() > 0 {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	for _, d := range []string{"/etc", "/usr/bin", "/run", "/tmp", "/var/log"} {
		if _, err := os.Lstat(filepath.Join(d, marker)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s/%s is on the host (%v)", d, marker, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(shared, marker)); err != nil || string(b) != "kept\n" {
		t.Errorf("shared file: %q, %v", b, err)
	}
}

// TestGuestHasIPVSWithEveryScheduler adds a service with each scheduler and reads
// it back with ipvsadm.
func TestGuestHasIPVSWithEveryScheduler(t *testing.T) {
	schedulers := strings.Fields("rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh")
	cmd, stdout, stderr := guest(t, `i=0; for s in `+strings.Join(schedulers, " ")+`; do
		i=$((i+1)); ipvsadm -A -t 192.0.2.1:$i -s $s && ipvsadm -a -t 192.0.2.1:$i -r 198.51.100.1:80 -g || exit 1
		done; ipvsadm -Sn`)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	for i, s := range schedulers {
		want := fmt.Sprintf("-A -t 192.0.2.1:%d -s %s", i+1, s)
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in:\n%s", want, stdout)
		}
	}
}

// TestGuestLoadsModulesOnDemand uses links, queues and addresses whose modules
// nobody loaded.
func TestGuestLoadsModulesOnDemand(t *testing.T) {
	cmd, _, stderr := guest(t, `set -e
		ip link add v0 type veth peer name v1
		ip link add b0 type bridge
		ip link add m0 link v0 type macvlan
		ip link add r0 type vrf table 7
		ip tunnel add t0 mode ipip local 192.0.2.1 remote 192.0.2.2
		tc qdisc add dev v0 root netem delay 10ms
		nft add table bridge x # the only family this kernel has
		modprobe -va ip_vs bonding`)
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, stderr)
	}
}

func TestGuestsInParallel(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 3 {
		cmd, stdout, stderr := guest(t, fmt.Sprintf("echo guest %d; exit %d", i, i))
		wg.Go(func() {
			err := cmd.Run()
			if got := status(t, err); got != i || stdout.String() != fmt.Sprintf("guest %d\n", i) {
				t.Errorf("guest %d: status %d, %q\n%s", i, got, stdout, stderr)
			}
		})
	}
	wg.Wait()
}

// TestGuestWithoutRoot runs a guest as an unprivileged user of the host.
func TestGuestWithoutRoot(t *testing.T) {
	cmd, stdout, stderr := guest(t, `id -u; ipvsadm -A -t 192.0.2.1:80 -s rr && ipvsadm -Sn; exit 5`)
	if os.Getuid() != 0 {
		t.Log("not root: every test here shows it")
		return
	}
	// The launcher must be in a place that user can reach.
	if err := os.Chmod(filepath.Dir(cmd.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65533, Gid: 65533}}
	if got := status(t, cmd.Run()); got != 5 || stdout.String() != "0\n-A -t 192.0.2.1:80 -s rr\n" {
		t.Errorf("status %d, output %q\n%s", got, stdout, stderr)
	}
}
