package source

import (
	"os"
	"path/filepath"
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
			if got := n.Has(tt.table, tt.name); got != tt.want {
				t.Errorf("%s in %s: %v", tt.name, tt.table, got)
			}
		}
	}
}
