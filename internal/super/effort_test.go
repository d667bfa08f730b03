package super

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stat writes what the kernel tells of a thread.
func stat(t *testing.T, dir string, id int, name, state string, user, system int) {
	t.Helper()
	at := filepath.Join(dir, "task", fmt.Sprint(id))
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%d (%s) %s 1 2 3 4 5 6 7 8 9 10 %d %d 0 0 20 0 1\n", id, name, state, user, system)
	if err := os.WriteFile(filepath.Join(at, "stat"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Time counts against a process in which it neither works nor wants to, as far as somebody has looked.
func TestEffort(t *testing.T) {
	dir, now := t.TempDir(), time.Unix(1000, 0)
	var e effort
	look := func(after, idle, busy time.Duration) {
		t.Helper()
		now = now.Add(after)
		if e.look(now, dir); e.idle != idle || e.busy != busy {
			t.Errorf("idle for %v, busy for %v, want %v and %v", e.idle, e.busy, idle, busy)
		}
	}
	const ms = time.Millisecond
	stat(t, dir, 7, "a) R (b", "S", 3, 4)
	look(0, 0, 70*ms)           // nobody has looked before
	look(100*ms, 100*ms, 70*ms) // it sleeps
	stat(t, dir, 7, "a) R (b", "S", 3, 5)
	look(100*ms, 100*ms, 80*ms) // it has worked
	stat(t, dir, 8, "x", "R", 0, 0)
	look(100*ms, 100*ms, 80*ms) // it waits for a processor
	stat(t, dir, 8, "x", "D", 0, 0)
	look(100*ms, 100*ms, 80*ms) // it waits for a disk
	stat(t, dir, 8, "x", "S", 0, 0)
	look(time.Hour, 100*ms+lookAtMost, 80*ms) // nobody knows what was meanwhile
	for _, gone := range []string{"7", "8"} {
		if err := os.RemoveAll(filepath.Join(dir, "task", gone)); err != nil {
			t.Fatal(err)
		}
	}
	look(50*ms, 150*ms+lookAtMost, 80*ms)
	for _, c := range []struct {
		p    stamina
		want string
	}{
		{stamina{time.Hour, time.Hour, time.Hour}, ""},
		{stamina{time.Millisecond, time.Hour, time.Hour}, "does nothing for 1ms"},
		{stamina{time.Hour, time.Millisecond, time.Hour}, "does not answer with 1ms of a processor"},
		{stamina{time.Hour, time.Hour, time.Millisecond}, "does not answer within 1ms"},
	} {
		if got := e.spent(c.p, time.Second); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A command that hangs is ended, and so is one that works for ever; one that has its time is not, however long it takes.
func TestRunPatiently(t *testing.T) {
	for _, c := range []struct {
		name, script string
		stamina      stamina
		want         string
	}{
		{"answers", "exit 0", stamina{time.Hour, time.Hour, time.Hour}, ""},
		{"hangs", "exec sleep 1000", stamina{300 * time.Millisecond, time.Hour, time.Hour}, "does nothing for"},
		{"works", "while :; do :; done", stamina{time.Hour, 200 * time.Millisecond, time.Hour}, "of a processor"},
		{"lives", "exec sleep 1000", stamina{time.Hour, time.Hour, 300 * time.Millisecond}, "does not answer within"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, end := context.WithCancelCause(t.Context())
			defer end(nil)
			err := runPatiently(exec.CommandContext(ctx, "/bin/sh", "-c", c.script), c.stamina, end)
			why := ""
			if cause := context.Cause(ctx); cause != nil {
				why = cause.Error()
			}
			if (err == nil) != (c.want == "") || !strings.Contains(why, c.want) || c.want == "" && why != "" {
				t.Errorf("%v, %q, want %q", err, why, c.want)
			}
		})
	}
	if err := runPatiently(exec.Command("/nowhere"), stamina{}, nil); err == nil {
		t.Error("nothing has run, and that is no error")
	}
}
