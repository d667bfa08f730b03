// Package keyfile reads secrets from files: keys of auth_hmac (semantics 2.14), and headers of HTTP checks.
package keyfile

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/vrrp/wire"
)

// Open opens a file to read it, and says what it is. What is no file, but a directory or a FIFO that nobody writes to,
// is an error.
func Open(path string) (*os.File, unix.Stat_t, error) {
	var st unix.Stat_t
	// Not waiting: of a FIFO it would be for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, st, err
	}
	// Of what was opened: the name may be another file's by now.
	if err = unix.Fstat(int(f.Fd()), &st); err != nil {
		err = fmt.Errorf("look at %s: %w", path, err)
	} else if st.Mode&unix.S_IFMT != unix.S_IFREG {
		err = fmt.Errorf("%s is no file", path)
	}
	if err != nil {
		f.Close()
		return nil, st, err
	}
	return f, st, nil
}

// contents reads at most so many bytes, and one more, of a file that only its owner, this process's user or root, can
// read or write. Errors never tell what is in it.
func contents(path string, most int) (string, error) {
	f, st, err := Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	switch {
	case st.Uid != 0 && st.Uid != uint32(os.Geteuid()):
		return "", fmt.Errorf("%s belongs to user %d, who could change it; chown it to root", path, st.Uid)
	case st.Mode&0o077 != 0:
		return "", fmt.Errorf("others than its owner can use %s (mode %04o); chmod it to 0600", path, st.Mode&0o7777)
	}
	b, err := io.ReadAll(io.LimitReader(f, int64(most+1)))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return string(b), nil
}

// Read reads a key from a file of which others than its owner have nothing. A new line at its end is no part of the
// key, and the rest may be `hex:` and digits.
func Read(path string) (string, error) {
	key, err := contents(path, len("hex:")+2*wire.MaxKey+len("\r\n"))
	if err != nil {
		return "", err
	}
	if line, found := strings.CutSuffix(key, "\n"); found {
		key = strings.TrimSuffix(line, "\r")
	}
	if digits, isHex := strings.CutPrefix(key, "hex:"); isHex {
		raw, err := hex.DecodeString(digits)
		if err != nil {
			return "", fmt.Errorf("%s has other than hexadecimal digits behind hex", path)
		}
		key = string(raw)
	}
	if len(key) < wire.MinKey || len(key) > wire.MaxKey {
		return "", fmt.Errorf("the key in %s does not have %d to %d bytes", path, wire.MinKey, wire.MaxKey)
	}
	return key, nil
}
