package engine

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap/zapcore"
	"golang.org/x/sys/unix"

	"holdfast/internal/logging"
	"holdfast/internal/netif"
	"holdfast/internal/notify"
	"holdfast/vrrp"
)

// do carries out what one call of the core asks for, plane by plane.
func (e *Engine) do(o vrrp.Output) {
	for _, t := range o.Send {
		e.transmit(t)
	}
	for _, v := range o.Addresses {
		e.want(v)
		e.followSync(v)
	}
	if len(o.Addresses) > 0 {
		// A route may need an address, so it comes after that and goes before.
		e.keepers.release()
		e.applyAddresses(nil)
		e.keepers.apply(e.now)
	}
	announced := e.announceAll(o.Announce)
	for n, l := range o.Log {
		announced = e.sayAnnounced(announced, n)
		e.logLine(l)
	}
	e.sayAnnounced(announced, len(o.Log))
	if e.opt.Notifier != nil {
		for _, n := range o.Notify {
			e.opt.Notifier.VRRP(notify.VRRPEvent{Group: n.Group != 0, Name: n.Name, State: notify.State(n.State),
				Priority: n.Priority, Config: n.Config, Repeated: n.Repeated,
				Peer: n.Peer, PeerPriority: n.PeerPriority, Lasted: n.Lasted})
		}
	}
	e.recordAll(o.Changes)
	e.announceRestored()
	if len(o.Addresses) > 0 {
		e.answer()
	}
}

// want takes one wish of the core; it has an effect with the next apply.
func (e *Engine) want(v vrrp.VIPs) {
	if v.Try {
		e.obstacles.trying[v.Router] = true
	}
	if !v.On {
		e.arp.Cancel(netif.Owner(v.Router))
		e.forgetOwed(v.Router)
		e.hush(e.routers.get(v.Router))
	}
	e.addrs.want(v.Router, v.On)
	e.keepers.want(v.Router, v.On && !v.Try)
}

// applyAddresses makes the host as wanted and logs what could not be done, except what is expected, if that is not nil.
func (e *Engine) applyAddresses(expected error) {
	e.block()
	if err := e.addrs.apply(); err != nil {
		e.logErrors(settingAddresses, err, expected)
	}
	e.unblock()
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
	logging.Line(e.log, level, l.Instance, l.Text)
}

// lull is how long an interface that had no room must have had some before that is said: a
// queue that drains slowly has room every now and then.
const lull = 10 * time.Second

// transmit sends one advertisement. Each interface has a socket of its own, so one that does
// not send has no room for its own adverts only; they are lost, the next is due soon.
func (e *Engine) transmit(t vrrp.Transmit) {
	// Routers whose port has no socket are in FAULT: what gets here is a master's last advert.
	if p := e.ports.using(e.routers.sender(t.Router).port); p != nil {
		e.sent(p, t, p.socket.send(t))
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
	r := e.routers.sender(t.Router)
	name := r.name()
	if errno == 0 {
		e.log.Info(fmt.Sprintf("(%s) sending advertisements on %s works again", name, r.sends), logging.Instance(name))
		return
	}
	e.log.Error(fmt.Sprintf("(%s) cannot send advertisement on %s to %v: %v", name, r.sends, t.Dst, errno),
		logging.Instance(name))
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

// announceRestored announces addresses that were added for instances which did not ask:
// somebody had removed them, or they went with their subnet's first address.
func (e *Engine) announceRestored() {
	e.announceLate()
	for _, id := range sortedKeys(e.addrs.restored) {
		list, r := e.addrs.restored[id], e.routers.get(id)
		delete(e.addrs.restored, id)
		for _, a := range list {
			e.log.Warn(fmt.Sprintf("Netlink reflector reports IP %v removed", a.Prefix.Addr()), logging.Instance(r.name()))
			e.log.Warn(fmt.Sprintf("(%s) restored IP %v on %s", r.name(), a.Prefix, a.Dev), logging.Instance(r.name()))
			e.recordRestored(r.name(), a)
			if e.addrs.throttle.done(e.now, vipOf(a)) {
				e.log.Warn(fmt.Sprintf("(%s) IP %v was removed %d times by somebody else, restoring once per %v from now on",
					r.name(), a.Prefix, repairsAtOnce, repairPause), logging.Instance(r.name()))
			}
		}
		e.logAnnounced(r, e.burst(r, list, max(r.cfg.GARPRepeat, 1)))
	}
}

// repair puts back addresses that are wanted and gone.
func (e *Engine) repair() {
	e.repairAt = zeroTime
	e.repairVMACs()
	e.applyAddresses(unix.ENODEV) // an interface that went with them is the watcher's news
	e.announceRestored()
	e.answer()
}
