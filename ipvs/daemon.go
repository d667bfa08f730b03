package ipvs

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// DaemonState is which of the two ends of the connection synchronisation a daemon is, as the kernel numbers it.
type DaemonState uint8

// MasterDaemon sends what becomes of the connections here, BackupDaemon makes those known that another director sends.
const (
	MasterDaemon DaemonState = 1
	BackupDaemon DaemonState = 2
)

// String is the word of `ipvsadm --start-daemon`.
func (s DaemonState) String() string {
	switch s {
	case MasterDaemon:
		return "master"
	case BackupDaemon:
		return "backup"
	}
	return "state " + strconv.Itoa(int(s))
}

// A Daemon is what a synchronisation daemon, a thread of the kernel, was started with. What is 0 (or no address) leaves
// it to the kernel, which reports what it took; an old one (before 4.3) reports no more than interface and ID.
type Daemon struct {
	Interface string
	ID        uint8      // a backup takes the messages with its number only; 0 takes all
	MaxLen    uint16     // bytes of a message without its headers
	Group     netip.Addr // multicast, of either family
	Port      uint16     // UDP
	TTL       uint8
}

// What the kernel takes where nothing is asked for.
const (
	daemonPort = 8848
	daemonTTL  = 1
)

// defaultGroup is the kernel's.
func defaultGroup() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 81}) }

// Daemons are the synchronisation daemons of a kernel, which has at most one of each state.
type Daemons map[DaemonState]Daemon

// WithDefaults is d with what the kernel takes for what is not asked for, but for the length of messages, which depends
// on the interface.
func (d Daemon) WithDefaults() Daemon {
	if !d.Group.IsValid() {
		d.Group = defaultGroup()
	}
	d.Port = cmp.Or(d.Port, daemonPort)
	d.TTL = cmp.Or(d.TTL, daemonTTL)
	return d
}

// Equal reports whether a daemon of a state, as the kernel reports it, is as wanted. Without a wanted length any is.
func (d Daemon) Equal(s DaemonState, want Daemon) bool {
	if d.Port == 0 && d.TTL == 0 && !d.Group.IsValid() { // an old kernel, which knows nothing else
		return d.Interface == want.Interface && d.ID == want.ID
	}
	if want.MaxLen == 0 || d.MaxLen == want.length(s) {
		want.MaxLen = d.MaxLen
	}
	return d == want.WithDefaults()
}

// length is the length that the kernel makes of the one asked for.
func (d Daemon) length(s DaemonState) uint16 {
	const largestPacket, ip4, ip6, udp, leastOfBackup = 65535, 20, 40, 8, 1024
	least, most := uint16(1), uint16(largestPacket-ip4-udp)
	if s == BackupDaemon {
		least = leastOfBackup
	}
	if d.Group.Is6() {
		most = largestPacket - ip6 - udp
	}
	return min(max(d.MaxLen, least), most)
}

// String is the daemon as `ipvsadm -L --daemon` shows it, without its state.
func (d Daemon) String() string {
	return fmt.Sprintf("mcast=%s, syncid=%d, maxlen=%d, group=%s, port=%d, ttl=%d",
		d.Interface, d.ID, d.MaxLen, d.Group, d.Port, d.TTL)
}

// FormatDaemons prints daemons as `ipvsadm -L --daemon`, "" for none.
func FormatDaemons(all Daemons) string {
	text := ""
	for _, s := range []DaemonState{MasterDaemon, BackupDaemon} {
		if d, on := all[s]; on {
			text += s.String() + " sync daemon (" + d.String() + ")\n"
		}
	}
	return text
}

// A DaemonCommand starts a synchronisation daemon or stops it.
type DaemonCommand struct {
	Stop   bool
	State  DaemonState
	Daemon Daemon // what is started
}

// DiffDaemons is the shortest list of commands that turns have, what is there and is ours to change, into want. What is
// missing is started first, what is in nobody's way stopped last: there is no moment without one when the
// state changes. One that is to be another is stopped before it is started, for the kernel has one of a state.
func DiffDaemons(have, want Daemons) []DaemonCommand {
	var starts, changes, stops []DaemonCommand
	for _, s := range []DaemonState{MasterDaemon, BackupDaemon} {
		h, there := have[s]
		w, wanted := want[s]
		stop, start := DaemonCommand{Stop: true, State: s}, DaemonCommand{State: s, Daemon: w}
		switch {
		case wanted && !there:
			starts = append(starts, start)
		case there && !wanted:
			stops = append(stops, stop)
		case wanted && !h.Equal(s, w):
			changes = append(changes, stop, start)
		}
	}
	return slices.Concat(starts, changes, stops)
}

// A DaemonError is a DaemonCommand that the kernel refused. Err is the kernel's errno, which errors.Is finds.
type DaemonError struct {
	Command DaemonCommand
	Err     error
	Errno   int
}

// Error is like "starting the backup sync daemon on eth1: no such interface (errno 19)".
func (e *DaemonError) Error() string {
	what := "the " + e.Command.State.String() + " sync daemon"
	doing := "starting " + what + " on " + e.Command.Daemon.Interface
	if e.Command.Stop {
		doing = "stopping " + what
	}
	if e.Errno == 0 {
		return doing + ": " + e.Err.Error()
	}
	return doing + ": " + e.reason() + " (errno " + strconv.Itoa(e.Errno) + ")"
}

// Unwrap gives the errno.
func (e *DaemonError) Unwrap() error { return e.Err }

// reason is what an errno means in answer to the command.
func (e *DaemonError) reason() string {
	switch {
	case e.Errno == 1:
		return "not permitted: needs root or CAP_NET_ADMIN"
	case e.Errno == 3 && e.Command.Stop:
		return "there is none"
	case e.Errno == 17:
		return "there is one already"
	case e.Errno == 19:
		return "no such interface"
	case e.Errno == 22:
		return "invalid: the group is no multicast address, or a real server is reached over another family than " +
			"its virtual server"
	}
	return e.Err.Error()
}
