package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/super"
)

// exit statuses of the daemon (cli 3).
const (
	statusConfig = 2
	statusRights = 4
)

// permanent gives errors that a restart of the role cannot cure their exit status.
func permanent(err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, fs.ErrPermission) {
		return &super.PermanentError{Status: statusRights,
			Err: fmt.Errorf("%w: VRRP needs the capabilities CAP_NET_ADMIN and CAP_NET_RAW, run as root or grant them", err)}
	}
	return err
}

// prepare gets ready for a configuration. With again it was accepted before, by a process that has died: an interface
// that has gone meanwhile is no error then, and its instances are in FAULT, as they were with that process.
func (e *Engine) prepare(cfg *config.Config, again bool) error {
	// A plan of before that came to nothing must not keep its sockets.
	e.abort()
	for i := range cfg.Instances {
		if err := e.check(cfg.Global.DynamicInterfaces || again, &cfg.Instances[i]); err != nil {
			// A restart of the role would find the same: status 2 (cli 3).
			return &super.PermanentError{Status: statusConfig, Err: err}
		}
	}
	e.silence(cfg)
	// Last: all that can be known without opening anything is known by now.
	if err := e.ports.prepare(e.foreseenPorts(cfg)); err != nil {
		return permanent(err)
	}
	e.planned = cfg
	return nil
}

// silence has nobody told of the groups that are about to be joined, if nobody shall be. No reload changes that
// (semantics 7.6).
func (e *Engine) silence(cfg *config.Config) {
	if e.silenced {
		return
	}
	e.silenced = true
	if e.opt.State != nil {
		// A former life that was killed has left the setting as it had it. What cannot be read is told
		// when the addresses are looked for.
		lives, _ := e.opt.State.Former()
		for _, l := range lives {
			e.sysctls.Inherit(slices.Values(l.Lines))
		}
	}
	var err error
	if cfg.Global.DisableLocalIGMP {
		err = e.sysctls.DisableLocalIGMP()
	} else {
		err = e.sysctls.AllowLocalIGMP()
	}
	if err != nil {
		e.log.Warn("cannot say whether the host tells of its multicast groups", zap.Error(err))
	}
}

// foreseenPorts are the ports of a configuration, as far as their interfaces are known before it is in use.
func (e *Engine) foreseenPorts(cfg *config.Config) []portKey {
	var want []portKey
	for n := range cfg.Instances {
		i, own := &cfg.Instances[n], ""
		lodging := lodgingOf(&cfg.Global, i)
		// With use_vmac the socket may have to be on an interface that is not there yet.
		if lodging.made {
			own = e.nameOf(lodging.link)
		}
		want = append(want, portOf(i, lodging, own))
	}
	return inOrder(want)
}

// check tells what makes an instance impossible on this host.
func (e *Engine) check(dynamic bool, i *config.Instance) error {
	// The own interface is the first one: the loop below tells it by that.
	devs := []string{i.Interface}
	for _, a := range addressesOf(i) {
		devs = append(devs, a.Dev)
		if l, ok := e.host.link(a.Dev); ok && a.written.VMAC && l.Loopback() {
			return fmt.Errorf("%v: (%s) use_vmac of %v: a virtual MAC interface cannot stand on the loopback interface %s",
				a.written.Pos, i.Name, a.Prefix.Addr(), a.Dev)
		}
	}
	for n, dev := range devs {
		l, ok := e.host.link(dev)
		// With dynamic_interfaces the instance waits in FAULT for it (semantics 4.3).
		// And so does one of an interface that something runs on, which has gone meanwhile.
		if !ok && !dynamic && !(e.cfg != nil && e.cfg.UsesInterface(dev)) {
			return fmt.Errorf("%v: (%s) interface %s does not exist; create it first or set dynamic_interfaces", i.Pos, i.Name,
				dev)
		}
		// Only the own one (semantics 4.5): addresses may be on the loopback interface.
		if ok && n == 0 && l.Loopback() {
			return fmt.Errorf("%v: (%s) cannot use the loopback interface %s for VRRP", i.Pos, i.Name, dev)
		}
	}
	return nil
}

// abort drops what prepare has made ready.
func (e *Engine) abort() {
	e.ports.abort()
	e.planned = nil
}
