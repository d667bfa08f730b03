package kernel

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"
)

// modprobe loads the module, as keepalived does. Its words are part of the error
// and go nowhere else.
func modprobe() error {
	path, err := exec.LookPath("modprobe")
	if err != nil {
		path = "/sbin/modprobe" // a daemon's PATH may not have it
	}
	// The start is not to hang on a module that cannot be loaded.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "ip_vs").CombinedOutput()
	if err == nil {
		return nil
	}
	// One line: what it says goes into a line of the log.
	line, _, _ := bytes.Cut(bytes.TrimSpace(out), []byte("\n"))
	if len(line) == 0 {
		return fmt.Errorf("modprobe ip_vs: %v", err)
	}
	return fmt.Errorf("modprobe ip_vs: %v: %s", err, line)
}
