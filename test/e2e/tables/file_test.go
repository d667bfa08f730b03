//go:build e2e && acceptance

package tables

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
)

// A file is a real configuration, with times that do not make anybody wait.
type file struct {
	text  string
	ports map[uint16]bool // of checks that connect; true where a mail server is asked
	addrs []netip.Addr    // of checked servers
}

var (
	hasService = regexp.MustCompile(`(?m)^\s*virtual_server\s`)
	inService  = regexp.MustCompile(`(?m)^(\s*virtual_server\s[^{\n#!]*\{[ \t]*)$`)
	aTime      = regexp.MustCompile(`(?m)^(\s*(?:delay_loop|delay_before_retry|nb_get_retry|retry|warmup)\s+)(?:[0-9.]+|"[^"]*")`)
	// Servers that are gone are unreachable at once: nobody waits for the end of these times, however slow the machine is.
	aLimit = regexp.MustCompile(`(?m)^(\s*(?:connect_timeout|misc_timeout)\s+)(?:[0-9.]+|"[^"]*")`)
)

var (
	aRandom   = regexp.MustCompile(`\$\{_RANDOM\s+([0-9]+)\s+[0-9]+\}`)
	aSequence = regexp.MustCompile(`(~SEQ\(\w+,\s*([0-9]+),\s*)([0-9]+)\)`)
)

// tamed is a text in which random numbers are the least that they can be, since no two programs draw the same, and
// sequences have a few steps: thousands of servers are thousands of times the same.
func tamed(text string) string {
	const steps = 4
	return aSequence.ReplaceAllStringFunc(aRandom.ReplaceAllString(text, "$1"), func(all string) string {
		m := aSequence.FindStringSubmatch(all)
		first, _ := strconv.Atoi(m[2])
		last, _ := strconv.Atoi(m[3])
		return m[1] + strconv.Itoa(min(last, first+steps-1)) + ")"
	})
}

// realFiles are the names of the files that have virtual servers, or of those that were asked for.
func realFiles(t *testing.T) (names []string) {
	dir := os.Getenv("HOLDFAST_CORPUS")
	for part := range strings.SplitSeq(os.Getenv("TABLES_ONLY"), ",") {
		all, err := filepath.Glob(filepath.Join(dir, part+"*.conf"))
		if err != nil || len(all) == 0 {
			t.Fatalf("HOLDFAST_CORPUS=%q has no files %q (%v)", dir, part, err)
		}
		names = append(names, all...)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return !hasService.Match(text)
	})
}

// read reads a file and sets its times between attempts to a second, and those that an attempt may take to many.
func read(t *testing.T, name string) *file {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := aLimit.ReplaceAllString(aTime.ReplaceAllString(tamed(string(b)), "${1}1"), "${1}4")
	f := &file{text: inService.ReplaceAllString(text, "$1\n  delay_loop 1"), ports: map[uint16]bool{}}
	c, _ := language.Bind(syntax.Load(syntax.MapSource{"f": f.text}, "f", syntax.Options{}), language.Env{})
	for i := range c.VirtualServers {
		for _, s := range c.VirtualServers[i].RealServers {
			f.note(t, s.Checkers)
		}
	}
	slices.SortFunc(f.addrs, netip.Addr.Compare)
	f.addrs = slices.Compact(f.addrs)
	return f
}

func (f *file) note(t *testing.T, checkers []config.Checker) {
	for _, k := range checkers {
		switch k.Kind {
		case config.CheckTCP, config.CheckHTTP, config.CheckSSL, config.CheckSMTP:
			f.ports[k.Connect.Port()] = f.ports[k.Connect.Port()] || k.Kind == config.CheckSMTP
		}
		if k.Connect.Addr().IsValid() && !slices.Contains(f.addrs, k.Connect.Addr()) {
			f.addrs = append(f.addrs, k.Connect.Addr())
		}
		if k.DelayLoop > time.Second {
			t.Errorf("a checker at %v makes everybody wait for %v", k.Pos, k.DelayLoop)
		}
	}
}
