package report

import (
	"os"
	"path/filepath"

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
