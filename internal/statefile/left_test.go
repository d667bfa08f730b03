package statefile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What the dead have left is told, of every role and of one kind, and stays as it is.
func TestLeft(t *testing.T) {
	dir := t.TempDir()
	me := self(t)
	dead, end := another(t)
	alive, _ := another(t)
	owner := func(p Process) Owner {
		o := me
		o.Process, o.Parent = p, Process{}
		return o
	}
	save(t, filepath.Join(dir, "holdfast_vrrp.addresses"), owner(dead), "eth0 10.0.0.1/24")
	save(t, filepath.Join(dir, "holdfast_vrrp_east.addresses"), owner(dead), "eth0 10.0.0.2/24")
	save(t, filepath.Join(dir, "holdfast_vrrp.addresses"), owner(alive), "eth0 10.0.0.3/24")
	save(t, filepath.Join(dir, "holdfast_checkers.ipvs"), owner(dead), "a service")
	elsewhere := owner(dead)
	elsewhere.NetSpace++
	save(t, filepath.Join(dir, "holdfast_there.addresses"), elsewhere, "eth0 10.0.0.4/24")
	end()
	if err := os.WriteFile(filepath.Join(dir, "holdfast_x.addresses.1.2"), []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	lives, err := Left(dir, "addresses")
	if err == nil {
		t.Error("a file that does not say whose it is was taken")
	}
	var lines []string
	for _, l := range lives {
		lines = append(lines, l.Lines...)
	}
	slices.Sort(lines)
	if want := []string{"eth0 10.0.0.1/24", "eth0 10.0.0.2/24"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	if after, err := os.ReadDir(dir); err != nil || len(after) != len(before) {
		t.Errorf("%d files before, %d after (%v)", len(before), len(after), err)
	}
	if lives, err := Left(filepath.Join(dir, "nowhere"), "addresses"); err != nil || len(lives) > 0 {
		t.Errorf("%v, %v", lives, err)
	}
}
