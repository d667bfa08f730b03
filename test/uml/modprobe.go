package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// modules finds and loads the kernel modules of one directory laid out by depmod.
type modules struct {
	dir  string
	deps map[string][]string // module name -> files in order of need, itself last
}

// moduleName gives the name the kernel knows a module file by.
func moduleName(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(file), ".ko"), "-", "_")
}

// openModules reads modules.dep below dir.
func openModules(dir string) (modules, error) {
	b, err := os.ReadFile(filepath.Join(dir, "modules.dep"))
	if err != nil {
		return modules{}, err
	}
	return modules{dir: dir, deps: parseDeps(string(b))}, nil
}

func parseDeps(text string) map[string][]string {
	deps := map[string][]string{}
	for line := range strings.Lines(text) {
		file, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		need := strings.Fields(rest)
		order := make([]string, 0, len(need)+1)
		for i := len(need) - 1; i >= 0; i-- { // depmod lists the deepest last
			order = append(order, need[i])
		}
		deps[moduleName(file)] = append(order, file)
	}
	return deps
}

// resolve gives the modules an alias stands for; a module's own name is one.
func (m modules) resolve(alias string) ([]string, error) {
	name := strings.ReplaceAll(alias, "-", "_")
	if _, ok := m.deps[name]; ok {
		return []string{name}, nil
	}
	b, err := os.ReadFile(filepath.Join(m.dir, "modules.alias"))
	if err != nil {
		return nil, err
	}
	return matchAliases(string(b), alias), nil
}

func matchAliases(text, alias string) []string {
	var names []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] != "alias" {
			continue
		}
		if ok, err := path.Match(f[1], alias); err == nil && ok {
			names = append(names, f[2])
		}
	}
	return names
}

// load loads the modules behind alias and all they need. A module that is there
// already is not an error; an alias nobody has is fs.ErrNotExist.
func (m modules) load(alias string) error {
	names, err := m.resolve(alias)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("module %s: %w", alias, fs.ErrNotExist)
	}
	for _, name := range names {
		for _, file := range m.deps[name] {
			if err := insert(filepath.Join(m.dir, file)); err != nil {
				return fmt.Errorf("loading %s for %s: %w", file, alias, err)
			}
		}
	}
	return nil
}

func insert(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.FinitModule(int(f.Fd()), "", 0)
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}

// moduleDir is where the running kernel's modules are.
func moduleDir() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", fmt.Errorf("asking for the kernel's version: %v", err)
	}
	return filepath.Join("/usr/lib/uml/modules", unix.ByteSliceToString(u.Release[:])), nil
}

// modprobeMain is the guest's modprobe: the kernel calls it for modules it lacks
// ("modprobe -q -- ALIAS"), and programs do ("modprobe -va ip_vs"). Every word
// that is not an option is a module.
func modprobeMain(args []string) int {
	dir, err := moduleDir()
	if err == nil {
		var m modules
		if m, err = openModules(dir); err == nil {
			for _, a := range args {
				if !strings.HasPrefix(a, "-") {
					err = errors.Join(err, m.load(a))
				}
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "modprobe:", err)
		return 1
	}
	return 0
}
