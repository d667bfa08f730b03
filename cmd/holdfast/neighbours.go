package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"holdfast/internal/role"
	"holdfast/internal/super"
)

// recordDirs are where checker roles on this host leave word of what is theirs: beside their pid files, wherever
// command lines put them.
func recordDirs() []string {
	dirs := super.RunDirectories()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return dirs
	}
	name := append([]byte(role.Checker().Process), 0)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err != nil || !bytes.HasPrefix(line, name) {
			continue
		}
		// Whoever ends meanwhile, or has other options than this version, is where the others are.
		args, dir, err := super.CommandOf(pid)
		if err != nil {
			continue
		}
		if o, err := readOptions(args); err == nil && o.checkersPID != "" {
			o.absolute(dir)
			dirs = append(dirs, filepath.Dir(o.checkersPID))
		}
	}
	return dirs
}
