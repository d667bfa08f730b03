package stages

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// install runs packaging/install on a folder, with a stand-in for what is built.
func install(t *testing.T, root string, env ...string) (out string, status int) {
	t.Helper()
	var args []string
	if i := slices.Index(env, "remove"); i >= 0 {
		args, env = []string{"remove"}, slices.Delete(slices.Clone(env), i, i+1)
	}
	cmd := exec.Command("../../packaging/install", args...)
	cmd.Env = append(os.Environ(), append([]string{"DESTDIR=" + root, "PREFIX=", "UNITDIR=", "SYSCONFDIR=", "KEEPALIVED="}, env...)...)
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// files are the paths below a folder that are no folders, links with where they lead.
func files(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimPrefix(path, root)
		if to, err := os.Readlink(path); err == nil {
			name += " -> " + to
		}
		all = append(all, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// built sees that there is something to install, as make does before.
func built(t *testing.T) {
	t.Helper()
	cmd := exec.Command("make", "-s", "-C", "../..", "build")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestInstallUnderTheNameKeepalived(t *testing.T) {
	built(t)
	plain, named := t.TempDir(), t.TempDir()
	for root, env := range map[string][]string{plain: nil, named: {"KEEPALIVED=1"}} {
		if out, status := install(t, root, env...); status != 0 || out != "" {
			t.Fatalf("%v: status %d, %s", env, status, out)
		}
	}
	const dropin = "/usr/lib/systemd/system/keepalived.service.d/holdfast.conf"
	have := files(t, named)
	for _, want := range []string{
		"/usr/sbin/keepalived -> holdfast", "/usr/bin/genhash -> ../sbin/holdfast", "/usr/share/man/man1/genhash.1 -> ../man8/holdfast.8", "/usr/share/man/man8/keepalived.8 -> holdfast.8", "/usr/share/man/man5/keepalived.conf.5 -> holdfast.conf.5",
		"/usr/lib/systemd/system/keepalived.service -> holdfast.service", "/usr/share/bash-completion/completions/keepalived",
		"/usr/share/zsh/vendor-completions/_keepalived", "/usr/share/fish/vendor_completions.d/keepalived.fish",
		"/usr/share/doc/holdfast/less-restricted.conf", "/usr/share/doc/holdfast/LICENSE",
		"/usr/share/doc/holdfast/behaviour/semantics.md", "/usr/share/doc/holdfast/language.md",
		"/usr/share/doc/holdfast/examples/lvs-dr-pair/director1.conf",
	} {
		if !slices.Contains(have, want) {
			t.Errorf("no %s in %q", want, have)
		}
	}
	if slices.Contains(have, dropin) || !slices.Contains(files(t, plain), dropin) {
		t.Error("the unit of another keepalived is kept back where there is none, or is not")
	}
	if out, err := exec.Command(named+"/usr/sbin/keepalived", "-v").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "Keepalived v2.2.7 (") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := exec.Command(named + "/usr/bin/genhash").CombinedOutput(); err == nil ||
		!strings.HasPrefix(string(out), "Usage: "+named+"/usr/bin/genhash COMMAND [OPTIONS]\n") {
		t.Errorf("%v: %s", err, out)
	}
	if out, status := install(t, named, "KEEPALIVED=1"); status != 0 {
		t.Errorf("again: status %d, %s", status, out)
	}
	for _, root := range []string{plain, named} {
		if out, status := install(t, root, "remove"); status != 0 || len(files(t, root)) != 0 {
			t.Errorf("removed: status %d, %s, left %q", status, out, files(t, root))
		}
	}
}

// Nothing of an installed keepalived is overwritten or removed, whichever part of it is there.
func TestInstallBesideAnotherKeepalived(t *testing.T) {
	built(t)
	for _, path := range []string{
		"/usr/sbin/keepalived", "/usr/share/man/man8/keepalived.8.gz", "/usr/share/man/man5/keepalived.conf.5",
		"/usr/lib/systemd/system/keepalived.service", "/lib/systemd/system/keepalived.service", "/usr/share/bash-completion/completions/keepalived",
	} {
		root := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(root+path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(root+path, []byte("theirs"), 0o755); err != nil {
			t.Fatal(err)
		}
		out, status := install(t, root, "KEEPALIVED=1")
		if want := "nothing installed: " + root + path + " belongs to another keepalived; remove it first (apt-get remove keepalived)\n"; status != 1 || out != want {
			t.Errorf("%s: status %d, %q, want %q", path, status, out, want)
		}
		if have := files(t, root); len(have) != 1 {
			t.Errorf("%s: left %q", path, have)
		}
		if out, status := install(t, root); status != 0 {
			t.Errorf("%s, beside: status %d, %s", path, status, out)
		}
		_, _ = install(t, root, "remove")
		if b, err := os.ReadFile(root + path); err != nil || string(b) != "theirs" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
}
