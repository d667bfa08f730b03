//go:build e2e

package witness

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// program is the witness.
const program = "/usr/sbin/keepalived"

// patience is how long it may take.
const patience = 10 * time.Second

// prepare makes the host that texts are for out of an empty namespace.
func prepare() error {
	const hosts = "/run/hosts"
	if err := errors.Join(
		unix.Sethostname([]byte(director)),
		os.WriteFile(hosts, []byte("127.0.0.1 "+director+"\n"), 0o644),
		unix.Mount(hosts, "/etc/hosts", "", unix.MS_BIND, "")); err != nil {
		return fmt.Errorf("naming the host: %w", err)
	}
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = strings.NewReader("link add eth0 type veth peer name eth1\nlink set lo up\nlink set eth0 up\n" +
		"link set eth1 up\naddr add 192.168.1.1/24 dev eth0\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %v: %s", err, out)
	}
	return nil
}

// theirs is what keepalived makes of the files in a folder.
func theirs(dir string, c text) (answer, error) {
	status, err := verdict(dir, c)
	if err != nil {
		return answer{}, err
	}
	facts, err := understood(dir, c)
	return answer{status, facts}.placed(dir), err
}

func asked(ctx context.Context, dir string, c text, options ...string) *exec.Cmd {
	args := append([]string{"-f", dir + "/" + mainName, "-p", dir + "/pid", "-r", dir + "/vrrp.pid"}, options...)
	cmd := exec.CommandContext(ctx, program, append(args, c.args...)...)
	cmd.Env, cmd.Dir = environment(), "/"
	return cmd
}

// verdict is the status of -t.
func verdict(dir string, c text) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := asked(ctx, dir, c, "-t")
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return hangs, nil
	case err != nil && !errors.As(err, &exit):
		return "", err
	case cmd.ProcessState.ExitCode() < 0 || cmd.ProcessState.ExitCode() > 128:
		return crashes, nil
	}
	return strconv.Itoa(cmd.ProcessState.ExitCode()), nil
}

var (
	stamp = regexp.MustCompile(`^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}: `)
	child = regexp.MustCompile(`^Starting VRRP child process, pid=(\d+)`)
)

// understood starts the program and reads what it says of the configuration it runs.
func understood(dir string, c text) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := asked(ctx, dir, c, "-n", "-l", "-G", "-d", "-D", "-P")
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd.Stderr = w
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	lines, what, pid := listen(r)
	_ = cmd.Process.Kill() // ended already is as good
	if pid > 0 {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	_ = cmd.Wait() // by a signal, as a rule ours
	ended, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case ctx.Err() != nil:
		return []string{hangs}, nil
	case ended.Signaled() && ended.Signal() != syscall.SIGKILL:
		return []string{crashes}, nil
	case what != "":
		return []string{what}, nil
	}
	facts := new(dump).read(lines)
	if !slices.ContainsFunc(facts, func(f string) bool { return strings.HasPrefix(f, "instance ") }) {
		facts = []string{nothingToRun}
	}
	return facts, nil
}

// listen reads the log until the dump is complete or there will be none: then what says why.
func listen(r io.Reader) (lines []string, what string, pid int) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	inside := false
	for in.Scan() {
		line := in.Text()
		at := stamp.FindString(line)
		if at == "" { // a line end in what is told
			if len(lines) > 0 {
				lines[len(lines)-1] += "\n" + line
			}
			continue
		}
		line = line[len(at):]
		if m := child.FindStringSubmatch(line); m != nil {
			pid, _ = strconv.Atoi(m[1]) // digits
		}
		switch {
		case strings.HasPrefix(line, "------< Interfaces"):
			return lines, "", pid
		case strings.HasPrefix(line, "------< Global"):
			inside = true
		case strings.Contains(line, "has no configuration to run"):
			return nil, nothingToRun, pid
		case strings.Contains(line, "exited due to"):
			return nil, crashes, 0
		case strings.Contains(line, "permanent error"):
			return nil, doesNotRun, 0
		}
		if inside {
			lines = append(lines, line)
		}
	}
	return nil, doesNotRun, 0
}

// isolate runs tests in namespaces of their own.
func isolate(run func() int) int {
	return lab.Isolate(func() int {
		if err := prepare(); err != nil {
			fmt.Fprintln(os.Stderr, "witness:", err)
			return 1
		}
		return run()
	})
}

// askAll asks about texts, several at a time.
func askAll(dir string, list []text) ([]answer, error) {
	answers := make([]answer, len(list))
	errs := make([]error, len(list))
	next := make(chan int)
	done := make(chan struct{})
	const workers = 4
	for range workers {
		go func() {
			for i := range next {
				at := filepath.Join(dir, strconv.Itoa(i))
				if errs[i] = list[i].write(at); errs[i] == nil {
					answers[i], errs[i] = theirs(at, list[i])
				}
			}
			done <- struct{}{}
		}()
	}
	for i := range list {
		next <- i
	}
	close(next)
	for range workers {
		<-done
	}
	return answers, errors.Join(errs...)
}
