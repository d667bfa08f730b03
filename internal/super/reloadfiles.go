package super

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"holdfast/config/syntax"
	"holdfast/internal/statefile"
)

// What a reload leaves in files for others: that it reads the configuration just now, and what it has read.

// reading makes the file of reload_file, which is there while configuration files are read (cli 5.4): whoever changes
// several of them waits until it has gone. It gives the function that removes it.
func (s *Supervisor) reading() (read func()) {
	path := s.current.config.Global.Reloading.HandshakeFile(s.o.Place.Place)
	if path == "" {
		return func() {}
	}
	// What somebody put there under this name, or a link, is replaced, never written to.
	if err := statefile.Replace(path, nil); err != nil {
		s.o.Log.Warn("Reload file: " + err.Error())
		return func() {}
	}
	return func() {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.o.Log.Warn("Reload file: " + err.Error())
		}
	}
}

// saveCopy writes a configuration that was read to config_save_dir, beside everything else: the disk may be full, or
// not answer. Copies are numbered from the start of the daemon on.
func (s *Supervisor) saveCopy(dir string, snap syntax.Snapshot, number uint64) {
	if dir == "" {
		return
	}
	s.dumps.ask(func() error {
		if err := saveCopy(dir, snap, number); err != nil {
			s.o.Log.Warn("The configuration is not saved in config_save_dir: " + err.Error())
		}
		return nil
	})
}

func saveCopy(dir string, snap syntax.Snapshot, number uint64) error {
	if err := os.Mkdir(dir, 0o700); err == nil {
		_ = os.Chmod(dir, 0o700) // whatever the umask says
	} else if !errors.Is(err, os.ErrExist) {
		return err
	}
	var text bytes.Buffer
	_, _ = snap.WriteTo(&text) // a buffer takes everything
	// For its owner alone: there may be passwords in it.
	return statefile.Replace(filepath.Join(dir, fmt.Sprintf("keepalived.conf.%d.%d", os.Getpid(), number)), text.Bytes())
}
