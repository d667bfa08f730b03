//go:build e2e

package bfd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A neighbour is what is at the other end of a session with a daemon that is upgraded.
type neighbour struct {
	name     string
	interval int // of both ends, in milliseconds
	six      bool
	// start runs it, and gives a function for what it knows of the session that another one would change.
	start func(p *pair, c routerCase) (knows func() string)
}

func neighbours() []neighbour {
	return []neighbour{
		{"FRR", 50, false, func(p *pair, c routerCase) func() string {
			frr := startFRR(p, c)
			return func() string {
				dir := filepath.Dir(option(p, frr[len(frr)-1], "-f"))
				out, err := p.host[1].Run("vtysh", "--vty_socket", dir, "-c", "show bfd peers", "-c", "show bfd peers counters")
				p.must(err)
				return lines(out, "ID:", "Status:", "Session up events:", "Session down events:", "Remote detection")
			}
		}},
		{"BIRD", 50, false, birdKnows}, {"BIRD", 10, false, birdKnows}, {"BIRD", 100, true, birdKnows},
		{"keepalived", 50, false, func(p *pair, c routerCase) func() string { return other(p, c, "keepalived") }},
		{"holdfast", 20, true, func(p *pair, c routerCase) func() string { return other(p, c, lab.Program()) }},
	}
}

func birdKnows(p *pair, c routerCase) func() string {
	startBIRD(p, c)
	return func() string {
		out, err := p.host[1].Run("birdc", "-s", filepath.Join(p.host[1].Dir, "bird.ctl"), "show", "bfd", "sessions")
		p.must(err)
		return lines(out, "eth0") // with the time since which it is up
	}
}

// other runs a director at the other end.
func other(p *pair, c routerCase, program string) func() string {
	b := p.director(1, program, session(1, c.six, words(c.six, c.interval)))
	return func() string { return lines(b.Proc.Log(), "Entering Up state", "Entering Down state") }
}

// words are what a director says of its end.
func words(six bool, interval int) string {
	text := fmt.Sprintf(" min_rx %d\n min_tx %[1]d\n multiplier 5", interval)
	if six {
		text += "\n hoplimit 255" // RFC 5881, which others follow to the letter
	}
	return text
}

// option is what follows a word on the command line of a process.
func option(p *pair, proc *lab.Process, word string) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", proc.Pid))
	p.must(err)
	args := strings.Split(string(b), "\x00")
	for i, a := range args[:len(args)-1] {
		if a == word {
			return args[i+1]
		}
	}
	p.Fatalf("%s has no %s: %q", proc.Name, word, args)
	return ""
}

// lines are those that have one of some words, without what is about the moment.
func lines(text string, words ...string) string {
	var all []string
	for _, l := range strings.Split(text, "\n") {
		for _, w := range words {
			if strings.Contains(l, w) {
				all = append(all, strings.TrimSpace(l))
				break
			}
		}
	}
	return strings.Join(all, "\n")
}

// A daemon is upgraded again and again, and its neighbour, whoever that is, knows of nothing: the session is the same
// one, with the same discriminators, and was never down. Whoever tracks it here has not noticed either.
func TestRouterAndUpgrade(t *testing.T) {
	for _, n := range neighbours() {
		t.Run(fmt.Sprintf("%s_%v_%dms", n.name, n.six, n.interval), func(t *testing.T) {
			t.Parallel()
			count := lab.Number(t, "UPGRADES", 3)
			lab.Judge(t, func(t *lab.Trial) {
				p := newPair(t)
				a := p.director(0, lab.Program(), session(0, n.six, words(n.six, n.interval))+tracking)
				knows := n.start(p, routerCase{six: n.six, interval: n.interval})
				p.logged(a, 0, "(VI) Entering MASTER STATE", 20*time.Second)
				was, mark := knows(), a.Proc.LogSize()
				if was == "" {
					t.Fatal("the neighbour knows of no session")
				}
				for range count {
					p.must(a.Upgrade())
				}
				time.Sleep(time.Second) // many detection times
				if is := knows(); is != was {
					t.Errorf("the neighbour knew\n%s\nand knows\n%s", was, is)
				}
				for _, text := range []string{"Entering Down state", "Tracked BFD instance", "(VI) Entering", "Expired"} {
					p.never(a, mark, text)
				}
				// It notices as before when the neighbour is gone.
				p.must(lab.Eventually(20*time.Second, "FAULT when the neighbour is gone", func() (bool, string) {
					_, err := p.host[1].Run("ip", "link", "set", "eth0", "down")
					p.must(err)
					return strings.Contains(a.Proc.LogSince(mark), "(VI) Entering FAULT STATE"), a.Proc.LogSince(mark)
				}))
			})
		})
	}
}
