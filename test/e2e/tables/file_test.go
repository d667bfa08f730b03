//go:build e2e && acceptance

package tables

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	aTime      = regexp.MustCompile(`(?m)^(\s*(?:delay_loop|delay_before_retry|connect_timeout|nb_get_retry|` +
		`retry|warmup|misc_timeout)\s+)(?:[0-9.]+|"[^"]*")`)
)

// realFiles are the names of the files that have virtual servers.
func realFiles(t *testing.T) []string {
	dir := os.Getenv("HOLDFAST_CORPUS")
	all, err := filepath.Glob(filepath.Join(dir, "*"+os.Getenv("TABLES_ONLY")+"*.conf"))
	if err != nil || len(all) == 0 {
		t.Fatalf("HOLDFAST_CORPUS=%q has no files (%v)", dir, err)
	}
	return slices.DeleteFunc(all, func(name string) bool {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return !hasService.Match(text)
	})
}

// read reads a file and sets all its times to a second.
func read(t *testing.T, name string) *file {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := aTime.ReplaceAllString(string(b), "${1}1")
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
