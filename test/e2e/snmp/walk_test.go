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

// A difference is what is not the same: a pattern for the names of objects, and the words of docs/compatibility.md about
// it.
type difference struct{ object, words string }

const keepalived = `^\.1\.3\.6\.1\.4\.1\.9586\.100\.5\.`

// differences are those that are meant.
func differences() []difference {
	return []difference{
		{keepalived + `1\.1\.0 `, "`version` is that of holdfast."},
		{keepalived + `2\.6\.1\.11\.`, "An address of any instance is advertised where it is;"},
		{keepalived + `2\.11\.1\.1[2-7]\.`, "The tunnel of a leg of a route is shown with all that is said of it; 2.2.7 shows its kind alone."},
		{keepalived + `3\.3\.1\.5\.4 `, "A virtual server of marks that has tunnels alone, and says no family, is of IPv4, as it is in the table;"},
		{keepalived + `3\.3\.1\.26\.5 `, "`virtualServerHysteresis` is 4294967295 in 2.2.7 where all servers weigh 0, and 0 here."},
		{`^\.1\.3\.6\.1\.2\.1\.68\.1\.3\.1\.7\.`, "The master of a router that is master itself is that router, not"},
		{`^\.1\.3\.6\.1\.2\.1\.68\.1\.3\.1\.13\.`, "`vrrpOperVirtualRouterUpTime` is a `sysUpTime` of the agent."},
	}
}

// moving are objects that are another number each moment: adverts heard, and for how long a router has taken part.
func moving() []string {
	return []string{`^\.1\.3\.6\.1\.2\.1\.(207\.1\.2\.5\.1\.3|68\.2\.4\.1\.2)\.`, `^\.1\.3\.6\.1\.2\.1\.207\.1\.1\.1\.1\.12\.`}
}

// What is not the same is written down.
func TestDifferencesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(string(text)), " ")
	for _, d := range differences() {
		if !strings.Contains(words, d.words) {
			t.Errorf("%q, of %s, is not in docs/compatibility.md", d.words, d.object)
		}
	}
}

// comparable is a walk without what is not the same.
func comparable(lines []string) []string {
	patterns := moving()
	for _, d := range differences() {
		patterns = append(patterns, d.object)
	}
	other := regexp.MustCompile(strings.Join(patterns, "|"))
	return slices.DeleteFunc(slices.Clone(lines), other.MatchString)
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

// same waits until both show the same, at least so many objects, and gives what keepalived shows.
func (p pair) same(least int) (theirs []string) {
	p.ours.must(lab.Eventually(soon, "the same objects", func() (bool, string) {
		theirs = p.theirs.walk()
		ours := p.ours.walk()
		if len(theirs) < least {
			return false, fmt.Sprintf("keepalived shows %d objects:\n%s", len(theirs), strings.Join(theirs, "\n"))
		}
		diff := compare(comparable(theirs), comparable(ours))
		return diff == "", diff
	}))
	return theirs
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
	var all coverage
	scenes := map[string]int{"least": 80, "much": 600, "routes": 300, "all": 80}
	t.Cleanup(func() {
		if all.walks == len(scenes) { // none has failed or was left out
			all.complete(t, "1")
			all.complete(t, "2")
		}
	})
	for name, least := range scenes {
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
				all.note(p.same(least))
			})
		})
	}
}
