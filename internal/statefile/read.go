package statefile

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// read gives the contents of a file that only we can have written. It never waits: the
// file may be a FIFO.
func read(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("read %w", err)
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		err = fmt.Errorf("read %s: not a regular file", path)
	case int(st.Uid) != os.Geteuid():
		err = fmt.Errorf("read %s: it belongs to uid %d", path, st.Uid)
	case st.Mode&0o022 != 0:
		err = fmt.Errorf("read %s: others may write to it (mode %04o)", path, st.Mode&0o7777)
	case st.Size > maxSize:
		err = fmt.Errorf("read %s: %d bytes are more than %d", path, st.Size, maxSize)
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSize))
	if err != nil {
		return nil, fmt.Errorf("read %w", err)
	}
	return text, nil
}
