package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// guestDirVar is the kernel argument that tells the guest's init where its job
// is; the kernel hands unknown NAME=VALUE arguments to init as environment.
const guestDirVar = "umlrun_dir"

// A job is what the launcher asks of the guest. It travels as a file, because a
// kernel command line is short and mangles blanks.
type job struct {
	Args    []string // program and its arguments
	Dir     string   // working directory
	Env     []string
	Shared  []string // host directories that stay visible and writable
	Self    string   // this binary's path on the host
	Systemd bool     // the first process is systemd, the job one of its services
	Modules string   // directory of kernel modules that take the place of those of their names; "" is none
}

func jobFile(dir string) string    { return filepath.Join(dir, "job.json") }
func statusFile(dir string) string { return filepath.Join(dir, "status") }

func (j job) write(dir string) error {
	b, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encoding the job: %v", err)
	}
	return os.WriteFile(jobFile(dir), b, 0o600)
}

func readJob(dir string) (job, error) {
	var j job
	b, err := os.ReadFile(jobFile(dir))
	if err != nil {
		return j, err
	}
	if err := json.Unmarshal(b, &j); err != nil {
		return j, fmt.Errorf("decoding %s: %v", jobFile(dir), err)
	}
	return j, nil
}
