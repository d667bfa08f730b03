package timetable

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/appointment"
)

// Problem says what is wrong with a file, "" if there is none, or nothing to mind in it.
func Problem(path string) string {
	return appointment.Open(path, time.Local).Problem(time.Now(), read(path))
}

// read reads what is there of a file.
func read(path string) appointment.Text {
	r, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a FIFO nobody writes to must not hold us up
	switch {
	// ENOTDIR is that something on the way there is no directory.
	case errors.Is(err, os.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return appointment.Text{}
	case err != nil:
		return appointment.Text{Found: true, Fault: bare(err).Error()}
	}
	defer func() { _ = r.Close() }() // nothing was written
	info, err := r.Stat()
	if err == nil && !info.Mode().IsRegular() {
		return appointment.Text{Found: true, Fault: "is no regular file"}
	}
	text := make([]byte, 64) // longer than any time
	n, failed := io.ReadFull(r, text)
	if failed != nil && !errors.Is(failed, io.EOF) && !errors.Is(failed, io.ErrUnexpectedEOF) {
		err = errors.Join(err, failed)
	}
	if err != nil {
		return appointment.Text{Found: true, Fault: bare(err).Error()}
	}
	line, _, _ := bytes.Cut(text[:n], []byte("\n"))
	t := appointment.Text{Found: true, Line: string(line), Written: info.ModTime()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		t.Inode = st.Ino
	}
	return t
}

// bare is an error of the system without the name of the file, which is told already.
func bare(err error) error {
	var on *os.PathError
	if errors.As(err, &on) {
		return on.Err
	}
	return err
}
