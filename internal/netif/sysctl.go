package netif

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
)

// Sysctls changes kernel settings and remembers what they were. Settings are named by
// their paths below /proc/sys. The zero value is ready.
type Sysctls struct{ before map[string]string }

// settings is where kernel settings are: Kernel or Fake.
type settings interface {
	Sysctl(path string) (string, error)
	SetSysctl(path, value string) error
}

// PromoteSecondaries makes the kernel keep the other addresses of a subnet on dev when
// the first one is deleted (semantics 3.6).
func (s *Sysctls) PromoteSecondaries(dev string) error {
	path := conf4 + dev + promotes
	if err := s.remember(procSys{}, path); err != nil {
		return err
	}
	return set(procSys{}, path, "1")
}

const promotes = "/promote_secondaries"

// localIGMP says whether the kernel tells routers and switches of groups in 224.0.0.0/24.
const localIGMP = "net/ipv4/igmp_link_local_mcast_reports"

// DisableLocalIGMP has the kernel keep it to itself which groups in 224.0.0.0/24 somebody on this host has joined
// (semantics 2.18).
func (s *Sysctls) DisableLocalIGMP() error { return s.disableLocalIGMP(procSys{}) }

func (s *Sysctls) disableLocalIGMP(k settings) error {
	if err := s.remember(k, localIGMP); err != nil {
		return err
	}
	return set(k, localIGMP, "0")
}

// AllowLocalIGMP takes DisableLocalIGMP back, also that of a former life.
func (s *Sysctls) AllowLocalIGMP() error {
	others := maps.Clone(s.before)
	delete(others, localIGMP)
	return s.keep(procSys{}, others)
}

// recorded reports whether a former life may have left word of a setting.
func recorded(path string) bool {
	return path == localIGMP || strings.HasPrefix(path, conf4) && strings.HasSuffix(path, promotes) &&
		strings.Count(path, "/") == strings.Count(conf4+promotes, "/")
}

// Lines are what the life after this one has to know to restore what it finds changed: see Inherit.
func (s *Sysctls) Lines() (lines []string) {
	for path, v := range s.before {
		if recorded(path) {
			lines = append(lines, path+" "+v)
		}
	}
	slices.Sort(lines)
	return lines
}

// Inherit takes the lines of a former life; those of others are left alone.
func (s *Sysctls) Inherit(lines iter.Seq[string]) {
	for l := range lines {
		if path, v, ok := strings.Cut(l, " "); ok && recorded(path) && !strings.Contains(path, "..") {
			s.inherit(path, v)
		}
	}
}

// remember notes the value that path shall have again after Restore.
func (s *Sysctls) remember(k settings, path string) error {
	// The first value is the one of before: the later ones are ours.
	if _, ok := s.before[path]; ok {
		return nil
	}
	old, err := k.Sysctl(path)
	if err != nil {
		return fmt.Errorf("read sysctl: %w", err)
	}
	s.inherit(path, old)
	return nil
}

// inherit notes a value that a former life has found.
func (s *Sysctls) inherit(path, value string) {
	if s.before == nil {
		s.before = map[string]string{}
	}
	if _, ok := s.before[path]; !ok {
		s.before[path] = value
	}
}

// original is the value of path before anything was changed.
func (s *Sysctls) original(k settings, path string) (string, error) {
	if v, ok := s.before[path]; ok {
		return v, nil
	}
	return k.Sysctl(path)
}

// set gives path a value unless it has it.
func set(k settings, path, value string) error {
	if now, err := k.Sysctl(path); err == nil && now == value {
		return nil
	}
	if err := k.SetSysctl(path, value); err != nil {
		return fmt.Errorf("set sysctl: %w", err)
	}
	return nil
}

// Restore sets everything back as it was. An interface that is gone took its
// settings with it.
func (s *Sysctls) Restore() error { return s.keep(procSys{}, nil) }

// keep sets everything back as it was but what wanted has.
func (s *Sysctls) keep(k settings, wanted map[string]string) error {
	var errs []error
	for _, path := range slices.Sorted(maps.Keys(s.before)) {
		if _, ok := wanted[path]; ok {
			continue
		}
		if err := set(k, path, s.before[path]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("restore: %w", err))
		}
		// Also after an error: a setting that cannot be restored is not tried again and again.
		delete(s.before, path)
	}
	return errors.Join(errs...)
}

// procSys is the settings of the current thread's network namespace.
type procSys struct{}

func (procSys) Sysctl(path string) (string, error) {
	b, err := os.ReadFile("/proc/sys/" + path)
	return strings.TrimSpace(string(b)), err
}

func (procSys) SetSysctl(path, value string) error {
	return os.WriteFile("/proc/sys/"+path, []byte(value), 0)
}
