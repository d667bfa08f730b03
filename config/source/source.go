// Package source reads configuration files from the operating system for
// package config/syntax, which knows no files.
package source

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"holdfast/config/syntax"
)

// OS is the [syntax.Source] of the operating system. Relative names are
// relative to the working directory of the process.
type OS struct{}

var _ syntax.Source = OS{}

// Stat implements [syntax.Source].
func (OS) Stat(name string) (syntax.Kind, error) {
	info, err := os.Stat(name)
	if err != nil {
		return syntax.Other, err
	}
	return kind(info.Mode()), nil
}

func kind(mode os.FileMode) syntax.Kind {
	switch {
	case mode.IsDir():
		return syntax.Directory
	case !mode.IsRegular():
		return syntax.Other
	case mode.Perm()&0o111 != 0:
		return syntax.Executable
	default:
		return syntax.Regular
	}
}

// ReadFile implements [syntax.Source]. What the file is, is looked at again
// after opening it, so that a pipe put in its place cannot make us wait.
func (OS) ReadFile(name string, limit int) (string, error) {
	text, _, err := read(name, limit)
	return text, err
}

// Dated is [OS], and tells of what was read when the newest of it was last written.
type Dated struct {
	OS
	Written time.Time // of the newest file, zero before the first
}

// ReadFile implements [syntax.Source].
func (d *Dated) ReadFile(name string, limit int) (string, error) {
	text, written, err := read(name, limit)
	if err == nil && written.After(d.Written) {
		d.Written = written
	}
	return text, err
}

// read gives the text of a file, and when it was last written.
func read(name string, limit int) (text string, written time.Time, err error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", written, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", written, err
	}
	if !info.Mode().IsRegular() {
		return "", written, fmt.Errorf("read %s: not a regular file", name)
	}
	var b strings.Builder
	b.Grow(int(min(info.Size(), int64(limit))))
	_, err = io.Copy(&b, io.LimitReader(file, int64(limit)))
	return b.String(), info.ModTime(), err
}

// ReadDir implements [syntax.Source].
func (OS) ReadDir(name string) ([]string, error) {
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}
