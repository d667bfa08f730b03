package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNamesOfTheHost(t *testing.T) {
	root := t.TempDir()
	for file, text := range map[string]string{
		"etc/iproute2/rt_tables":            "# a comment\n255\tlocal\n\n100 uplink # why\nbroken line\n7\n",
		"etc/iproute2/rt_tables.d/own.conf": "0x65 other\n",
		"etc/iproute2/rt_tables.d/README":   "9 ignored\n",
		"usr/share/iproute2/rt_protos":      "186 bgp\n",
		"etc/protocols":                     "tcp\t6\tTCP\t\t# transmission control\n",
	} {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n := Names{root: root}
	for _, tt := range []struct {
		table, name string
		want        bool
	}{
		{"rt_tables", "local", true},
		{"rt_tables", "uplink", true},
		{"rt_tables", "other", true},
		{"rt_tables", "ignored", false},
		{"rt_tables", "line", false},
		{"rt_tables", "100", false},
		{"rt_tables", "", false},
		{"rt_protos", "bgp", true},
		{"rt_protos", "local", false},
		{"rt_scopes", "bgp", false},
		{"protocols", "tcp", true},
		{"protocols", "TCP", true},
		{"protocols", "6", true},
		{"protocols", "udp", false},
	} {
		for range 2 { // the second time from memory
			if _, got := n.Number(tt.table, tt.name); got != tt.want {
				t.Errorf("%s in %s: %v", tt.name, tt.table, got)
			}
		}
	}
}

// The directories of iproute2 may be elsewhere: its own, and the administrator's, which counts.
func TestNamesInOtherDirectories(t *testing.T) {
	root := t.TempDir()
	for file, text := range map[string]string{
		"etc/iproute2/rt_tables": "1 usual\n", "usr/share/iproute2/rt_tables": "2 shipped\n",
		"own/rt_tables": "3 both\n4 mine\n", "its/rt_tables": "5 both\n6 its\n", "own/rt_tables.d/x.conf": "7 more\n",
	} {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		usr, etc, want string
	}{
		{"", "", "usual=1 shipped=2"},
		{"", "/own", "shipped=2 both=3 mine=4 more=7"},
		{"/its", "", "usual=1 both=5 its=6"},
		{"/its", "/own", "both=3 mine=4 its=6 more=7"},
		{"/none", "/none", ""},
	} {
		n := &Names{Usr: tt.usr, Etc: tt.etc, root: root}
		var got []string
		for _, name := range []string{"usual", "shipped", "both", "mine", "its", "more"} {
			if number, ok := n.Number("rt_tables", name); ok {
				got = append(got, fmt.Sprintf("%s=%d", name, number))
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s %s: %s, want %s", n.Usr, n.Etc, s, tt.want)
		}
	}
}
