package filewatch

import (
	"encoding/binary"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// A change is what the kernel tells of a watched directory: of the directory itself if there is no name.
type change struct {
	wd   int32
	mask uint32
	name string
}

// inotify watches directories.
type inotify struct {
	fd   int
	file *os.File
}

func openInotify() (*inotify, error) {
	// Non-blocking, so that the runtime polls it and close wakes up who reads.
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	return &inotify{fd, os.NewFile(uintptr(fd), "inotify")}, nil
}

// add watches a directory; one that is watched already keeps its number.
func (n *inotify) add(p place) (wd int32, err error) {
	w, err := unix.InotifyAddWatch(n.fd, p.dir, p.mask())
	return int32(w), os.NewSyscallError("inotify_add_watch "+p.dir, err)
}

// remove ends a watch; that of a directory that is gone has ended by itself.
func (n *inotify) remove(wd int32) { _, _ = unix.InotifyRmWatch(n.fd, uint32(wd)) }

// read waits for changes.
func (n *inotify) read(buf []byte) (list []change, err error) {
	size, err := n.file.Read(buf)
	if err != nil {
		return nil, err
	}
	for b := buf[:size]; len(b) >= unix.SizeofInotifyEvent; {
		order := binary.NativeEndian
		length := unix.SizeofInotifyEvent + int(order.Uint32(b[12:]))
		// Not from a kernel, which writes whole events only.
		if length > len(b) {
			break
		}
		list = append(list, change{
			wd:   int32(order.Uint32(b)),
			mask: order.Uint32(b[4:]),
			// The kernel pads names so that the next event is aligned.
			name: strings.TrimRight(string(b[unix.SizeofInotifyEvent:length]), "\x00"),
		})
		b = b[length:]
	}
	return list, nil
}

func (n *inotify) close() error { return n.file.Close() }
