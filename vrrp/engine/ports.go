package engine

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netif"
	"holdfast/vrrp"
	"holdfast/vrrp/wire"
)

// A portKey tells one port from another. Each multicast group has a port of its own: the kernel
// limits how many groups a socket joins, and refuses one without harm to the others. Each address
// family and authentication headers (protocol 51) are other ports too. A virtual router that lives on a virtual MAC
// interface has a port there of its own.
type portKey struct {
	dev              string
	family, protocol int        // as socket(2) takes them
	group            netip.Addr // the zero one for unicast
	vrid             uint8      // of the router that lives on dev; 0 if routers are only on it, as on any interface
	below            bool       // what is sent leaves the interface below dev
}

func (k portKey) compare(o portKey) int {
	return cmp.Or(cmp.Compare(k.dev, o.dev), cmp.Compare(k.family, o.family), cmp.Compare(k.protocol, o.protocol),
		cmp.Compare(k.vrid, o.vrid), cmp.Compare(truth(k.below), truth(o.below)), k.group.Compare(o.group))
}

// String names the port for people.
func (k portKey) String() string {
	text := k.dev
	if k.protocol == wire.AHProtocol {
		text += " with authentication headers"
	}
	if k.group.IsValid() {
		text += " with group " + k.group.String()
	}
	if k.vrid != 0 {
		text = fmt.Sprintf("%s for VRID %d", text, k.vrid)
	}
	return text
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// portTo is the port on an interface that adverts to a destination go through. Which kind of sockets that is
// is decided here and nowhere else.
func portTo(dev string, dst netip.Addr) portKey {
	k := portKey{dev: dev, family: unix.AF_INET, protocol: protocol}
	if dst.Is6() {
		k.family = unix.AF_INET6
	}
	if dst.IsMulticast() {
		k.group = dst
	}
	return k
}

// portOf is the port that a virtual router sends and receives through; own is the interface of its lodging, if
// that is one of its own.
func portOf(i *config.Instance, l lodging, own string) portKey {
	dst := vrrp.MulticastGroup(i)
	if len(i.UnicastPeers) > 0 {
		dst = i.UnicastPeers[0].Addr // they are of one family
	}
	k := portTo(i.Interface, dst)
	switch {
	case l.frames && dst.IsMulticast():
		k = portTo(own, dst)
		k.vrid, k.below = i.VRID, !l.leavesBy(i)
	case l.made && l.leavesBy(i):
		k = portTo(own, dst)
	}
	if vrrp.UsesAH(i) {
		k.protocol = wire.AHProtocol
	}
	return k
}

// inOrder gives ports each once and in a certain order: what fails is the same with every start.
func inOrder(want []portKey) []portKey {
	slices.SortFunc(want, portKey.compare)
	return slices.Compact(want)
}

// A socket is what a port receives and sends with on one interface. It is a member of the port's group
// until it is closed.
type socket interface {
	fd() int // is readable when something was received
	send(vrrp.Transmit) error
	resize(bytes int) // the receive buffer; what waits in it stays
	close()
}

// An opener opens the socket of a port on its interface.
type opener func(portKey, netif.Link) (socket, error)

// An endpoint is an open socket, or none.
type endpoint struct {
	socket socket
	index  int // of the interface it was opened for, or should have been
	member int // of the interface on which the group is joined
}

// at is an endpoint of a port on its interface.
func (k portKey) at(l netif.Link, s socket) endpoint {
	e := endpoint{socket: s, index: l.Index, member: l.Index}
	if k.vrid != 0 {
		e.member = l.Parent // see frame.go
	}
	return e
}

// A port is what virtual routers on an interface send and receive through, for as long as the configuration
// has such routers; the interface may come and go, and sockets may be refused, all that time.
type port struct {
	key portKey
	endpoint
	// first is set for one of the ports that differ in nothing but their groups: each of their sockets gets
	// what was sent to this host alone, and only one of them is to hand it on.
	first bool

	err   error // why there is no socket although there is an interface
	retry backoff
	said  string // the error that was last reported

	failed unix.Errno // of the last send; logged when it changes
	full   time.Time  // when there was last no room to send
}

// takes reports whether the port hands on what was sent to an address.
func (p *port) takes(dst netip.Addr) bool { return dst.IsMulticast() || p.first }

// ports give each port a socket whenever its interface is there, and know which have none and why. A first
// start, a reload, an interface that comes back and another attempt after a failure are all the same to
// them.
type ports struct {
	open opener
	poll waiter
	// link finds an interface by its name.
	link func(name string) (netif.Link, bool)
	// say reports that a port cannot be used or, without an error, that it can be again.
	say func(k portKey, err error)

	want     []portKey
	all      map[portKey]*port // those wanted, and during a reload those that no longer are
	byFD     map[int]*port
	prepared *portPlan
}

// A waiter waits for sockets to be readable; epoll.Poller is one.
type waiter interface {
	Add(fd int) error
	Remove(fd int)
}

// A portPlan is what another configuration wants, and the sockets it needs that are not there yet.
type portPlan struct {
	want  []portKey
	fresh map[portKey]endpoint
}

func newPorts(open opener, poll waiter, link func(string) (netif.Link, bool), say func(portKey, error)) *ports {
	return &ports{open: open, poll: poll, link: link, say: say, all: map[portKey]*port{}, byFD: map[int]*port{}}
}

// prepare opens the sockets that are wanted and not there. Nothing in use is touched. The only error is
// that of a process without the right to have such sockets. Whatever else fails concerns one interface, may
// be over soon, and is tried again by commit.
func (ps *ports) prepare(want []portKey) error {
	ps.abort()
	ps.prepared = &portPlan{want: want, fresh: map[portKey]endpoint{}}
	for _, k := range want {
		// With dynamic_interfaces one that is not there is no reason to refuse the configuration: follow opens
		// the socket when it comes.
		l, exists := ps.link(k.dev)
		if p := ps.all[k]; !exists || p != nil && p.socket != nil && p.index == l.Index {
			continue
		}
		s, err := ps.open(k, l)
		if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
			ps.abort()
			return fmt.Errorf("open VRRP sockets on %s: %w", k.dev, err)
		}
		if err == nil {
			ps.prepared.fresh[k] = k.at(l, s)
		}
	}
	return nil
}

// abort undoes prepare.
func (ps *ports) abort() {
	if ps.prepared == nil {
		return
	}
	for _, fresh := range ps.prepared.fresh {
		fresh.socket.close()
	}
	ps.prepared = nil
}

// commit makes the prepared ports those in use. Ports that are not wanted any more stay until
// dropUnwanted: a master that goes with them has yet to resign.
func (ps *ports) commit(now time.Time) {
	plan := ps.prepared
	ps.prepared = nil
	ps.replace(now, plan.want, plan.fresh)
}

// require makes others the ports in use: where virtual routers are has become known, or has changed. Those
// that are not wanted any more stay until dropUnwanted.
func (ps *ports) require(now time.Time, want []portKey) {
	if slices.Equal(want, ps.want) {
		ps.follow(now)
		return
	}
	ps.replace(now, want, nil)
}

func (ps *ports) replace(now time.Time, want []portKey, sockets map[portKey]endpoint) {
	ps.want = want
	// want is sorted by the group last: ports that differ in it only stand side by side, and
	// the first of them hands on unicasts.
	var before portKey
	for _, k := range ps.want {
		p := ps.all[k]
		if p == nil {
			p = &port{key: k}
			ps.all[k] = p
		}
		before.group = k.group
		p.first = before != k
		before = k
		if fresh, ok := sockets[k]; ok {
			ps.disuse(p)
			_ = ps.install(p, fresh) // a port that has none after this gets one in the next line
		}
		ps.tend(p, now)
	}
}

// dropUnwanted closes the ports that nothing needs any more.
func (ps *ports) dropUnwanted() {
	for k, p := range ps.all {
		// want is sorted, see inOrder.
		if _, wanted := slices.BinarySearchFunc(ps.want, k, portKey.compare); !wanted {
			ps.shut(p)
			delete(ps.all, k)
		}
	}
}

// gone takes note of an interface that was removed. Its sockets are closed before another with its index gets new
// ones: a socket that is closed takes its group from whatever interface has that index then.
func (ps *ports) gone(index int) {
	ps.discard(func(_ portKey, e endpoint) bool { return e.index == index })
}

// narrow takes note of an interface whose MTU is too small for IPv6: the kernel has taken all of IPv6 from
// it, and the groups do not come back with the MTU.
func (ps *ports) narrow(index int) {
	ps.discard(func(k portKey, e endpoint) bool { return e.member == index && k.family == unix.AF_INET6 })
}

// unknown takes note that any interface may have been removed, and another be in its place.
func (ps *ports) unknown() {
	ps.discard(func(portKey, endpoint) bool { return true })
}

func (ps *ports) discard(which func(portKey, endpoint) bool) {
	for _, p := range ps.all {
		if which(p.key, p.endpoint) { // follow finds that it has none any more
			ps.disuse(p)
		}
	}
	if ps.prepared == nil {
		return
	}
	for k, fresh := range ps.prepared.fresh {
		if which(k, fresh) { // commit opens it again
			fresh.socket.close()
			delete(ps.prepared.fresh, k)
		}
	}
}

// follow brings the ports in line with interfaces that came, went or changed places.
func (ps *ports) follow(now time.Time) {
	for _, k := range ps.want {
		p := ps.all[k]
		if l, exists := ps.link(k.dev); !exists || p.index != l.Index {
			ps.tend(p, now)
		}
	}
}

// attempt tries again what has failed and is due.
func (ps *ports) attempt(now time.Time) {
	for _, k := range ps.want {
		if p := ps.all[k]; p.retry.due(now) {
			ps.tend(p, now)
		}
	}
}

// next is when the next attempt is due, zero if none is.
func (ps *ports) next() (at time.Time) {
	for _, p := range ps.all {
		at = earlier(at, p.retry.at)
	}
	return at
}

// hasten brings the attempts forward: something has changed.
func (ps *ports) hasten(now time.Time) {
	for _, p := range ps.all {
		p.retry.hasten(now)
	}
}

// deaf is why virtual routers with this port can neither send nor receive, nil if they can, or if
// there is no such interface: that is for others to tell.
func (ps *ports) deaf(k portKey) error {
	if p := ps.all[k]; p != nil {
		return p.err
	}
	return nil
}

// anyDeaf reports whether there is a port that cannot be used.
func (ps *ports) anyDeaf() bool {
	for _, p := range ps.all {
		if p.err != nil {
			return true
		}
	}
	return false
}

// using is the port with a key if it has a socket, otherwise nil.
func (ps *ports) using(k portKey) *port {
	if p := ps.all[k]; p != nil && p.socket != nil {
		return p
	}
	return nil
}

// close closes all of them.
func (ps *ports) close() {
	ps.abort()
	ps.want = nil
	ps.dropUnwanted()
}

// tend makes a port what it has to be now, or plans another attempt.
func (ps *ports) tend(p *port, now time.Time) {
	l, exists := ps.link(p.key.dev)
	if !exists {
		ps.shut(p)
		return
	}
	// A socket stays bound to the index it was opened with. Another interface of that name would leave it
	// silent for ever, without an error.
	p.err = nil
	if p.socket == nil || p.index != l.Index {
		p.err = ps.reopen(p, l)
	}
	said := p.said
	if p.err != nil {
		p.retry.fail(now)
		p.said = p.err.Error()
	} else {
		p.retry, p.said = backoff{}, ""
	}
	if p.said != said { // once for each reason, and once when it is over: attempts go on for hours
		ps.say(p.key, p.err)
	}
}

// reopen gives a port a new socket.
func (ps *ports) reopen(p *port, l netif.Link) error {
	ps.disuse(p)
	s, err := ps.open(p.key, l)
	if err == nil {
		err = ps.install(p, p.key.at(l, s))
	}
	if err != nil {
		p.endpoint = endpoint{index: l.Index} // else follow would try again at every event
	}
	return err
}

// install gives a socket to a port that has none, or closes it.
func (ps *ports) install(p *port, fresh endpoint) error {
	if err := ps.poll.Add(fresh.socket.fd()); err != nil {
		fresh.socket.close()
		return err
	}
	p.endpoint = fresh
	ps.byFD[p.socket.fd()] = p
	return nil
}

// shut closes a port's socket, if there is one, and forgets what was wrong with it.
func (ps *ports) shut(p *port) {
	ps.disuse(p)
	p.err, p.retry, p.said = nil, backoff{}, ""
}

// disuse takes its socket from a port.
func (ps *ports) disuse(p *port) {
	if p.socket != nil {
		// In this order: a number that is closed may be another descriptor's at once.
		ps.poll.Remove(p.socket.fd())
		delete(ps.byFD, p.socket.fd())
		p.socket.close()
	}
	p.endpoint = endpoint{}
}
