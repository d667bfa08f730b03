package track

import (
	"os"
	"strings"
	"testing"

	"holdfast/config"
)

// What keepalived 2.2.7 finds, seen beside it; that a path without parameters and a name of more than 15 characters find
// anything is ours.
func TestSemantics5_14_Matches(t *testing.T) {
	const exact, initial, partial = config.MatchExact, config.MatchInitial, config.MatchPartial
	for _, tc := range []struct {
		process string
		match   config.ProcessMatch
		full    bool
		running string // name, then the command line
		want    bool
	}{
		{"web", exact, false, "web web", true},
		{"web", exact, false, "web /usr/sbin/web 3", true},
		{"web", exact, false, "webs web", false},
		{"web", exact, false, "other web", false}, // it has renamed itself
		{"web", exact, false, "web", true},
		{"/usr/sbin/web", exact, false, "web web", true},
		{"abcdefghijklmnopqrst", exact, false, "abcdefghijklmno abcdefghijklmnopqrst", true},
		{"abcdefghijklmno", exact, false, "abcdefghijklmno abcdefghijklmnopqrst", true},
		{"web", exact, true, "other web", true},
		{"web", exact, true, "web web 300", true}, // without parameters any will do
		{"web", exact, true, "web /usr/sbin/web", false},
		{"/usr/sbin/web", exact, true, "web /usr/sbin/web 3", true},
		{"web", exact, true, "web", false}, // a thread of the kernel
		{"web 3", exact, true, "web web 3", true},
		{"web 3", exact, true, "web web 300", false},
		{"web 3", exact, true, "web web 3 4", false},
		{"web 3", exact, true, "web web", false},
		{"web 3", initial, true, "web web 300", true},
		{"web 3", initial, true, "web web 300 40", true},
		{"web 300 4", initial, true, "web web 300 40 5", true},
		{"web 300 4", initial, true, "web web 300", false},
		{"web 40", initial, true, "web web 300 40", false},
		{"web 3", partial, true, "web web 300", false},
		{"web 3", partial, true, "web web 3 4 5", true},
		{"web 300 40", partial, true, "web web 300 40", true},
		{"web 300 40", partial, true, "web web 300 400", false},
		{"web 40", partial, true, "web web 300 40", false},
		{"web 300 40", partial, true, "web web 300", false},
	} {
		p := config.TrackProcess{Process: strings.Fields(tc.process), Match: tc.match, FullCommand: tc.full}
		words := strings.Fields(tc.running)
		if got := matches(&p, command{words[0], words[1:]}); got != tc.want {
			t.Errorf("%s (%d, %v) and %s: %v", tc.process, tc.match, tc.full, tc.running, got)
		}
	}
}

func TestCommandOfThisProcess(t *testing.T) {
	c, ok := commandOf(os.Getpid(), true)
	if !ok || c.name == "" || len(c.argv) != len(os.Args) || c.argv[0] != os.Args[0] {
		t.Errorf("%q, %v", c, ok)
	}
	if c, ok := commandOf(os.Getpid(), false); !ok || c.argv != nil {
		t.Errorf("%q, %v", c, ok)
	}
	if _, ok := commandOf(1<<30, true); ok {
		t.Error("a process that is not there is found")
	}
	pids, err := processes()
	if err != nil || len(pids) == 0 {
		t.Errorf("%v, %v", pids, err)
	}
}
