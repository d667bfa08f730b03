package main

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"holdfast/test/lab"
)

// A crowd is many virtual routers on a pair of directors: what they cost while nothing happens, whether a backup takes
// over without need meanwhile, and how long the last address is away when the master is killed.
type crowd struct {
	part     string // as -only names it
	n        int
	interval float64 // seconds
	six      bool
	vmac     bool
}

var crowds = []crowd{
	{part: "crowd-1", n: 1000, interval: 1},
	{part: "crowd-0.1", n: 1000, interval: 0.1},
	{part: "crowd-0.01", n: 250, interval: 0.01},
	{part: "crowd-vmac", n: 200, interval: 0.1, vmac: true},
	{part: "crowd-ipv6", n: 1000, interval: 0.1, six: true},
}

// perLink is how many virtual routers are on an interface: their numbers are 1 to 255.
const perLink = 250

// String is the crowd in the table.
func (c crowd) String() string {
	s := fmt.Sprintf("%d at %g s", c.n, c.interval)
	if c.six {
		s += ", IPv6"
	}
	if c.vmac {
		s += ", VMAC"
	}
	return s
}

// limit is how long the protocol lets an address be away: three intervals and the skew time of priority 100 after the
// last advertisement.
func (c crowd) limit() time.Duration {
	return time.Duration(c.interval * (3 + 156./256) * float64(time.Second))
}

// links are the names of the interfaces.
func (c crowd) links() (names []string) {
	for i := range (c.n + perLink - 1) / perLink {
		names = append(names, fmt.Sprint("eth", i))
	}
	return names
}

// address is that of virtual router k.
func (c crowd) address(k int) netip.Addr {
	if c.six {
		return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 12: 0x60, 13: byte(k / perLink), 15: byte(1 + k%perLink)})
	}
	return netip.AddrFrom4([4]byte{10, byte(60 + k/perLink), 9, byte(1 + k%perLink)})
}

// config is the configuration of director i.
func (c crowd) config(i int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n    router_id bench\n    vrrp_version 3\n}\n")
	links := c.links()
	for k := range c.n {
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n    state BACKUP\n    interface %s\n", k, links[k/perLink])
		fmt.Fprintf(&b, "    virtual_router_id %d\n    priority %d\n    advert_int %g\n", 1+k%perLink, 200-100*i, c.interval)
		if c.vmac {
			b.WriteString("    use_vmac\n")
		}
		fmt.Fprintf(&b, "    virtual_ipaddress {\n        %v\n    }\n}\n", c.address(k))
	}
	return b.String()
}

// measure gives the figures of all programs.
func (c crowd) measure(o options, emit func(result)) error {
	for _, program := range o.programs {
		if err := c.measureOne(program, o.window, emit); err != nil {
			return fmt.Errorf("%s, %v: %w", program, c, err)
		}
	}
	return nil
}

func (c crowd) measureOne(program string, window time.Duration, emit func(result)) (err error) {
	p, err := newDuo(program, c.config)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := p.close(); err == nil {
			err = cerr
		}
	}()
	p.capture.Close() // ten thousand packets a second: it listens when that is of use
	if err := c.plug(p); err != nil {
		return err
	}
	tell := func(what string, value float64, unit string) {
		emit(result{What: fmt.Sprintf("%v: %s", c, what), Program: filepath.Base(program), Value: value, Unit: unit})
	}
	took, err := c.gather(p)
	if err != nil {
		return err
	}
	tell("all addresses after the start", milliseconds(took), "ms")
	if err := c.idle(p, window, tell); err != nil {
		return err
	}
	announced, err := c.kill(p)
	if err != nil {
		return err
	}
	tell("last address announced after SIGKILL", milliseconds(announced), "ms")
	tell(fmt.Sprintf("of the limit, %g ms", milliseconds(c.limit())), float64(announced)/float64(c.limit()), "x")
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// plug gives both directors the interfaces that there are besides eth0, with an address each.
func (c crowd) plug(p *duo) error {
	for k, name := range c.links()[1:] {
		if err := lab.Cable(name, p.d[0].Host, p.d[1].Host); err != nil {
			return err
		}
		for i, d := range p.d {
			a := netip.AddrFrom4([4]byte{10, byte(61 + k), 0, byte(1 + i)})
			if err := d.AddAddr(name, netip.PrefixFrom(a, 16)); err != nil {
				return err
			}
		}
	}
	return nil
}

// gather starts both directors, the second when the first has all addresses, which is timed.
func (c crowd) gather(p *duo) (time.Duration, error) {
	if err := lab.Eventually(20*time.Second, "link-local addresses that may be used", func() (bool, string) {
		out, err := p.d[0].Run("ip", "-6", "addr", "show", "tentative")
		return err == nil && strings.TrimSpace(out) == "", out
	}); err != nil {
		return 0, err
	}
	started := time.Now()
	if err := p.d[0].Start(); err != nil {
		return 0, err
	}
	if err := c.hasAll(p.d[0]); err != nil {
		return 0, err
	}
	took := time.Since(started)
	if err := p.d[1].Start(); err != nil {
		return 0, err
	}
	return took, lab.Eventually(time.Minute, "as many backups as there are virtual routers", func() (bool, string) {
		n := strings.Count(p.d[1].Proc.Log(), "Entering BACKUP STATE")
		return n >= c.n, fmt.Sprint(n)
	})
}

// hasAll waits until a director has the addresses of all virtual routers.
func (c crowd) hasAll(d *lab.Director) error {
	prefix := map[bool]string{false: ".9.", true: "fe80::6"}[c.six]
	err := lab.Eventually(time.Minute, "all addresses", func() (bool, string) {
		time.Sleep(20 * time.Millisecond) // not to take the processor from what is measured
		out, err := d.Run("ip", "-o", "addr")
		n := 0
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); len(f) > 3 && strings.Contains(f[3], prefix) {
				n++
			}
		}
		return n >= c.n, fmt.Sprint(n, " addresses ", err)
	})
	if err != nil {
		log := d.Proc.Log()
		return fmt.Errorf("%w\n%s", err, log[max(0, len(log)-2000):])
	}
	return nil
}

// idle watches the directors for a while in which nothing happens.
func (c crowd) idle(p *duo, window time.Duration, tell func(what string, value float64, unit string)) error {
	time.Sleep(7 * time.Second) // the second burst of announcements is over
	mark, began := p.d[1].Proc.LogSize(), time.Now()
	var before [2]float64
	for i, d := range p.d {
		var err error
		if before[i], err = cpuSeconds(d.Proc); err != nil {
			return err
		}
	}
	time.Sleep(window)
	span := time.Since(began).Seconds()
	for i, d := range p.d {
		role := [2]string{"master", "backup"}[i]
		busy, rss, err := taken(d.Proc, before[i], span)
		if err != nil {
			return err
		}
		tell("processor, "+role, busy, "%")
		tell("memory, "+role, rss, "MB")
	}
	masters := strings.Count(p.d[1].Proc.LogSince(mark), "Entering MASTER STATE")
	tell(fmt.Sprintf("take-overs without need in %.0f s", span), float64(masters), "")
	return nil
}

// kill kills the master and tells when the other one has announced the last of its addresses.
func (c crowd) kill(p *duo) (time.Duration, error) {
	var wires []*lab.Capture
	for _, link := range c.links() {
		w, err := p.d[1].Capture(link)
		if err != nil {
			return 0, err
		}
		defer w.Close()
		wires = append(wires, w)
	}
	killed := time.Now()
	if err := p.d[0].Proc.KillTree(); err != nil {
		return 0, err
	}
	// Looking for all of them takes time that both programs need now.
	time.Sleep(c.limit() + 300*time.Millisecond)
	last := time.Duration(0)
	err := lab.Eventually(c.limit()+30*time.Second, "announcements of all addresses", func() (bool, string) {
		missing := 0
		for k := range c.n {
			at := c.announced(wires[k/perLink], k, killed)
			if at.IsZero() {
				missing++
				continue
			}
			last = max(last, at.Sub(killed))
		}
		if missing > 0 {
			time.Sleep(200 * time.Millisecond)
		}
		return missing == 0, fmt.Sprint(missing, " are missing")
	})
	_, _, werr := p.d[0].Proc.Wait(killed, 10*time.Second)
	if err == nil {
		err = werr
	}
	return last, err
}

// announced is when the address of virtual router k was first announced, zero if it was not.
func (c crowd) announced(w *lab.Capture, k int, since time.Time) time.Time {
	if c.six {
		if list := w.NAs(c.address(k), since); len(list) > 0 {
			return list[0].At
		}
		return time.Time{}
	}
	if list := w.GARPs(c.address(k), since); len(list) > 0 {
		return list[0].At
	}
	return time.Time{}
}
