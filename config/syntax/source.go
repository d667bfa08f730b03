package syntax

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// A Source gives Load the files it asks for. Names are slash separated and
// relative to the working directory unless they begin with a slash.
// [MapSource] is one in memory; package config/source has the one of the
// operating system.
type Source interface {
	// Stat follows symbolic links. The error says why there is no such file.
	Stat(name string) (Kind, error)
	// ReadFile gives at most limit bytes of a file.
	ReadFile(name string, limit int) (string, error)
	// ReadDir gives the names in a directory, sorted.
	ReadDir(name string) ([]string, error)
}

// Kind is what a name stands for.
type Kind uint8

// Only a Regular file, one without any execute bit, is read (grammar 7.1).
const (
	Regular    Kind = iota
	Executable      // a regular file with an execute bit
	Directory
	Other // device, pipe, socket
)

// MapSource is a [Source] in memory: clean file names and their contents.
// Directories exist if a file is in them, and "." always.
type MapSource map[string]string

// Stat implements [Source].
func (m MapSource) Stat(name string) (Kind, error) {
	name = path.Clean(name)
	if _, ok := m[name]; ok {
		return Regular, nil
	}
	if names, err := m.ReadDir(name); err == nil && (len(names) > 0 || name == ".") {
		return Directory, nil
	}
	return Other, fmt.Errorf("stat %s: %w", name, fs.ErrNotExist)
}

// ReadFile implements [Source].
func (m MapSource) ReadFile(name string, limit int) (string, error) {
	text, ok := m[path.Clean(name)]
	if !ok {
		return "", fmt.Errorf("read %s: %w", name, fs.ErrNotExist)
	}
	return text[:min(limit, len(text))], nil
}

// ReadDir implements [Source].
func (m MapSource) ReadDir(name string) ([]string, error) {
	prefix := path.Clean(name) + "/"
	switch name {
	case ".":
		prefix = ""
	case "/":
		prefix = "/"
	}
	seen := map[string]bool{}
	for file := range m {
		rest, ok := strings.CutPrefix(file, prefix)
		if !ok || prefix == "" && strings.HasPrefix(file, "/") {
			continue
		}
		first, _, _ := strings.Cut(rest, "/")
		seen[first] = true
	}
	if len(seen) == 0 && name != "." {
		return nil, fmt.Errorf("read %s: %w", name, fs.ErrNotExist)
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, nil
}
