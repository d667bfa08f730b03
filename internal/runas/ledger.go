package runas

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ledgerEntries is how many programs a Ledger has room for; of more that run at the same
// time the rest is not in it.
const ledgerEntries = 4096

// A Ledger is a list of the programs that a process runs, in memory that this process
// shares with the one that cleans up after it: when the one is killed, the other still
// reads what it has left. Keeping it costs no system call. A nil Ledger is one that
// nobody reads.
type Ledger struct {
	memory  []byte
	entries []ledgerEntry
	free    []int // entries that were used before
	used    int   // entries from here on were never used
}

// ledgerEntry is one program; group 0 is none.
type ledgerEntry struct {
	group   atomic.Int64 // process group, which is the process id of its leader
	started atomic.Int64 // ns since boot, not before the start
}

const ledgerBytes = ledgerEntries * int(unsafe.Sizeof(ledgerEntry{}))

// NewLedger makes a Ledger, and the file through which another process opens the same
// one. The caller closes the file when that process has been started.
func NewLedger() (*Ledger, *os.File, error) {
	fd, err := unix.MemfdCreate("scripts", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, fmt.Errorf("make list of scripts: %v", err)
	}
	f := os.NewFile(uintptr(fd), "scripts")
	if err := f.Truncate(int64(ledgerBytes)); err != nil {
		_ = f.Close()
		return nil, nil, fmt.Errorf("make list of scripts: %v", err)
	}
	l, err := OpenLedger(f)
	if err != nil {
		_ = f.Close()
	}
	return l, f, err
}

// OpenLedger opens the Ledger behind f, which may be closed afterwards.
func OpenLedger(f *os.File) (*Ledger, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open list of scripts: %v", err)
	}
	if st.Size() != int64(ledgerBytes) {
		return nil, fmt.Errorf("open list of scripts: %d bytes long, not %d", st.Size(), ledgerBytes)
	}
	m, err := unix.Mmap(int(f.Fd()), 0, ledgerBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("open list of scripts: %v", err)
	}
	return &Ledger{memory: m, entries: unsafe.Slice((*ledgerEntry)(unsafe.Pointer(&m[0])), ledgerEntries)}, nil
}

// add notes a process group and gives its entry, -1 if there is none left.
func (l *Ledger) add(group int) int {
	switch {
	case l == nil:
		return -1
	case len(l.free) > 0:
		n := l.free[len(l.free)-1]
		l.free = l.free[:len(l.free)-1]
		l.write(n, group)
		return n
	case l.used < len(l.entries):
		l.used++
		l.write(l.used-1, group)
		return l.used - 1
	}
	return -1
}

func (l *Ledger) write(n, group int) {
	l.entries[n].started.Store(int64(sinceBoot()))
	l.entries[n].group.Store(int64(group))
}

func (l *Ledger) remove(n int) {
	if l == nil || n < 0 {
		return
	}
	l.entries[n].group.Store(0)
	l.free = append(l.free, n)
}

// Kill sends KILL to every process group in the Ledger and forgets them. It is for the
// time after the death of the process that kept it.
func (l *Ledger) Kill() {
	if l == nil {
		return
	}
	for n := range l.entries {
		e := &l.entries[n]
		group := int(e.group.Swap(0))
		if group > 1 && !recycled(group, time.Duration(e.started.Load())) {
			_ = syscall.Kill(-group, syscall.SIGKILL)
		}
	}
}

// Close gives the memory back; the Ledger must not be used any more.
func (l *Ledger) Close() error {
	if l == nil || l.memory == nil {
		return nil
	}
	m := l.memory
	l.memory, l.entries = nil, nil
	return unix.Munmap(m)
}

// clockTick is the unit of starting times in /proc, and recycleMargin more than they can
// be off.
const (
	clockTick     = time.Second / 100
	recycleMargin = time.Second
)

// recycled reports whether the number of a group now is that of a process that began
// after the group did. As long as somebody is left in the group, its number is not given
// to anybody else.
func recycled(group int, started time.Duration) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(group) + "/stat")
	if err != nil {
		return false
	}
	const startTime = 22 - 3 // of the fields behind the name, which may have anything in it
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= startTime {
		return true
	}
	ticks, err := strconv.ParseInt(string(fields[startTime]), 10, 64)
	return err != nil || time.Duration(ticks)*clockTick > started+recycleMargin
}

func sinceBoot() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
