package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"

	"holdfast/config/finding"
)

// A terminal is where output is read by somebody; the zero terminal is a file or pipe.
type terminal struct {
	is    bool
	color bool
	width int // columns, 0 if it does not tell
	fd    int
}

// rows is how many lines it has now, 0 if it does not tell.
func (t terminal) rows() int {
	if size, err := unix.IoctlGetWinsize(t.fd, unix.TIOCGWINSZ); t.is && err == nil {
		return int(size.Row)
	}
	return 0
}

// terminalOf looks at where a writer goes. NO_COLOR and a dumb terminal switch colours off.
func terminalOf(w io.Writer) terminal {
	// A writer that is no file is a buffer, and nobody looks at it yet.
	f, ok := w.(*os.File)
	if !ok {
		return terminal{}
	}
	// Only a terminal answers this request; a file or pipe has an error for it.
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil {
		return terminal{}
	}
	t := terminal{is: true, fd: int(f.Fd()), color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	// A serial line answers with 0 columns: then findings have the width of their own.
	if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil {
		t.width = int(size.Col)
	}
	return t
}

// findings is how findings are written there: with their source lines on a terminal.
func (t terminal) findings(line func(string, int) (string, bool)) finding.Options {
	return finding.Options{Line: line, Source: t.is, Color: t.color, Width: t.width, Version: version}
}
