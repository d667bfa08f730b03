package memory

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// dropImage takes mapped files that this process has only read - the program's text
// and constants - out of its memory. They stay in the kernel's page cache, from where
// those pages come back that are used. Memory that was locked (vrrp_no_swap) stays.
func dropImage() error {
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return err
	}
	for _, m := range onlyRead(string(smaps)) {
		_, _, errno := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED)
		if errno != 0 && errno != unix.EINVAL { // memory that is locked is invalid
			return fmt.Errorf("madvise %x-%x: %w", m.from, m.to, errno)
		}
	}
	return nil
}

// A mapping is a part of the address space of a process.
type mapping struct{ from, to uintptr }

// onlyRead finds in the text of an smaps file the mappings of files that cannot be
// written and that nothing was written to before, as is done to relocate a program.
func onlyRead(smaps string) []mapping {
	var all []mapping
	file := false
	for line := range strings.Lines(smaps) {
		f := strings.Fields(line)
		switch {
		case len(f) == 3 && f[0] == "Anonymous:" && file && f[1] != "0":
			all, file = all[:len(all)-1], false
		case len(f) >= 5 && len(f[1]) == 4: // from-to perms offset device inode path
			if file = f[1][1] == '-' && f[4] != "0"; file {
				from, to, _ := strings.Cut(f[0], "-")
				all = append(all, mapping{address(from), address(to)})
			}
		}
	}
	return all
}

// address reads a hexadecimal number.
func address(text string) uintptr {
	n, _ := strconv.ParseUint(text, 16, strconv.IntSize) // the kernel writes numbers
	return uintptr(n)
}
