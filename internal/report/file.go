package report

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
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

// A Kind is what a dump file is about (cli 6).
type Kind uint8

// Data is the state, Stats are the counters as text, JSON is both for programs.
const (
	Data Kind = iota
	Stats
	JSON
)

// A File is a dump file: where it is, and who may read it.
type File struct {
	path string
	mode fs.FileMode
}

// FileOf is the file of a kind with these settings. Of is "" for the vrrp role; the others have data of their
// own, with something in the name: "_check".
func FileOf(g config.Global, k Kind, of string) File {
	names := [...]struct{ usual, given string }{
		Data:  {"keepalived.data", g.Files.StateDump},
		Stats: {"keepalived.stats", g.Files.StatsDump},
		JSON:  {"keepalived.json", g.Files.JSONDump},
	}
	n := names[k]
	dir, name := filepath.Split(n.given)
	if name == "" { // none was given, or a directory only
		name = n.usual
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(Dir(), dir)
	}
	// Counters and JSON keep their names: 2.2.7 has the instance in those of the data alone.
	if s := g.Place.Suffix(); k == Data && g.Files.UseInstance && s != "" {
		of += "." + s[1:]
	}
	ext := filepath.Ext(name)
	name = strings.TrimSuffix(name, ext) + of + ext
	return File{filepath.Join(dir, name), 0o666 &^ fs.FileMode(g.Files.Mask())}
}

// Write makes the file. Others may write to its directory: what somebody put there under this name, or a link, is
// replaced, never written to.
func (f File) Write(text []byte) error { return statefile.ReplaceMode(f.path, text, f.mode) }

// dumpWait is how long Dump waits for the text.
const dumpWait = 5 * time.Second

// Dump writes the data of a role that has no other dump file: text is asked for the settings that say where it is and
// for its text, and the error says what ("BFD data") could not be written.
func Dump(log *zap.Logger, what, of string, text func(context.Context) (config.Global, []byte, error)) error {
	// Whoever writes dumps must not wait for ever for a loop that is stuck.
	ctx, cancel := context.WithTimeout(context.Background(), dumpWait)
	defer cancel()
	g, b, err := text(ctx)
	if err == nil {
		err = Print(log, what, FileOf(g, Data, of), b)
	}
	if err != nil {
		return fmt.Errorf("cannot write the %s: %w", what, err)
	}
	return nil
}

// Print writes a dump file, and says so as keepalived does.
func Print(log *zap.Logger, what string, file File, text []byte) error {
	log.Info(fmt.Sprintf("Printing %s for process(%d) on signal", what, os.Getpid()))
	return file.Write(text)
}
