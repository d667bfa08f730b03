// Package fake is an IPVS table in memory that answers as the kernel does, with
// the kernel's errnos, for tests of what drives ipvs/kernel. That it does is
// itself tested: the same random commands go to it and to a real kernel.
package fake

import (
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"

	"holdfast/internal/sockbuf"
	"holdfast/ipvs"
)

// Kernel is a kernel's IPVS. It may be used by several goroutines.
type Kernel struct {
	// log has refused commands as well; refuse and reading are nil in a kernel that works.
	mu       sync.Mutex
	table    ipvs.Table
	stats    map[ipvs.ServiceID]ipvs.ServiceStats
	timeouts ipvs.Timeouts
	switches map[ipvs.Switch]int
	log      []ipvs.Command
	refuse   func(ipvs.Command) error
	reading  error
	buffer   sockbuf.Size

	daemons      ipvs.Daemons
	links        map[string]link // for daemons
	lastIndex    int
	daemonLog    []ipvs.DaemonCommand
	refuseDaemon func(ipvs.DaemonCommand) error
}

// New is a kernel with an empty table, the default timeouts and no interface.
func New() *Kernel {
	return &Kernel{
		table:    ipvs.Table{},
		stats:    map[ipvs.ServiceID]ipvs.ServiceStats{},
		switches: map[ipvs.Switch]int{},
		timeouts: ipvs.Timeouts{TCP: 900 * time.Second, TCPFin: 120 * time.Second, UDP: 300 * time.Second},
		daemons:  ipvs.Daemons{},
		links:    map[string]link{},
	}
}

// Refuse makes the kernel ask f before each command; a command for which f gives
// an error (a syscall.Errno) fails with it and changes nothing. nil ends that.
func (k *Kernel) Refuse(f func(ipvs.Command) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refuse = f
}

// RefuseReads makes reads fail with err; nil ends that.
func (k *Kernel) RefuseReads(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reading = err
}

// Commands are all commands so far in their order, refused ones too.
func (k *Kernel) Commands() []ipvs.Command {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.log)
}

// SetStats sets what Stats reports for a service that is there.
func (k *Kernel) SetStats(id ipvs.ServiceID, s ipvs.ServiceStats) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stats[id.Canonical()] = s
}

// String prints the table as `ipvsadm -Sn`.
func (k *Kernel) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return ipvs.Format(k.table)
}

// Read is the whole table, the caller's own copy.
func (k *Kernel) Read() (ipvs.Table, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reading != nil {
		return nil, k.reading
	}
	t := make(ipvs.Table, len(k.table))
	for id, s := range k.table {
		t[id] = told(s)
	}
	return t, nil
}

// ReadService is one service with its destinations; ESRCH if there is none.
func (k *Kernel) ReadService(id ipvs.ServiceID) (ipvs.Service, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reading != nil {
		return ipvs.Service{}, k.reading
	}
	s, ok := k.table[id.Canonical()]
	if !ok {
		return ipvs.Service{}, syscall.ESRCH
	}
	return told(s), nil
}

// told is what the kernel tells of a service. The map is the caller's: a later command does
// not change what it has read.
func told(s ipvs.Service) ipvs.Service {
	s.Dests = maps.Clone(s.Dests)
	if s.Settings.Scheduler != ipvs.Maglev {
		s.History = nil
	} else {
		s.History = &ipvs.History{Order: slices.Clone(s.History.Order)}
	}
	return s
}

// Known is a service with what the kernel goes by and does not tell: the last weights.
func (k *Kernel) Known(id ipvs.ServiceID) ipvs.Service {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.table[id.Canonical()]
	s.Dests = maps.Clone(s.Dests)
	return s
}

// Do carries out one command; the error is an *ipvs.CommandError.
func (k *Kernel) Do(c ipvs.Command) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	// Noted before it can be refused: tests look at what was tried.
	k.log = append(k.log, c)
	if k.refuse != nil {
		if err := k.refuse(c); err != nil {
			return refusal(c, err)
		}
	}
	if errno := k.change(c); errno != 0 {
		return refusal(c, errno)
	}
	return nil
}

// Apply carries out commands in order, each whatever became of those before. It
// gives nil if all succeeded, else one error or nil per command.
func (k *Kernel) Apply(cmds []ipvs.Command) []error {
	var errs []error
	for i, c := range cmds {
		if err := k.Do(c); err != nil {
			if errs == nil {
				errs = make([]error, len(cmds))
			}
			errs[i] = err
		}
	}
	return errs
}

// Flush deletes all services.
func (k *Kernel) Flush() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.table)
	clear(k.stats)
	return nil
}

// Timeouts are the idle times of connections.
func (k *Kernel) Timeouts() (ipvs.Timeouts, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.timeouts, k.reading
}

// SetReceiveBuffer notes the size.
func (k *Kernel) SetReceiveBuffer(s sockbuf.Size) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buffer = s
	return nil
}

// ReceiveBuffer is what SetReceiveBuffer was given last.
func (k *Kernel) ReceiveBuffer() sockbuf.Size {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.buffer
}

// SetTimeouts sets those that are not 0.
func (k *Kernel) SetTimeouts(t ipvs.Timeouts) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range []struct {
		have *time.Duration
		want time.Duration
	}{{&k.timeouts.TCP, t.TCP}, {&k.timeouts.TCPFin, t.TCPFin}, {&k.timeouts.UDP, t.UDP}} {
		if f.want != 0 {
			// The kernel keeps whole seconds, and leaves alone what is 0.
			*f.have = f.want.Truncate(time.Second)
		}
	}
	return nil
}

// Switch is what a switch is set to.
func (k *Kernel) Switch(s ipvs.Switch) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.switches[s], k.reading
}

// SetSwitch sets a switch.
func (k *Kernel) SetSwitch(s ipvs.Switch, value int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.switches[s] = value
	return nil
}

// Stats are those of SetStats, or all zero; ESRCH if there is no such service.
func (k *Kernel) Stats(id ipvs.ServiceID) (ipvs.ServiceStats, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	id = id.Canonical()
	s, ok := k.table[id]
	if !ok {
		return ipvs.ServiceStats{}, syscall.ESRCH
	}
	if st, ok := k.stats[id]; ok {
		return st, nil
	}
	st := ipvs.ServiceStats{Dests: map[ipvs.DestID]ipvs.DestStats{}}
	for d := range s.Dests {
		st.Dests[d] = ipvs.DestStats{}
	}
	return st, nil
}

// Close does nothing; the table stays, as in the kernel.
func (k *Kernel) Close() error { return nil }

func refusal(c ipvs.Command, err error) error {
	e := &ipvs.CommandError{Command: c, Err: err}
	if errno, ok := err.(syscall.Errno); ok {
		e.Errno = int(errno)
	}
	return e
}
