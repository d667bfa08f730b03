package language_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/config/syntax"
)

// asUser reads files as somebody who is not root: a mode without permissions counts.
type asUser struct{ source.OS }

func (u asUser) ReadFile(name string, limit int) (string, error) {
	if s, err := os.Stat(name); err == nil && s.Mode().Perm() == 0 {
		return "", &os.PathError{Op: "open", Path: name, Err: syscall.EACCES}
	}
	return u.OS.ReadFile(name, limit)
}

// A file that a reload would skip, and what the running configuration has of it would go, is a reason to
// refuse the reload; at start it stays a warning.
func TestNewErrorOfAnInclude(t *testing.T) {
	const part = "vrrp_instance V2 {\n interface eth0\n virtual_router_id 52\n virtual_ipaddress {\n  10.0.0.2/24\n }\n}\n"
	main := strings.ReplaceAll(part, "2", "1")
	for _, tt := range []struct {
		name    string
		include string
		damage  func(file string) error
		want    string // "" if the reload is no less than what was asked for
	}{
		{"gone", "v2.conf", os.Remove, "Config files missing"},
		{"dangling link", "v2.conf", func(f string) error { os.Remove(f); return os.Symlink("/nowhere", f) }, "v2.conf'"},
		{"pipe", "v2.conf", func(f string) error { os.Remove(f); return syscall.Mkfifo(f, 0o644) },
			"is not a regular non-executable file"},
		{"directory", "v2.conf", func(f string) error { os.Remove(f); return os.Mkdir(f, 0o755) }, "is a directory"},
		{"executable", "v2.conf", func(f string) error { return os.Chmod(f, 0o755) }, "chmod a-x it"},
		{"no permission", "v2.conf", func(f string) error { return os.Chmod(f, 0) }, "permission denied"},
		{"wildcard, dangling link", "*2.conf", func(f string) error { os.Remove(f); return os.Symlink("/nowhere", f) },
			"v2.conf'"},
		{"wildcard, pipe", "*2.conf", func(f string) error { os.Remove(f); return syscall.Mkfifo(f, 0o644) },
			"is not a regular non-executable file"},
		{"wildcard, executable", "*2.conf", func(f string) error { return os.Chmod(f, 0o755) }, "chmod a-x it"},
		{"wildcard, gone", "*2.conf", os.Remove, ""},
		{"as it was", "v2.conf", func(string) error { return nil }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			conf, file := filepath.Join(dir, "main.conf"), filepath.Join(dir, "v2.conf")
			for name, text := range map[string]string{conf: "\ninclude " + tt.include + "\n" + main, file: part} {
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			bind := func() []syntax.Diagnostic {
				_, diags := language.Bind(syntax.Load(asUser{}, conf, syntax.Options{}), language.Env{})
				return diags
			}
			known := language.ErrorTexts(bind())
			if err := tt.damage(file); err != nil {
				t.Fatal(err)
			}
			damaged := bind()
			d, found := language.NewError(known, damaged)
			if found != (tt.want != "") || found && (d.Severity != syntax.Error ||
				!strings.Contains(d.String(), conf+":2:9: ") || !strings.Contains(d.Text, tt.want)) {
				t.Errorf("%v, want %q; of %v", d, tt.want, damaged)
			}
			for _, d := range damaged {
				if d.Severity >= syntax.Error || d.Class != syntax.ClassNone {
					t.Errorf("at start: %v", d)
				}
			}
			if d, found := language.NewError(language.ErrorTexts(damaged), damaged); found {
				t.Errorf("%v is no obstacle for a configuration that has it", d)
			}
		})
	}
}
