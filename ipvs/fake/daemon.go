package fake

import (
	"maps"
	"slices"
	"syscall"

	"holdfast/ipvs"
)

// SetLink makes an interface of an MTU, on which synchronisation daemons can be started.
func (k *Kernel) SetLink(name string, mtu int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lastIndex++
	k.links[name] = link{mtu, k.lastIndex}
}

// RemoveLink removes an interface. What runs on it goes on, to no purpose.
func (k *Kernel) RemoveLink(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.links, name)
}

// LinkIndex is the number of an interface, 0 if it is not there.
func (k *Kernel) LinkIndex(name string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.links[name].index
}

type link struct{ mtu, index int }

// RefuseDaemons makes the kernel ask f before each command about a daemon; one for which f gives an error (a
// syscall.Errno) fails with it and changes nothing. nil ends that.
func (k *Kernel) RefuseDaemons(f func(ipvs.DaemonCommand) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refuseDaemon = f
}

// DaemonCommands are all commands about daemons so far, refused ones too.
func (k *Kernel) DaemonCommands() []ipvs.DaemonCommand {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.daemonLog)
}

// Daemons are the synchronisation daemons that run.
func (k *Kernel) Daemons() (ipvs.Daemons, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reading != nil {
		return nil, k.reading
	}
	return maps.Clone(k.daemons), nil
}

// DoDaemon starts or stops one; the error is an *ipvs.DaemonError.
func (k *Kernel) DoDaemon(c ipvs.DaemonCommand) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.daemonLog = append(k.daemonLog, c)
	if k.refuseDaemon != nil {
		if err := k.refuseDaemon(c); err != nil {
			return refusedDaemon(c, err)
		}
	}
	if errno := k.changeDaemon(c); errno != 0 {
		return refusedDaemon(c, errno)
	}
	return nil
}

func refusedDaemon(c ipvs.DaemonCommand, err error) error {
	e := &ipvs.DaemonError{Command: c, Err: err}
	if errno, ok := err.(syscall.Errno); ok {
		e.Errno = int(errno)
	}
	return e
}

// changeDaemon carries out a command and gives the errno the kernel would, in the kernel's order.
func (k *Kernel) changeDaemon(c ipvs.DaemonCommand) syscall.Errno {
	_, there := k.daemons[c.State]
	known := c.State == ipvs.MasterDaemon || c.State == ipvs.BackupDaemon
	if c.Stop {
		switch {
		case !known:
			return syscall.EINVAL
		case !there:
			return syscall.ESRCH
		}
		delete(k.daemons, c.State)
		return 0
	}
	on, isThere := k.links[c.Daemon.Interface]
	switch {
	case c.Daemon.Group.IsValid() && !c.Daemon.Group.IsMulticast(), k.mixed():
		return syscall.EINVAL
	case !isThere:
		return syscall.ENODEV
	case !known:
		return syscall.EINVAL
	case there:
		return syscall.EEXIST
	}
	k.daemons[c.State] = started(c.State, c.Daemon, on.mtu)
	return 0
}

// started is what the kernel reports of a daemon it was asked for.
func started(s ipvs.DaemonState, d ipvs.Daemon, mtu int) ipvs.Daemon {
	d = d.WithDefaults()
	headers := 20 + 8
	if d.Group.Is6() {
		headers = 40 + 8
	}
	least, take := 1, 1500
	if s == ipvs.BackupDaemon {
		least, take = 1024, min(max(mtu, 1500), 65535)
	}
	if d.MaxLen == 0 {
		d.MaxLen = uint16(take - headers)
	} else {
		d.MaxLen = uint16(min(max(int(d.MaxLen), least), 65535-headers))
	}
	return d
}

// mixed reports whether a destination is of another family than its service.
func (k *Kernel) mixed() bool {
	for id, s := range k.table {
		for d := range s.Dests {
			if ipvs.FamilyOf(d.Addr) != id.Family {
				return true
			}
		}
	}
	return false
}
