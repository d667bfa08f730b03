package engine

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap/zapcore"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/vrrp"
)

// do carries out the actions of one call of the core. First goes all that is sent, then the
// addresses of all instances together, then the first announcement of each of them, then
// the rest in order. For each instance that is advert, addresses, announcement, notification;
// with many instances the last one's advertisement does not wait for the addresses of
// the others, and nobody's announcement for the log or the scripts of anybody.
func (e *Engine) do(actions []vrrp.Action) {
	addresses := false
	for _, a := range actions {
		switch a := a.(type) {
		case vrrp.Transmit:
			e.transmit(a)
		case vrrp.VIPs:
			addresses = true
			if !a.On {
				e.arp.Cancel(a.Instance)
				e.forgetOwed(a.Instance)
			}
			e.addrs.want(a.Instance, a.On)
		case vrrp.Try:
			addresses = true
			e.obstacles.trying[a.Instance] = true
			e.addrs.want(a.Instance, true)
		}
	}
	if addresses {
		e.applyAddresses()
	}
	announced := e.announceActions(actions)
	for _, a := range actions {
		switch a := a.(type) {
		case vrrp.Transmit, vrrp.VIPs, vrrp.Try, vrrp.AnnounceSource:
		case vrrp.Announce:
			if e.opt.Detail {
				e.logAnnounced(a.Instance, announced[0])
				announced = announced[1:]
			}
		case vrrp.Notify:
			if e.opt.Notifier != nil {
				e.opt.Notifier.VRRP(a)
			}
		case vrrp.Log:
			e.logLine(a)
		default:
			panic(fmt.Sprintf("engine: unknown action %T", a))
		}
	}
	e.announceRestored()
	if addresses {
		e.answer()
	}
}

// applyAddresses makes the host as wanted and logs what could not be done.
func (e *Engine) applyAddresses() {
	if err := e.addrs.apply(); err != nil {
		e.logErrors(settingAddresses, err, nil)
	}
}

func (e *Engine) logLine(l vrrp.Log) {
	level := zapcore.InfoLevel
	switch l.Level {
	case vrrp.Debug:
		level = zapcore.DebugLevel
	case vrrp.Warning:
		level = zapcore.WarnLevel
	case vrrp.Error:
		level = zapcore.ErrorLevel
	}
	if c := e.log.Check(level, l.Text); c != nil {
		if l.Instance != "" {
			c.Write(logging.Instance(l.Instance))
		} else {
			c.Write()
		}
	}
}

// lull is how long an interface that had no room must have had some before that is said: a
// queue that drains slowly has room every now and then.
const lull = 10 * time.Second

// transmit sends one advertisement. Each interface has a socket of its own, so one that does
// not send has no room for its own adverts only; they are lost, the next is due soon.
func (e *Engine) transmit(t vrrp.Transmit) {
	if p := e.ports[t.Interface]; p != nil { // else the interface is away; the core knows
		e.sent(p, t, p.send(t))
	}
}

// sent logs a failure to send when it begins, when it changes, and when it is over.
func (e *Engine) sent(p *port, t vrrp.Transmit, err error) {
	var errno unix.Errno
	if err != nil && !errors.As(err, &errno) {
		errno = unix.EIO
	}
	full := errno == unix.EAGAIN || errno == unix.ENOBUFS
	if full {
		p.full = e.now
	}
	if errno == p.failed || errno == 0 && e.now.Sub(p.full) < lull {
		return
	}
	p.failed = errno
	if errno == 0 {
		e.log.Info(fmt.Sprintf("(%s) sending advertisements on %s works again", t.Instance, t.Interface), logging.Instance(t.Instance))
		return
	}
	e.log.Error(fmt.Sprintf("(%s) cannot send advertisement on %s to %v: %v", t.Instance, t.Interface, t.Dst, errno),
		logging.Instance(t.Instance))
}

const settingAddresses = "cannot set addresses: "

// logErrors writes one line for each of several joined errors, except those that are
// expected, if that is not nil.
func (e *Engine) logErrors(what string, err, expected error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			e.logErrors(what, one, expected)
		}
		return
	}
	if err == nil || expected != nil && errors.Is(err, expected) {
		return
	}
	e.log.Error(what + err.Error())
}

// instance is the configuration of the instance called name, empty if there is none. It must
// not be changed.
func (e *Engine) instance(name string) *config.Instance {
	if i := e.instances[name]; i != nil {
		return i
	}
	return &config.Instance{}
}

// byName finds instances by their names.
func byName(instances []config.Instance) map[string]*config.Instance {
	m := make(map[string]*config.Instance, len(instances))
	for i := range instances {
		m[instances[i].Name] = &instances[i]
	}
	return m
}

// announceRestored announces addresses that were added for instances which did not ask:
// somebody had removed them, or they went with their subnet's first address.
func (e *Engine) announceRestored() {
	e.announceLate()
	for _, name := range sortedKeys(e.addrs.restored) {
		list := e.addrs.restored[name]
		delete(e.addrs.restored, name)
		for _, a := range list {
			e.log.Warn(fmt.Sprintf("Netlink reflector reports IP %v removed", a.Prefix.Addr()), logging.Instance(name))
			e.log.Warn(fmt.Sprintf("(%s) restored IP %v on %s", name, a.Prefix, a.Dev), logging.Instance(name))
			if e.addrs.throttle.done(e.now, vipOf(a)) {
				e.log.Warn(fmt.Sprintf("(%s) IP %v was removed %d times by somebody else, restoring once per %v from now on",
					name, a.Prefix, repairsAtOnce, repairPause), logging.Instance(name))
			}
		}
		e.logAnnounced(name, e.burst(name, list, max(e.instance(name).GARPRepeat, 1)))
	}
}

// repair puts back addresses that are wanted and gone.
func (e *Engine) repair() {
	e.repairAt = zeroTime
	e.repairVMACs()
	if err := e.addrs.apply(); err != nil {
		e.logErrors(settingAddresses, err, unix.ENODEV) // an interface that went with them is the watcher's news
	}
	e.announceRestored()
	e.answer()
}
