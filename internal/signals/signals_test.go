package signals

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// lifeVar is the number of a life of the program that executes itself again and again.
const lifeVar = "SIGNALS_LIFE"

func TestMain(m *testing.M) {
	if text := os.Getenv(lifeVar); text != "" {
		life, err := strconv.Atoi(text)
		if err == nil {
			err = live(life)
		}
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// watched are the signals of the program.
func watched() []syscall.Signal {
	return []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGTERM, syscall.SIGXCPU, syscall.Signal(64)}
}

// live is a life: it says what signals come, and after a moment executes the next one.
func live(life int) error {
	runtime.LockOSThread()
	channels := map[syscall.Signal]chan os.Signal{}
	for _, s := range watched() {
		channels[s] = Channel(s)
	}
	fmt.Println(life, "begins")
	if life > 0 {
		if err := Take(watched()...); err != nil {
			return err
		}
	}
	for range 6 { // threads that may take a signal
		go func() {
			for {
				_ = unix.Nanosleep(&unix.Timespec{Nsec: 300000}, nil)
			}
		}()
	}
	came := func(do func(syscall.Signal)) {
		for s, c := range channels {
			select {
			case <-c:
				do(s)
			default:
			}
		}
	}
	for over := time.Now().Add(time.Duration(rand.IntN(3000)) * time.Microsecond); time.Now().Before(over); {
		came(func(s syscall.Signal) { fmt.Println(life, s) })
		time.Sleep(50 * time.Microsecond)
	}
	hold := func() (func(), error) {
		release, err := Hold(watched()...)
		if err == nil {
			came(func(s syscall.Signal) { err = errors.Join(err, Raise(s)) })
		}
		return release, err
	}
	release, err := hold()
	if err != nil {
		return err
	}
	if life%10 == 9 { // nothing comes of it the first time
		release()
		if release, err = hold(); err != nil {
			return err
		}
	}
	defer release()
	next := []string{fmt.Sprint(lifeVar, "=", life+1)} // the first one counts
	return unix.Exec("/proc/self/exe", os.Args, append(next, os.Environ()...))
}

// A program is one that does nothing but execute itself.
type program struct {
	*exec.Cmd
	lines chan string
}

func begin(t *testing.T) program {
	t.Helper()
	p := program{exec.Command("/proc/self/exe"), make(chan string)}
	p.Env = append(os.Environ(), lifeVar+"=0")
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill()
		go func() {
			for range p.lines { // nobody listens any more
			}
		}()
		_ = p.Wait()
	})
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	p.await(t, "begins")
	return p
}

// await waits for one of some things that the program says, and gives the life that does. It is false if the program has
// ended.
func (p program) await(t *testing.T, some ...string) (life int, ok bool) {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case line, more := <-p.lines:
			number, what, _ := strings.Cut(line, " ")
			switch {
			case !more:
				return 0, false
			case number == "error:":
				t.Fatal(line)
			case slices.Contains(some, what): // else of a signal that was taken twice, where nothing was executed
				life, err := strconv.Atoi(number)
				if err != nil {
					t.Fatal(line)
				}
				return life, true
			}
		case <-late:
			t.Fatalf("%v did not come", some)
		}
	}
}

// send sends a signal at any moment.
func (p program) send(t *testing.T, s syscall.Signal) {
	t.Helper()
	time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond) // nothing that is awaited: any moment is as good
	if err := unix.Kill(p.Process.Pid, s); err != nil {
		t.Fatal(err)
	}
}

// Each signal is taken by one life or another, and none ends the program. HUP may go where another life begins.
func TestNoSignalIsLost(t *testing.T) {
	p := begin(t)
	lives := map[int]bool{}
	for i := range 400 {
		s := watched()[i%len(watched())]
		awaited := []string{s.String()}
		switch s {
		case syscall.SIGTERM:
			continue
		case syscall.SIGHUP:
			awaited = append(awaited, "begins")
		}
		p.send(t, s)
		life, ok := p.await(t, awaited...)
		if !ok {
			t.Fatalf("%v: %v", s, p.Wait())
		}
		lives[life] = true
	}
	if len(lives) < 50 {
		t.Errorf("there were %d lives only", len(lives))
	}
	t.Logf("signals were taken by %d lives", len(lives))
}

// TERM is taken, or ends the program.
func TestTERMIsNotLost(t *testing.T) {
	taken := 0
	for range 60 {
		p := begin(t)
		p.send(t, syscall.SIGTERM)
		if _, ok := p.await(t, syscall.SIGTERM.String()); ok {
			taken++
			_ = p.Process.Kill()
			continue
		}
		if status, is := p.wait().Sys().(syscall.WaitStatus); !is || status.Signal() != syscall.SIGTERM {
			t.Fatalf("it has ended: %v", p.ProcessState)
		}
	}
	if taken < 10 {
		t.Errorf("it was taken %d times only", taken)
	}
	t.Logf("it was taken %d times of 60", taken)
}

func (p program) wait() *os.ProcessState {
	_ = p.Wait() // its status says it
	return p.ProcessState
}

// What starts programs starts them with no signal blocked.
func TestUnblock(t *testing.T) {
	runtime.LockOSThread() // for good
	set := setOf(watched())
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil); err != nil {
		t.Fatal(err)
	}
	blocked := func() string {
		out, err := exec.Command("grep", "SigBlk", "/proc/self/status").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(out))[1]
	}
	if got := blocked(); got != fmt.Sprintf("%016x", set.Val[0]) {
		t.Errorf("blocked are %s", got)
	}
	Unblock()
	if got := blocked(); got != "0000000000000000" {
		t.Errorf("blocked are %s", got)
	}
}
