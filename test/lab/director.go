package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Director runs one keepalived-compatible daemon on a host.
type Director struct {
	*Host
	Program string   // name or path of the daemon
	Config  string   // path of its configuration file
	Options []string // beyond those Start gives
	Proc    *Process // the supervisor; nil before the first Start
	runs    int
}

// NewDirector puts a daemon on a host. program is looked up in PATH unless it has
// a slash. Pid files of an earlier lab in the same directory are removed; those of
// the daemon's own earlier lives stay, as on a real machine.
func NewDirector(h *Host, program string) *Director {
	d := &Director{Host: h, Program: program, Config: filepath.Join(h.Dir, "keepalived.conf")}
	for _, role := range []string{"parent", "vrrp", "checkers", "bfd"} {
		_ = os.Remove(d.pidFile(role)) // there is none in a new directory
	}
	return d
}

// Kind is the base name of the program: holdfast or keepalived.
func (d *Director) Kind() string { return filepath.Base(d.Program) }

// Configure writes the configuration file. A running daemon is not told.
func (d *Director) Configure(text string) error {
	return os.WriteFile(d.Config, []byte(text), 0o644)
}

// Edit replaces text in the configuration file; text that is not there is an error.
func (d *Director) Edit(oldnew ...string) error {
	b, err := os.ReadFile(d.Config)
	if err != nil {
		return err
	}
	text := string(b)
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(text, oldnew[i]) {
			return fmt.Errorf("%s has no %q to replace", d.Config, oldnew[i])
		}
		text = strings.ReplaceAll(text, oldnew[i], oldnew[i+1])
	}
	return d.Configure(text)
}

func (d *Director) pidFile(role string) string {
	return filepath.Join(d.Dir, role+".pid")
}

// Args is the command line Start uses.
func (d *Director) Args() []string {
	return append([]string{"-n", "-l", "-D", "-G", "-f", d.Config,
		"-p", d.pidFile("parent"), "-r", d.pidFile("vrrp"), "-c", d.pidFile("checkers"), "-b", d.pidFile("bfd")},
		d.Options...)
}

// label names one life of the daemon.
func (d *Director) label(run int) string { return fmt.Sprintf("%s-%d", d.Kind(), run) }

// Start starts the daemon in the foreground with its log on standard error.
func (d *Director) Start() error {
	d.runs++
	p, err := d.Host.Start(d.label(d.runs), d.Program, d.Args()...)
	if err != nil {
		return err
	}
	d.Proc = p
	return nil
}

// Reload tells the daemon to read its configuration again.
func (d *Director) Reload() error { return d.Proc.Signal(syscall.SIGHUP) }

// Upgrade has the daemon go on as the same program in new processes, and waits for what becomes of that.
func (d *Director) Upgrade() error {
	out, err := d.Command(d.Program, "upgrade", "--pid", strconv.Itoa(d.Proc.Pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("upgrade: %w: %s", err, out)
	}
	return nil
}

// Logs is all that the daemon has logged in all its lives here.
func (d *Director) Logs() string {
	var all strings.Builder
	for run := 1; run <= d.runs; run++ {
		b, err := os.ReadFile(filepath.Join(d.Dir, d.label(run)+".log"))
		if err != nil {
			return err.Error()
		}
		all.Write(b)
	}
	return all.String()
}

// WaitLog waits for a line with text in what the daemon logged after the mark and
// returns the line.
func (d *Director) WaitLog(mark int, text string, limit time.Duration) (string, error) {
	var line string
	err := Eventually(limit, fmt.Sprintf("%q in the log of %s", text, d.Proc.Name), func() (bool, string) {
		log := d.Proc.LogSince(mark)
		for l := range strings.Lines(log) {
			if strings.Contains(l, text) {
				line = strings.TrimSpace(l)
				return true, ""
			}
		}
		return false, log
	})
	return line, err
}

// RolePid is the process id of a child: role is vrrp, checkers or bfd.
func (d *Director) RolePid(role string) (int, error) {
	b, err := os.ReadFile(d.pidFile(role))
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("pid file of %s on %s: %v", role, d.Name, err)
	}
	return pid, nil
}
