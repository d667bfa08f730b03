package track

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"holdfast/config"
)

// nameLength is how much of its name a process has, as the kernel keeps it.
const nameLength = 15

// command is what a process runs.
type command struct {
	name string   // as the kernel has it: it is cut, and the process can change it
	argv []string // as it was started; none of a kernel thread
}

// matches reports whether a process is one of those that p is about (semantics 5.14): by its name, or by its
// command line and the parameters in it.
func matches(p *config.TrackProcess, c command) bool {
	if !p.FullCommand {
		// The kernel knows no path: `process /usr/sbin/named` is looked for as named.
		name := filepath.Base(p.Process[0])
		return c.name == name[:min(len(name), nameLength)]
	}
	// A kernel thread has no command line, so full_command never finds one.
	if len(c.argv) == 0 || c.argv[0] != p.Process[0] {
		return false
	}
	want, have := p.Process[1:], c.argv[1:]
	switch {
	case len(want) == 0:
		return true
	case p.Match == config.MatchInitial: // the last one may go on
		return strings.HasPrefix(strings.Join(have, "\x00"), strings.Join(want, "\x00"))
	case p.Match == config.MatchPartial: // more may follow
		return len(have) >= len(want) && slices.Equal(have[:len(want)], want)
	}
	return slices.Equal(have, want)
}

// commandOf is what a process runs; ok is false if it has ended, or is about to.
func commandOf(pid int, withArguments bool) (c command, ok bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return c, false
	}
	// "pid (name) state ..", and a name may have blanks and brackets.
	from, to := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if from < 0 || to < from || to+2 >= len(stat) || stat[to+2] == 'Z' || stat[to+2] == 'X' {
		return c, false
	}
	c.name = string(stat[from+1 : to])
	// A second file to read for each process of the host, which most configurations do not need.
	if !withArguments {
		return c, true
	}
	line, err := os.ReadFile(dir + "/cmdline")
	if err != nil {
		return c, false
	}
	if len(line) > 0 {
		c.argv = strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	}
	return c, true
}

// processes are those that run.
func processes() ([]int, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }() // nothing was written
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("cannot list processes: %w", err)
	}
	var pids []int
	for _, name := range names {
		// The others are not processes: /proc/sys, /proc/self.
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
