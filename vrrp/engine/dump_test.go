package engine

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The stats file of a running keepalived and ours, with the same instances, are the
// same but for the numbers and the block of ours behind; and every section of its data file that we have is
// called the same.
func TestCLI6_LayoutIsThatOfKeepalived(t *testing.T) {
	n := newNetwork(t)
	i := instance("VI_1", 51, 100, "192.168.1.150/32")
	files := map[string][2]string{}
	for at, kind := range []string{"keepalived", "engine"} {
		b := n.box(kind[:2], "192.168.1.15"+itoa(at+1)+"/24")
		startAs(b, kind, i)
		for sig, name := range map[string]string{"-USR1": "keepalived.data", "-USR2": "keepalived.stats"} {
			if out, err := exec.Command("kill", sig, itoa(b.proc.Pid)).CombinedOutput(); err != nil {
				t.Fatal(err, string(out))
			}
			path := filepath.Join(b.Dir, name)
			eventually(t, name, func() bool {
				text, err := os.ReadFile(path)
				f := files[name]
				f[at] = string(text)
				files[name] = f
				return err == nil && len(text) > 0 && bytes.HasSuffix(text, []byte("\n"))
			})
		}
		if code := b.stop(); code != 0 {
			t.Errorf("%s: exit status %d", kind, code)
		}
	}
	digits := strings.NewReplacer("0", "", "1", "", "2", "", "3", "", "4", "", "5", "", "6", "", "7", "", "8", "", "9", "")
	s := files["keepalived.stats"]
	theirs, ours, found := strings.Cut(s[1], "  Holdfast:\n")
	if !found || !strings.HasSuffix(ours, "\n") || strings.Contains(ours, "VRRP Instance") {
		t.Errorf("the block of ours is not the last one:\n%s", s[1])
	}
	if d := cmp.Diff(strings.Split(digits.Replace(s[0]), "\n"), strings.Split(digits.Replace(theirs), "\n")); d != "" {
		t.Errorf("stats (-keepalived +engine):\n%s", d)
	}
	theirData := digits.Replace(files["keepalived.data"][0])
	for line := range strings.Lines(digits.Replace(files["keepalived.data"][1])) {
		key, _, _ := strings.Cut(line, " = ")
		if strings.HasPrefix(line, "------<") && !strings.Contains(theirData, line) {
			t.Errorf("keepalived has no section %q", line)
		}
		// Lines of ours that it does not have with a configuration as small as this.
		extra := []string{" VRRP startup delay", "   Number of faults"}
		if strings.Contains(line, " = ") && !strings.Contains(theirData, key+" = ") && !contains(extra, key) {
			t.Errorf("keepalived has no line %q", key)
		}
	}
}
