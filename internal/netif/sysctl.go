package netif

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Sysctls changes settings of interfaces and remembers what they were. The zero value
// is ready.
type Sysctls struct{ before map[string]string }

// PromoteSecondaries makes the kernel keep the other addresses of a subnet on dev when
// the first one is deleted (semantics 3.6).
func (s *Sysctls) PromoteSecondaries(dev string) error {
	return s.set("/proc/sys/net/ipv4/conf/"+dev+"/promote_secondaries", "1")
}

func (s *Sysctls) set(path, value string) error {
	if _, ok := s.before[path]; ok {
		return nil
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read sysctl: %w", err)
	}
	if strings.TrimSpace(string(old)) == value {
		return nil
	}
	if err := os.WriteFile(path, []byte(value), 0); err != nil {
		return fmt.Errorf("set sysctl: %w", err)
	}
	if s.before == nil {
		s.before = map[string]string{}
	}
	s.before[path] = string(old)
	return nil
}

// Restore sets everything back as it was. An interface that is gone took its
// settings with it.
func (s *Sysctls) Restore() error {
	var errs []error
	for path, old := range s.before {
		if err := os.WriteFile(path, []byte(old), 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("restore sysctl: %w", err))
		}
	}
	s.before = nil
	return errors.Join(errs...)
}
