// Package rights is what a process may do beyond what everybody may: the capabilities of the kernel, as sets. It is
// pure; internal/super has the processes of the daemon keep to them.
package rights

import (
	"math/bits"
	"slices"
	"strings"
)

// A Set is a set of capabilities, a bit for each, as /proc/PID/status shows it in hexadecimal.
type Set uint64

// A capability by itself is a set of one. The bits are the kernel's numbers (linux/capability.h).
const (
	Chown Set = 1 << iota
	DACOverride
	DACReadSearch
	FOwner
	FSetID
	Kill
	SetGID
	SetUID
	SetPCap
	LinuxImmutable
	NetBindService
	NetBroadcast
	NetAdmin
	NetRaw
	IPCLock
	IPCOwner
	SysModule
	SysRawIO
	SysChroot
	SysPTrace
	SysPAcct
	SysAdmin
	SysBoot
	SysNice
	SysResource
)

// names are those of the first bits, in their order.
var names = [...]string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE",
}

// Has reports whether all of other is in the set.
func (s Set) Has(other Set) bool { return s&other == other }

// String lists the capabilities by name in the order of the alphabet, without CAP_ and with blanks between them;
// those that have no name here are one "others".
func (s Set) String() string {
	var list []string
	for i, name := range names {
		if s.Has(1 << i) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	if bits.Len64(uint64(s)) > len(names) {
		list = append(list, "others")
	}
	return strings.Join(list, " ")
}
