package lab

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// FRR is zebra, which knows the interfaces, and another daemon of FRRouting on a host.
type FRR struct {
	Processes []*Process
	host      *Host
	dir       string
}

// StartFRR runs zebra and another daemon of FRRouting with a configuration. It returns when zebra answers.
func (h *Host) StartFRR(daemon, config string) (*FRR, error) {
	dir, err := os.MkdirTemp("/run", "frr-") // its programs are run by a user of their own
	if err != nil {
		return nil, err
	}
	f := &FRR{host: h, dir: dir}
	if err := os.Chmod(dir, 0o777); err != nil {
		return nil, err
	}
	if err := f.start("zebra", "hostname "+h.Name+"\n"); err != nil {
		return nil, err
	}
	if err := Eventually(10*time.Second, "zebra", func() (bool, string) {
		_, err := os.Stat(filepath.Join(dir, "zserv.api"))
		return err == nil, f.Processes[0].Log()
	}); err != nil {
		return nil, err
	}
	return f, f.start(daemon, "hostname "+h.Name+"\n"+config)
}

func (f *FRR) start(daemon, config string) error {
	file := filepath.Join(f.dir, daemon+".conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return err
	}
	args := []string{"-f", file, "-i", filepath.Join(f.dir, daemon+".pid"),
		"-z", filepath.Join(f.dir, "zserv.api"), "--vty_socket", f.dir, "-P", "0", "--log", "stdout"}
	if daemon == "bfdd" {
		args = append(args, "--bfdctl", filepath.Join(f.dir, "bfdd.sock"))
	}
	p, err := f.host.Start(daemon, "/usr/lib/frr/"+daemon, args...)
	if err == nil {
		f.Processes = append(f.Processes, p)
	}
	return err
}

// Also runs one more daemon.
func (f *FRR) Also(daemon, config string) error { return f.start(daemon, config) }

// Daemon is the process that is not zebra.
func (f *FRR) Daemon() *Process { return f.Processes[len(f.Processes)-1] }

// Kill ends all of it without a word.
func (f *FRR) Kill() error {
	var errs []error
	for _, p := range f.Processes {
		errs = append(errs, p.KillTree())
	}
	return errors.Join(errs...)
}
