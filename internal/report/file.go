package report

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"holdfast/internal/statefile"
)

// Dir is where dump files go: TMPDIR if it is an absolute path of a directory, else /tmp.
func Dir() string {
	if dir := os.Getenv("TMPDIR"); filepath.IsAbs(dir) {
		if st, err := os.Stat(dir); err == nil && st.IsDir() {
			return dir
		}
	}
	return "/tmp"
}

// Write makes a dump file in Dir, readable by its owner only. Others may write to that
// directory: what somebody put there under this name, or a link, is replaced, never
// written to.
func Write(name string, text []byte) error {
	return statefile.Replace(filepath.Join(Dir(), name), text)
}

// dumpWait is how long Dump waits for the text.
const dumpWait = 5 * time.Second

// Dump writes the dump file of a role that has one: text is asked for its text, and the error says what ("BFD data")
// could not be written.
func Dump(log *zap.Logger, what, file string, text func(context.Context) ([]byte, error)) error {
	// Whoever writes dumps must not wait for ever for a loop that is stuck.
	ctx, cancel := context.WithTimeout(context.Background(), dumpWait)
	defer cancel()
	b, err := text(ctx)
	if err == nil {
		err = Print(log, what, file, b)
	}
	if err != nil {
		return fmt.Errorf("cannot write the %s: %w", what, err)
	}
	return nil
}

// Print writes a dump file, and says so as keepalived does.
func Print(log *zap.Logger, what, file string, text []byte) error {
	log.Info(fmt.Sprintf("Printing %s for process(%d) on signal", what, os.Getpid()))
	return Write(file, text)
}
