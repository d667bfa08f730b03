package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/config/syntax"
	"holdfast/internal/thishost"
)

// A complaint is one line of output; Line is 0 when it names none.
type complaint struct {
	Line int
	Text string
}

// A verdict is what a program says about a configuration.
type verdict struct {
	Status     int // exit status; 128 and more: a signal; 124: it did not end
	Complaints []complaint
}

// statusHang is the status of a program that did not end.
const statusHang = 124

// onLine reports whether anything is said about a line.
func (v verdict) onLine(n int) bool {
	return slices.ContainsFunc(v.Complaints, func(c complaint) bool { return c.Line == n })
}

// A reference is the other program, with what it said before.
type reference struct {
	program string
	cache   string
	salt    string
	mu      sync.Mutex
	known   map[[32]byte]verdict
	asked   int
}

func newReference(program, cache string, st stage) (*reference, error) {
	r := &reference{program: program, cache: cache,
		salt: program + strings.Join(st.interfaces, " ") + strings.Join(st.scripts, " "), known: map[[32]byte]verdict{}}
	f, err := os.Open(cache)
	if err != nil {
		return r, nil // nothing asked yet
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&r.known); err != nil {
		return nil, fmt.Errorf("%s: %v; remove it", cache, err)
	}
	return r, nil
}

func (r *reference) save() {
	if r.asked == 0 {
		return
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(r.known); err == nil {
		_ = os.WriteFile(r.cache, b.Bytes(), 0o644)
	}
}

// ask runs the program on a text, or remembers what it said.
func (r *reference) ask(text string, args ...string) verdict {
	key := sha256.Sum256([]byte(r.salt + "\x00" + strings.Join(args, " ") + "\x00" + text))
	r.mu.Lock()
	v, ok := r.known[key]
	r.mu.Unlock()
	if ok {
		return v
	}
	v = execute(r.program, text, args...)
	r.mu.Lock()
	r.known[key] = v
	r.asked++
	r.mu.Unlock()
	return v
}

func execute(program, text string, args ...string) verdict {
	f, err := os.CreateTemp("/run", "v*.conf")
	if err != nil {
		return verdict{Status: -1, Complaints: []complaint{{0, err.Error()}}}
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err2 := f.Close(); err != nil || err2 != nil {
		return verdict{Status: -1, Complaints: []complaint{{0, fmt.Sprint(err, err2)}}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"-t", "-f", f.Name()}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	v := verdict{Complaints: parseOutput(out.String())}
	switch state := cmd.ProcessState; {
	case ctx.Err() != nil:
		v.Status = statusHang
	case state == nil:
		v.Status, v.Complaints = -1, []complaint{{0, err.Error()}}
	default:
		v.Status = state.ExitCode()
		if v.Status < 0 {
			v.Status = 128
		}
	}
	return v
}

var placed = regexp.MustCompile(`^\((?:(\S*): )?Line (\d+)\) (.*)$`)

// parseOutput reads keepalived's lines: `(Line N) text` or `(FILE: Line N) text`.
func parseOutput(out string) []complaint {
	var list []complaint
	for _, line := range strings.Split(out, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		c := complaint{Text: line}
		if m := placed.FindStringSubmatch(line); m != nil {
			c.Text = m[3]
			c.Line, _ = strconv.Atoi(m[2])
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// hang is how long we may take, heap how much the heap may grow, in bytes.
const (
	hang = 10 * time.Second
	heap = 200 << 20
)

// ours is what holdfast -t says. A panic, a hang and waste are statuses of their own.
func ours(text, id string) (v verdict, findings []syntax.Diagnostic) {
	type result struct {
		v verdict
		d []syntax.Diagnostic
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.v = verdict{Status: 255, Complaints: []complaint{{0, fmt.Sprintf("panic: %v\n%s", p, debug.Stack())}}}
			}
			done <- r
		}()
		r.d = bind(text, id)
		r.v.Status = language.ExitStatus(r.d)
		for _, d := range r.d {
			r.v.Complaints = append(r.v.Complaints, complaint{d.Pos.Line, d.Severity.String() + ": " + d.Text})
		}
	}()
	peak := watch()
	select {
	case r := <-done:
		if n := peak(); n > heap {
			r.v.Status = 254
			r.v.Complaints = append(r.v.Complaints, complaint{0, fmt.Sprintf("%d MB of memory", n>>20)})
		}
		return r.v, r.d
	case <-time.After(hang):
		return verdict{Status: statusHang, Complaints: []complaint{{0, "does not end"}}}, nil
	}
}

// watch looks at how much of the heap is in use; what it returns ends that and gives
// the growth.
func watch() func() uint64 {
	use := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	before, most := use(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				most = max(most, use())
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return max(most, use(), before) - before
	}
}

// bind reads and binds a text as the program does.
func bind(text, id string) []syntax.Diagnostic {
	const name = "/run/variant.conf"
	if id == "" {
		id, _, _ = strings.Cut(thishost.Name(), ".")
	}
	s := syntax.Load(source.Overlay{Source: source.OS{}, Name: name, Text: text}, name,
		syntax.Options{ConfigID: id, Dir: "/", Getenv: os.Getenv, Seed: 1})
	env := thishost.Env()
	env.Test = true
	_, diags := language.Bind(s, env)
	return diags
}
