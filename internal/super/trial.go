package super

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"holdfast/internal/role"
)

// This file is what is asked of a binary before it takes the place of the one that runs. Nothing has been touched by
// then: whatever is wrong with it is a refusal.

// TrialCommand is the word with which a binary is called to say whether it could go on with what runs.
const TrialCommand = "upgrade-trial"

// successionForm is the form of a succession, which the other binary has to know.
const successionForm = 1

// A Trial is what a binary that is to go on is asked, on its standard input.
type Trial struct {
	Form  int // of a succession
	Args  []string
	Forms map[role.Name]int // of what roles that run hand over
}

// A Verdict is what it answers on its standard output.
type Verdict struct {
	Version string
	Problem string // why it cannot go on; "" if it can
}

// Judge answers a trial for this program: run tells why it could not run with a command line.
func (t Trial) Judge(version string, roles role.Table, run func(args []string) error) Verdict {
	v := Verdict{Version: version}
	if t.Form != successionForm {
		v.Problem = fmt.Sprintf("it goes on from form %d of a daemon, and this one hands over form %d",
			successionForm, t.Form)
		return v
	}
	for _, r := range roles {
		if form, runs := t.Forms[r.Name]; runs && form != r.Handover {
			v.Problem = fmt.Sprintf("its %s role goes on from form %d of a handover, and this daemon hands over form %d",
				r.Name, r.Handover, form)
			return v
		}
	}
	if err := run(t.Args); err != nil {
		v.Problem = err.Error()
	}
	return v
}

// trialStamina is what a binary may take for the answer: ten thousand real servers are two seconds of a processor.
func trialStamina() stamina {
	return stamina{idle: 10 * time.Second, busy: time.Minute, most: 10 * time.Minute}
}

// own is the path of the binary that runs, or of the one that a package has put in its place since.
func own() (string, error) {
	path, err := os.Readlink("/proc/self/exe")
	return strings.TrimSuffix(path, " (deleted)"), err
}

// try opens a binary and asks it whether it can go on. What was opened is what was asked, whatever comes to be at the
// path.
func try(ctx context.Context, path string, t Trial, environ []string) (*os.File, Verdict, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Verdict{}, err
	}
	v, err := examine(ctx, f, t, environ)
	if err != nil {
		_ = f.Close()
		return nil, v, fmt.Errorf("%s: %w", path, err)
	}
	return f, v, nil
}

func examine(ctx context.Context, f *os.File, t Trial, environ []string) (v Verdict, err error) {
	// Only a program of the kernel's own format can be started from a descriptor, and keeps no file open for that.
	if _, err := elf.NewFile(f); err != nil {
		return v, fmt.Errorf("it is no program for this machine: %w", err)
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	run := func(input []byte, args ...string) ([]byte, error) {
		var out, said bytes.Buffer
		cmd := exec.CommandContext(ctx, fmt.Sprintf("/proc/self/fd/%d", f.Fd()), args...)
		cmd.Args[0] = "holdfast"
		cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = bytes.NewReader(input), &out, &said, environ
		cmd.WaitDelay = time.Second // whatever it has started
		err := runPatiently(cmd, trialStamina(), end)
		switch line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n"); {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && line != "":
			return nil, fmt.Errorf("%w: %.200s", err, line)
		case err != nil:
			return nil, err
		}
		return append(out.Bytes(), said.Bytes()...), nil
	}
	// Another program might do anything with words that it does not know, but says its version.
	said, err := run(nil, "--version")
	if err != nil {
		return v, err
	}
	if !bytes.Contains(said, []byte("Holdfast v")) {
		return v, errors.New("it is no holdfast")
	}
	input, err := json.Marshal(t)
	if err != nil {
		return v, err
	}
	answer, err := run(input, TrialCommand)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(answer, &v); err != nil {
		return v, errors.New("it gives no answer that this daemon understands")
	}
	if v.Problem != "" {
		return v, errors.New(v.Problem)
	}
	return v, nil
}

// runPatiently runs a command to its end; end, which ends it, is called when it has had its time.
func runPatiently(cmd *exec.Cmd, p stamina, end context.CancelCauseFunc) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	done, judged := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(judged)
		p.judge(done, cmd.Process.Pid, end)
	}()
	err := cmd.Wait()
	close(done)
	<-judged
	return err
}
