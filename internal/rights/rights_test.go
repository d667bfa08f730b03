package rights

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestBitsAreTheKernels(t *testing.T) {
	for have, want := range map[Set]int{
		Chown: unix.CAP_CHOWN, DACOverride: unix.CAP_DAC_OVERRIDE, DACReadSearch: unix.CAP_DAC_READ_SEARCH,
		FOwner: unix.CAP_FOWNER, FSetID: unix.CAP_FSETID, Kill: unix.CAP_KILL, SetGID: unix.CAP_SETGID, SetUID: unix.CAP_SETUID,
		SetPCap: unix.CAP_SETPCAP, LinuxImmutable: unix.CAP_LINUX_IMMUTABLE, NetBindService: unix.CAP_NET_BIND_SERVICE,
		NetBroadcast: unix.CAP_NET_BROADCAST, NetAdmin: unix.CAP_NET_ADMIN, NetRaw: unix.CAP_NET_RAW, IPCLock: unix.CAP_IPC_LOCK,
		IPCOwner: unix.CAP_IPC_OWNER, SysModule: unix.CAP_SYS_MODULE, SysRawIO: unix.CAP_SYS_RAWIO, SysChroot: unix.CAP_SYS_CHROOT,
		SysPTrace: unix.CAP_SYS_PTRACE, SysPAcct: unix.CAP_SYS_PACCT, SysAdmin: unix.CAP_SYS_ADMIN, SysBoot: unix.CAP_SYS_BOOT,
		SysNice: unix.CAP_SYS_NICE, SysResource: unix.CAP_SYS_RESOURCE,
	} {
		if have != 1<<want {
			t.Errorf("%v is %#x, the kernel's number is %d", have, uint64(have), want)
		}
	}
	if len(names) != unix.CAP_SYS_RESOURCE+1 {
		t.Errorf("%d names", len(names))
	}
}

func TestSetsInWords(t *testing.T) {
	for set, want := range map[Set]string{
		0:                           "",
		NetRaw | NetAdmin | Chown:   "CHOWN NET_ADMIN NET_RAW",
		SysResource:                 "SYS_RESOURCE",
		NetRaw | 1<<unix.CAP_BPF:    "NET_RAW others",
		Set(1) << unix.CAP_SYS_TIME: "others",
	} {
		if have := set.String(); have != want {
			t.Errorf("%#x is %q, want %q", uint64(set), have, want)
		}
	}
	both := NetRaw | NetAdmin
	if !both.Has(NetRaw) || both.Has(NetRaw|Kill) || !both.Has(0) {
		t.Error("Has")
	}
}
