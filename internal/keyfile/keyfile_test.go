package keyfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSemantics2_14_KeyFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		must(t, os.Chmod(path, mode))
		return path
	}
	key := strings.Repeat("k", 32)
	foreign := write("foreign", key, 0o600)
	must(t, os.Chown(foreign, 12345, 0))
	fifo := filepath.Join(dir, "fifo")
	must(t, unix.Mkfifo(fifo, 0o600))
	link := filepath.Join(dir, "link")
	must(t, os.Symlink(write("behind a link", key, 0o400), link))
	for _, c := range []struct{ path, key, err string }{
		{write("plain", key, 0o600), key, ""},
		{link, key, ""},
		{write("a new line", key+"\n", 0o400), key, ""},
		{write("as from Windows", key+"\r\n", 0o400), key, ""},
		{write("two", key+"\n\n", 0o400), key + "\n", ""},
		{write("hex", "hex:"+strings.Repeat("4b", 64)+"\n", 0o600), strings.Repeat("K", 64), ""},
		{write("no hex", "hex:"+strings.Repeat("4x", 32), 0o600), "", "other than hexadecimal"},
		{write("short", key[1:], 0o600), "", "32 to 64 bytes"},
		{write("long", strings.Repeat("k", 65), 0o600), "", "32 to 64 bytes"},
		{write("much too long", strings.Repeat("k", 1<<16), 0o600), "", "32 to 64 bytes"},
		{write("empty", "", 0o600), "", "32 to 64 bytes"},
		{write("group", key, 0o640), "", "(mode 0640); chmod it to 0600"},
		{write("all", key, 0o604), "", "(mode 0604)"},
		{write("writable", key, 0o620), "", "(mode 0620)"},
		{foreign, "", "belongs to user 12345"},
		{fifo, "", "is no file"},
		{dir, "", "is no file"},
		{filepath.Join(dir, "none"), "", "no such file"},
	} {
		got, err := Read(c.path)
		if got != c.key || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q, %v", c.path, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "kkkk") {
			t.Errorf("%s: the key is in the error", c.path)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
