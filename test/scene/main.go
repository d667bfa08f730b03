// Command scene plays the pair of directors of examples/lvs-dr-pair from start to
// end on one machine and prints what happens: who is master, what the IPVS table
// holds, which server answered the client, how long each step took. Every step is
// checked; the exit status is 0 only if all of them held, and 3 if what did not proves
// nothing, because the machine was busy.
//
// With -anycast it plays more than two directors, which have one address by BGP.
//
// The hosts are network namespaces. Where the machine's kernel has no IPVS, the
// program runs itself once more in a user-mode kernel that has.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// options is what the command line chooses.
type options struct {
	director [2]string // programs
	version  int       // of VRRP
	examples string
	logs     string
	uml      string
	only     string
	verbose  bool
	quick    bool
	anycast  bool
}

func main() { os.Exit(run()) }

func run() int {
	var o options
	flag.StringVar(&o.director[0], "director1", "bin/holdfast", "the daemon on director 1: a path, or a name in PATH")
	flag.StringVar(&o.director[1], "director2", "bin/holdfast", "the daemon on director 2")
	flag.IntVar(&o.version, "vrrp", 2, "2: VRRP version 2 with PASS, as in the example; 3: version 3 without")
	flag.StringVar(&o.examples, "examples", "examples/lvs-dr-pair", "directory with director1.conf and director2.conf")
	flag.StringVar(&o.logs, "logs", "", "existing directory that keeps the daemons' logs")
	flag.StringVar(&o.uml, "uml", "test/uml/run",
		"runner for a user-mode kernel, used where this kernel has no IPVS; empty: never")
	flag.StringVar(&o.only, "only", "", "regular expression of the steps to play, besides the start")
	flag.BoolVar(&o.verbose, "v", false, "print the daemons' logs of a step that fails in full")
	flag.BoolVar(&o.quick, "quick", false, "ruin the configuration in one way only, not in all")
	flag.BoolVar(&o.anycast, "anycast", false, "play several directors of one address, all with -director1")
	flag.Parse()
	if flag.NArg() > 0 || o.version != 2 && o.version != 3 {
		flag.Usage()
		return 2
	}
	if o.uml != "" && !ipvsHere() {
		return inUserModeKernel(o)
	}
	return lab.Isolate(func() int { return play(o) })
}

// ipvsHere reports whether this kernel has IPVS and we may make namespaces on it.
func ipvsHere() bool {
	if os.Getenv("UMLRUN_INSIDE") != "" || os.Getenv("LAB_STAGE") != "" {
		return true
	}
	if os.Getuid() != 0 {
		return false
	}
	if _, err := os.Stat("/proc/net/ip_vs"); err == nil {
		return true
	}
	// An answer of any kind to a listing means the module came on demand.
	return exec.Command("ipvsadm", "-Ln").Run() == nil
}

func inUserModeKernel(o options) int {
	runner, err := filepath.Abs(o.uml)
	if err != nil {
		fmt.Fprintln(os.Stderr, "scene:", err)
		return 2
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scene:", err)
		return 2
	}
	fmt.Println("This kernel has no IPVS (or we are not root): playing in a user-mode kernel.")
	env := append(os.Environ(), "UMLRUN_BIND="+o.logs)
	err = unix.Exec(runner, append([]string{runner, self, "-uml="}, os.Args[1:]...), env)
	fmt.Fprintf(os.Stderr, "scene: running %s: %v\n", runner, err)
	return 2
}

func play(o options) int {
	start := time.Now()
	dir := o.logs
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "scene-"); err != nil {
			fmt.Fprintln(os.Stderr, "scene:", err)
			return 2
		}
		defer os.RemoveAll(dir)
	}
	tl := newTimeline(os.Stdout, start)
	scene := playIn
	if o.anycast {
		scene = playAnycast
	}
	err := scene(o, dir, tl)
	tl.summary(err)
	switch {
	case errors.Is(err, errBusy):
		return statusBusy
	case err != nil:
		return 1
	}
	return 0
}

// replays is how often a step is played again that failed on a busy machine, or with a daemon
// that says it was woken up late: what that shows proves nothing.
const replays = 3

var errBusy = errors.New("but this machine was too busy whenever something failed: this proves nothing")

// statusBusy is the exit status when errBusy is the verdict.
const statusBusy = 3

func playIn(o options, dir string, tl *timeline) (err error) {
	w, err := newWorld(o, dir, tl)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	wanted, err := steps(o.only)
	if err != nil {
		return err
	}
	var failed []error
	proven := false // a step failed on a machine that was not busy
	for _, s := range wanted {
		err := w.play(s)
		for again := 0; again < replays && err != nil && !w.doubt.none(); again++ {
			w.say("playing this step again")
			if err = w.startOver(); err == nil && !s.vital { // starting over is the vital step
				err = w.play(s)
			}
		}
		if err == nil {
			continue
		}
		failed = append(failed, fmt.Errorf("%s: %w", s.name, err))
		proven = proven || w.doubt.busy == ""
		if s.vital {
			break
		}
		if err := w.startOver(); err != nil {
			failed = append(failed, fmt.Errorf("starting over after %q: %w", s.name, err))
			break
		}
	}
	if len(failed) > 0 && !proven {
		failed = append(failed, errBusy)
	}
	return errors.Join(failed...)
}
