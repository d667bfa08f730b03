package super

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// fakeReloading takes a statement about files of reloads.
func fakeReloading(g *config.Global, word, rest string) {
	switch word {
	case "timefile":
		g.Reloading.TimeFile = rest
	case "handshake":
		g.Reloading.Handshake, g.Reloading.File = true, rest
	case "savedir":
		g.Files.SaveDir = rest
	}
}

func (d *daemon) path(name string) string { return filepath.Join(d.dir, name) }

func (d *daemon) exists(name string) bool {
	_, err := os.Lstat(d.path(name))
	return err == nil
}

// A file is written and names a time, a reload takes place, and the file is gone; so it is when the reload is refused.
func TestReloadsAreScheduled_cli5_4(t *testing.T) {
	t.Parallel()
	when := filepath.Join(t.TempDir(), "when")
	conf := "vrrp\ntimefile " + when + "\nvrrp tag "
	d := startDaemon(t, conf+"A")
	d.expect("Startup complete")
	// appoint writes the file until it was read in time, which a busy machine may take a while for.
	appoint := func(line string) {
		t.Helper()
		for ahead := time.Second; ; ahead *= 2 {
			past, begun := d.count("is in the past"), d.count(line)
			if err := os.WriteFile(when, []byte(time.Now().UTC().Add(ahead).Format("2006-01-02 15:04:05")+"Z\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the time has come", func() bool { return d.count(line) > begun || d.count("is in the past") > past })
			if d.count(line) > begun {
				return
			}
		}
	}
	gone := func() {
		t.Helper()
		if _, err := os.Stat(when); err == nil {
			t.Error("the file is there")
		}
	}
	d.write(conf + "B")
	appoint("vrrp committed B")
	d.expect("Scheduling reload for ", "It is time for the reload scheduled for ", "Reloading ...")
	d.expectAll("vrrp committed B", "Reload complete")
	gone()
	d.write(conf + "C\nfatal no")
	appoint("Reload refused")
	gone()
	d.write("vrrp\nvrrp tag D")
	appoint("vrrp committed D")
	if err := os.WriteFile(when, []byte("2199-01-01 00:00:00"), 0o644); err != nil {
		t.Fatal(err)
	}
	d.signal(syscall.SIGHUP)
	d.expectAll("vrrp committed D", "Reload complete")
	d.signal(syscall.SIGTERM)
	d.exit(0)
	d.never("2199")
}

// While files are read there is a file, whatever was in its place, and what a link leads to stays as it was.
func TestReloadFileIsThereWhileFilesAreRead_cli5_4(t *testing.T) {
	d := startDaemon(t, "vrrp")
	d.expect("Startup complete")
	next := "vrrp\nvrrp tag B\nhandshake " + d.path("reload")
	d.write(next)
	d.signal(syscall.SIGHUP)
	d.expect("Reload complete")
	if err := os.WriteFile(d.path("kept"), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("kept", d.path("reload")); err != nil {
		t.Fatal(err)
	}
	// The configuration comes through a pipe: as long as nobody writes to it, it is being read.
	if err := os.Remove(d.path("conf")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(d.path("conf"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.signal(syscall.SIGHUP)
	w, err := os.OpenFile(d.path("conf"), os.O_WRONLY, 0) // waits for the reader
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Lstat(d.path("reload")); err != nil || st.Mode() != 0o600 || st.Size() != 0 {
		t.Errorf("while files are read: %v, %v", st, err)
	}
	if _, err := w.WriteString(next); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	d.expect("Reload complete")
	if text, err := os.ReadFile(d.path("kept")); d.exists("reload") || string(text) != "precious" {
		t.Errorf("there: %v, behind the link %q, %v", d.exists("reload"), text, err)
	}
}

// A reload file that cannot be made is a warning, and so is a copy that cannot be written.
func TestReloadGoesOnWithoutItsFiles(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	if err := os.WriteFile(d.path("file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	next := "vrrp\nvrrp tag B\nhandshake " + d.path("none/reload") + "\nsavedir "
	d.write(next + d.path("none/save"))
	d.signal(syscall.SIGHUP)
	d.expectAll("vrrp committed B", "The configuration is not saved in config_save_dir: ")
	d.write(next + d.path("file"))
	d.signal(syscall.SIGHUP)
	d.expectAll("Reload file: write "+d.path("none/reload"), "vrrp committed B", "config_save_dir: write "+d.path("file"))
	d.never("refused")
}

// Each configuration that was read is kept, in its order, readable by its owner alone, whatever the umask is.
func TestConfigurationsAreSaved(t *testing.T) {
	d := startDaemon(t, "vrrp\nvrrp tag A")
	d.expect("Startup complete")
	pid := d.cmd.Process.Pid
	for i, conf := range []string{"vrrp tag B", "fatal no", "vrrp tag C"} {
		n := i + 1 // 0 is that of the start, for which there was no directory
		text := "vrrp\nsavedir " + d.path("save") + "\n" + conf
		d.write(text)
		// Somebody else has put a link in its place.
		name := fmt.Sprintf("save/keepalived.conf.%d.%d", pid, n)
		if n > 1 {
			if err := os.Symlink("../conf", d.path(name)); err != nil {
				t.Fatal(err)
			}
		}
		d.signal(syscall.SIGHUP)
		d.expect("Reload")
		eventually(t, name, func() bool {
			st, err := os.Lstat(d.path(name))
			return err == nil && st.Mode() == 0o600
		})
		// fakeLoad names the file that lines are from.
		if got, err := os.ReadFile(d.path(name)); string(got) != "# "+d.path("conf")+"\n"+text+"\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if st, err := os.Stat(d.path("save")); err != nil || st.Mode() != os.ModeDir|0o700 {
		t.Errorf("the directory: %v, %v", st, err)
	}
}
