package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The C text says what it mends; the kernel's package has no newer version.
//
//go:embed ptrace/ptrace.c
var ptraceText []byte

// largeState reports whether the host's processors have registers that linux.uml does not
// know: cpuinfo is the text of /proc/cpuinfo.
func largeState(cpuinfo string) bool {
	for line := range strings.Lines(cpuinfo) {
		if name, flags, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "flags" {
			return strings.Contains(flags+" ", " amx_tile ")
		}
	}
	return false
}

// preload gives the environment with which linux.uml runs on this processor. It makes the library
// in dir anew for each guest: that takes less than a tenth of a second, and nothing has to be told
// stale or right.
func preload(dir string) ([]string, error) {
	cpuinfo, err := os.ReadFile("/proc/cpuinfo")
	if err != nil || !largeState(string(cpuinfo)) {
		return nil, err
	}
	text, library := filepath.Join(dir, "ptrace.c"), filepath.Join(dir, "ptrace.so")
	if err := os.WriteFile(text, ptraceText, 0o600); err != nil {
		return nil, err
	}
	out, err := exec.Command("cc", "-O2", "-shared", "-fPIC", "-o", library, text, "-ldl").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("on a processor with AMX linux.uml needs a library, made with a C compiler "+
			"(Debian: apt-get install gcc libc6-dev): %v\n%s", err, out)
	}
	return []string{"LD_PRELOAD=" + library}, nil
}
