package runas

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/internal/rights"
)

// effective gives the capabilities that this thread has in force.
func effective() (rights.Set, error) {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		return 0, err
	}
	return rights.Set(data[0].Effective) | rights.Set(data[1].Effective)<<32, nil
}

// groupsDenied reports whether this process lives in a user namespace whose members
// cannot change their supplementary groups, whatever capabilities they have.
func groupsDenied() bool {
	b, err := os.ReadFile("/proc/self/setgroups")
	return err == nil && strings.TrimSpace(string(b)) == "deny"
}
