package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/super"
)

// A plan is a configuration that can run, with the sockets it needs and the running
// one does not have.
type plan struct {
	cfg   *config.Config
	needs map[string]need // by interface
	ports []*port
}

// need is what an interface's receive socket has to take.
type need struct{ groups []netip.Addr }

func needsOf(instances []config.Instance) map[string]need {
	needs := map[string]need{}
	for k := range instances {
		i := &instances[k]
		n := needs[i.Interface]
		if g := group(i); len(i.UnicastPeers) == 0 && !slices.Contains(n.groups, g) {
			n.groups = append(n.groups, g)
		}
		needs[i.Interface] = n
	}
	return needs
}

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

func (e *Engine) prepare(cfg *config.Config) error {
	e.abort()
	cfg = config.Built(cfg)
	p := &plan{cfg: cfg, needs: needsOf(cfg.Instances)}
	for i := range cfg.Instances {
		if err := e.check(cfg.Global.DynamicInterfaces, &cfg.Instances[i]); err != nil {
			return &super.PermanentError{Status: statusConfig, Err: err}
		}
	}
	for dev, n := range p.needs {
		if err := e.preparePort(p, dev, n); err != nil {
			p.close()
			return permanent(err)
		}
	}
	e.plan = p
	return nil
}

// check tells what makes an instance impossible on this host.
func (e *Engine) check(dynamic bool, i *config.Instance) error {
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
		if !ok && !dynamic {
			return fmt.Errorf("%v: (%s) interface %s does not exist; create it first or set dynamic_interfaces", i.Pos, i.Name, dev)
		}
		if ok && n == 0 && l.Loopback() {
			return fmt.Errorf("%v: (%s) cannot use the loopback interface %s for VRRP", i.Pos, i.Name, dev)
		}
	}
	return nil
}

// preparePort makes sure that dev can be used as n says. Groups are joined already:
// joining only makes the host listen. That is done without multicast too: the instance will be
// in FAULT, but the flag may be set later.
func (e *Engine) preparePort(p *plan, dev string, n need) error {
	link, ok := e.host.link(dev)
	if !ok {
		return nil // dynamic: opened when it appears
	}
	use := e.ports[dev]
	if use == nil || use.index != link.Index {
		fresh, err := openPort(link)
		if err != nil {
			return err
		}
		p.ports = append(p.ports, fresh)
		use = fresh
	}
	for _, g := range n.groups {
		if err := use.join(g); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) close() {
	for _, port := range p.ports {
		port.close()
	}
}

// abort drops the plan. Groups that it joined on sockets in use are left with the next
// commit.
func (e *Engine) abort() {
	if e.plan != nil {
		e.plan.close()
		e.plan = nil
	}
}

// group is where a multicast instance sends to and listens (semantics 2.1).
func group(i *config.Instance) netip.Addr {
	if i.MulticastGroup.IsValid() {
		return i.MulticastGroup
	}
	return netip.AddrFrom4([4]byte{224, 0, 0, 18})
}
