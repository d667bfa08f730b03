package language

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/config/syntax"
	"holdfast/internal/golden"
)

func findings(diags []syntax.Diagnostic) string {
	var b strings.Builder
	fmt.Fprintf(&b, "exit %d", ExitStatus(diags))
	if !Runnable(diags) {
		b.WriteString(", cannot run")
	}
	b.WriteString("\n")
	for _, d := range diags {
		fmt.Fprintf(&b, "%s\n", d)
		if d.RelatedText != "" {
			fmt.Fprintf(&b, "\t%s: %s\n", d.Related, d.RelatedText)
		}
	}
	return b.String()
}

// One file per message: what is said about it, and the exit status of a
// configuration test.
func TestBadConfigurations(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.conf")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".conf")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, diags := Bind(syntax.Load(syntax.MapSource{name + ".conf": string(text)}, name+".conf", syntax.Options{}), host())
			if len(diags) == 0 {
				t.Error("nothing is said about it")
			}
			golden.Equal(t, strings.TrimSuffix(file, ".conf")+".want", findings(diags))
		})
	}
}

func TestMainFileThatCannotBeUsed(t *testing.T) {
	src := syntax.MapSource{"dir/x.conf": "vrrp_instance A {\n}\n"}
	for name, want := range map[string]string{"none.conf": "none.conf", "dir": "directory"} {
		_, diags := Bind(syntax.Load(src, name, syntax.Options{}), Env{})
		d, ok := find(diags, want)
		if !ok || len(diags) != 1 || ExitStatus(diags) != 0 {
			t.Errorf("%s: exit %d: %v", name, ExitStatus(diags), diags)
		}
		_ = d
		_, diags = Bind(syntax.Load(src, name, syntax.Options{AllIncludes: true}), Env{})
		if ExitStatus(diags) != 4 {
			t.Errorf("%s with -e: exit %d: %v", name, ExitStatus(diags), diags)
		}
	}
}
