package realserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/internal/statefile"
)

// Machine is what a site works on; Linux is one.
type Machine interface {
	Look() (Host, error)
	Carry(Step) error
}

// A Site changes a host and remembers what it has changed: in RunDir until the host is booted again, and
// in UnitDir for longer.
type Site struct {
	Machine Machine
	RunDir  string // /run/holdfast
	UnitDir string // /etc/systemd/system; "" keeps nothing over a reboot
	Program string // that the unit starts
	Space   string // tells this network namespace from others that share RunDir
	DryRun  bool
	// Runtime leaves the unit alone.
	Runtime bool
	Told    func(line string) // each thing that is done
}

// Here is the site of this process. What is set in a network namespace that is not the machine's does not outlive it.
func Here() (*Site, error) {
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &Site{Machine: Linux{}, RunDir: "/run/holdfast", Program: program, Space: strings.Trim(own, "net:[]")}
	if machine, err := os.Readlink("/proc/1/ns/net"); err == nil && machine == own {
		s.UnitDir = "/etc/systemd/system"
	}
	return s, nil
}

// Wish is what was applied here. After a boot that is what is kept.
func (s *Site) Wish() (Wish, error) {
	r, known, err := s.record()
	if err != nil || known {
		return r.Wish, err
	}
	w, _, err := s.kept()
	return w, err
}

// Change makes the host serve another wish, which is made of the one before. What failed is the error; all that was
// done before is remembered.
func (s *Site) Change(other func(Wish) Wish) error {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	before, err := s.Wish()
	if err != nil {
		return err
	}
	was, _, err := s.record()
	if err != nil {
		return err
	}
	if err := s.carry(other(before), was); err != nil {
		return err
	}
	kept, text, err := s.kept()
	if err != nil {
		return err
	}
	if !s.Runtime && s.UnitDir != "" {
		kept = other(kept)
		if err := s.keep(kept, text); err != nil {
			return err
		}
	}
	return s.forget(kept)
}

// forget removes a record of nothing. While something is kept for the next boot it says that this is not served now.
func (s *Site) forget(kept Wish) error {
	r, _, err := s.record()
	if err != nil || s.DryRun || len(kept)+len(r.Wish)+len(r.Sysctls)+len(r.Added)+len(r.Up)+len(r.Links)+len(r.Fous) > 0 {
		return err
	}
	return missingIsFine(os.Remove(s.recordFile()))
}

// carry does what the plan says.
func (s *Site) carry(w Wish, was Record) error {
	if err := w.valid(); err != nil {
		return err
	}
	h, err := s.Machine.Look()
	if err != nil {
		return err
	}
	steps, next := Plan(w, h, was)
	isModule := func(st Step) bool { return st.Kind == LoadModule }
	if !s.DryRun && slices.ContainsFunc(steps, isModule) {
		for _, st := range steps {
			if isModule(st) {
				if err := s.step(st); err != nil {
					return err
				}
			}
		}
		// What a module brings has settings of its own, which are to be remembered.
		if h, err = s.Machine.Look(); err != nil {
			return err
		}
		steps, next = Plan(w, h, was)
		steps = slices.DeleteFunc(steps, isModule)
	}
	// Before anything is done: if this ends half-way, what may have been done is known.
	if err := s.remember(both(was, next)); err != nil {
		return err
	}
	for _, st := range steps {
		if err := s.step(st); err != nil {
			return err
		}
	}
	return s.remember(next)
}

func (s *Site) step(st Step) error {
	if !s.DryRun {
		if err := s.Machine.Carry(st); err != nil {
			return err
		}
	}
	s.Told(st.String())
	return nil
}

// both is a record with what is in either; what a sysctl was is what the earlier one says.
func both(was, next Record) Record {
	r := Record{Wish: next.Wish, Sysctls: map[string]Setting{}}
	for _, from := range []Record{next, was} {
		for key, set := range from.Sysctls {
			if have, ok := r.Sysctls[key]; ok {
				set.Is = have.Is
			}
			r.Sysctls[key] = set
		}
		r.Added = append(r.Added, from.Added...)
		r.Up = append(r.Up, from.Up...)
		r.Links = append(r.Links, from.Links...)
		r.Fous = append(r.Fous, from.Fous...)
	}
	return r
}

func (s *Site) recordFile() string { return filepath.Join(s.RunDir, "realserver."+s.Space+".json") }

// record is what was changed since the boot; known is false when nobody knows of anything.
func (s *Site) record() (r Record, known bool, err error) {
	b, err := os.ReadFile(s.recordFile())
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, false, fmt.Errorf("reading what was changed before, %s: %w", s.recordFile(), err)
	}
	return r, true, nil
}

func (s *Site) remember(r Record) error {
	if s.DryRun {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return replace(s.recordFile(), append(b, '\n'), 0o600)
}

// lock keeps two from changing the host at a time.
func (s *Site) lock() (unlock func(), err error) {
	if s.DryRun {
		return func() {}, nil
	}
	if err := os.MkdirAll(s.RunDir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.Open(s.RunDir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("waiting for another one to be done: %w", err)
	}
	return func() { f.Close() }, nil
}

// kept is the wish of the unit, and its text.
func (s *Site) kept() (Wish, string, error) {
	if s.UnitDir == "" {
		return nil, "", nil
	}
	b, err := os.ReadFile(filepath.Join(s.UnitDir, UnitName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	w, err := ParseUnit(string(b))
	return w, string(b), err
}

// keep writes the unit, which has some text now, and enables it, or removes it when there is nothing to serve.
func (s *Site) keep(w Wish, text string) error {
	unit := filepath.Join(s.UnitDir, UnitName)
	link := filepath.Join(s.UnitDir, "multi-user.target.wants", UnitName)
	want := ""
	if len(w) > 0 {
		want = Unit(w, s.Program)
	}
	if text == want {
		return nil
	}
	told := "write and enable " + unit
	do := func() error { return errors.Join(replace(unit, []byte(want), 0o644), enable(link)) }
	if want == "" {
		told = "disable and remove " + unit
		do = func() error { return errors.Join(missingIsFine(os.Remove(link)), os.Remove(unit)) }
	}
	if !s.DryRun {
		if err := do(); err != nil {
			return fmt.Errorf("keeping it over reboots: %w", err)
		}
		s.reloadSystemd()
	}
	s.Told(told)
	return nil
}

// enable makes the link that systemctl enable makes.
func enable(link string) error {
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	if err := os.Symlink("../"+UnitName, link); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// reloadSystemd has a manager that runs read the unit. The next boot does so in any case.
func (s *Site) reloadSystemd() {
	if _, err := os.Stat("/run/systemd/system"); err == nil && s.UnitDir == "/etc/systemd/system" {
		_ = exec.Command("systemctl", "daemon-reload").Run()
	}
}

func missingIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// replace writes a file whole or not at all.
func replace(name string, text []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return statefile.ReplaceMode(name, text, mode)
}
