package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"holdfast/internal/super"
)

// The files of cli 6.
const (
	dataFile  = "keepalived.data"
	statsFile = "keepalived.stats"
)

// Dump writes the state file that kind asks for, readable by its owner only, into
// TMPDIR if that names a directory by an absolute path, else into /tmp (cli 6). An
// earlier file, or a link somebody put in its place, is replaced, never written
// through.
func (e *Engine) Dump(kind super.DumpKind) error {
	err := e.call(context.Background(), func() {
		e.publish()
		if kind == super.DumpStatsClear {
			e.core.ClearCounters()
		}
	})
	if err != nil {
		return err
	}
	s := e.Snapshot()
	var b bytes.Buffer
	if kind == super.DumpData {
		writeData(&b, s)
		return replaceFile(filepath.Join(dumpDir(), dataFile), b.Bytes())
	}
	writeStats(&b, s)
	return replaceFile(filepath.Join(dumpDir(), statsFile), b.Bytes())
}

func dumpDir() string {
	if dir := os.Getenv("TMPDIR"); filepath.IsAbs(dir) {
		if st, err := os.Stat(dir); err == nil && st.IsDir() {
			return dir
		}
	}
	return "/tmp"
}

// replaceFile makes path a new file with mode 0600. Readers see the old or the new
// contents, complete.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".") // O_EXCL, 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
