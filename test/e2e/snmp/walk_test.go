//go:build e2e

package snmp

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"holdfast/test/lab"
)

// A difference is what is not the same, and why: a pattern for the names of objects.
type difference struct{ object, why string }

const keepalived = `^\.1\.3\.6\.1\.4\.1\.9586\.100\.5\.`

// differences are those that are meant. What is left out here is in docs/compatibility.md.
func differences() []difference {
	return []difference{
		{keepalived + `1\.1\.0 `, "the name and version of the program"},
		{keepalived + `2\.6\.1\.11\.`, "2.2.7 says of no address but those of the first instance that it is advertised"},
		{keepalived + `3\.3\.1\.(12|16|51|56|57|58|59|60|64|65|66|67)\.`, "what servers and checks inherit is shown nowhere here"},
		{keepalived + `3\.4\.1\.(41|43|44|45|46|48|49|50|51)\.`, "what checks inherit is shown nowhere here"},
		{keepalived + `3\.3\.1\.26\.4 `, "2.2.7 goes below 0 where all servers together weigh 0"},
		{`^\.1\.3\.6\.1\.2\.1\.68\.1\.3\.1\.7\.`, "a master of version 2 is its own master; 2.2.7 says 0.0.0.0"},
		{`^\.1\.3\.6\.1\.2\.1\.68\.1\.3\.1\.13\.`, "a time, which 2.2.7 counts from the start of its process"},
		{`^\.1\.3\.6\.1\.2\.1\.(207\.1\.2\.5\.1\.3|68\.2\.4\.1\.2)\.`, "adverts heard, which are more each moment"},
		{`^\.1\.3\.6\.1\.2\.1\.207\.1\.1\.1\.1\.12\.`, "for how long it has taken part"},
	}
}

// comparable is a walk without what is not the same.
func comparable(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
		return slices.ContainsFunc(differences(), func(d difference) bool { return regexp.MustCompile(d.object).MatchString(l) })
	})
}

// compare is what is in one walk and not in the other.
func compare(theirs, ours []string) string {
	var b strings.Builder
	for _, l := range theirs {
		if !slices.Contains(ours, l) {
			fmt.Fprintf(&b, "keepalived: %s\n", l)
		}
	}
	for _, l := range ours {
		if !slices.Contains(theirs, l) {
			fmt.Fprintf(&b, "holdfast:   %s\n", l)
		}
	}
	if b.Len() == 0 && !slices.Equal(theirs, ours) {
		return "another order\n"
	}
	return b.String()
}

// pair is the same host twice, with keepalived and with us.
type pair struct{ theirs, ours *station }

func newPair(t *lab.Trial) pair {
	return pair{newStation(t, "keepalived"), newStation(t, lab.Program())}
}

func (p pair) each(do func(*station)) {
	do(p.theirs)
	do(p.ours)
}

// same waits until both show the same, at least so many objects.
func (p pair) same(least int) {
	p.ours.must(lab.Eventually(soon, "the same objects", func() (bool, string) {
		theirs, ours := p.theirs.walk(), p.ours.walk()
		if len(theirs) < least {
			return false, fmt.Sprintf("keepalived shows %d objects:\n%s", len(theirs), strings.Join(theirs, "\n"))
		}
		diff := compare(comparable(theirs), comparable(ours))
		return diff == "", diff
	}))
}

// scene is the text of a configuration.
func scene(t *lab.Trial, name string) string {
	text, err := os.ReadFile(filepath.Join("testdata", name+".conf"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever KEEPALIVED-MIB and the MIBs of both RFCs show of virtual routers is the same object by object.
func TestRoutersAreShown(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{"least": 80, "much": 600, "routes": 300, "all": 80} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) {
				p := newPair(t)
				p.each(func(s *station) {
					s.startPeer(scene(t, "peer"))
					if name == "all" {
						s.d.Options = []string{"-x", "-A", "unix:" + s.socket()}
					}
					s.start(scene(t, name))
				})
				p.same(least)
			})
		})
	}
}
