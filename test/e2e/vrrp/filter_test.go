//go:build e2e

package vrrp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/test/lab"
)

// What becomes of a connection to a port where nobody listens.
const (
	answered = "answered" // by a refusal: the packet has got there
	dropped  = "dropped"
)

// reaches tries a connection from a host to an address.
func reaches(h *lab.Host, to netip.Addr) (string, error) {
	if to.IsLinkLocalUnicast() {
		index, err := h.Run("cat", "/sys/class/net/eth0/ifindex")
		if err != nil {
			return "", err
		}
		// By its number: the library remembers names, and there are many hosts with an eth0.
		to = to.WithZone(strings.TrimSpace(index))
	}
	var err error
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if e := h.Do(func() error {
		var c net.Conn
		var d net.Dialer
		if c, err = d.DialContext(ctx, "tcp", netip.AddrPortFrom(to, 9).String()); err == nil {
			err = errors.Join(errors.New("somebody listens"), c.Close())
		}
		return nil
	}); e != nil {
		return "", e
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return answered, nil
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return dropped, nil
	}
	return err.Error(), nil
}

func (p *pair) reaches(to netip.Addr, want string) {
	p.Helper()
	p.must(lab.Eventually(5*time.Second, fmt.Sprintf("a connection to %v to be %s", to, want), func() (bool, string) {
		got, err := reaches(p.stranger, to)
		if err != nil {
			return false, err.Error()
		}
		return got == want, got
	}))
}

// neighbour checks that the stranger has found an address: neighbours are answered though packets are dropped.
func (p *pair) neighbour(of netip.Addr) {
	p.Helper()
	out, err := p.stranger.Run("ip", "neigh", "show", of.String())
	p.must(err)
	if !strings.Contains(out, "lladdr") {
		p.Errorf("%v is not known to its neighbour: %q", of, out)
	}
}

// ruleset is what nftables has on director i, without what differs on purpose or by chance.
func (p *pair) ruleset(i int) string {
	p.Helper()
	out, err := p.d[i].Run("nft", "-s", "list", "ruleset")
	p.must(err)
	var lines []string
	for line := range strings.Lines(out) {
		lines = append(lines, strings.TrimRight(line, "\n"))
	}
	return strings.Join(lines, "\n")
}

// filterOf is what is to be there for an IPv4 address, as with keepalived.
func filterOf(vip netip.Addr) string {
	return fmt.Sprintf(`table ip keepalived {
	set vips {
		type ipv4_addr
		elements = { %v }
	}

	chain out {
		type filter hook output priority filter - 1; policy accept;
		ip saddr @vips drop
	}

	chain in {
		type filter hook input priority filter - 1; policy accept;
		ip daddr @vips drop
	}
}`, vip)
}

// What is sent to the addresses of a master with no_accept is dropped, in either family and with strict mode on a
// virtual MAC interface too; its own address answers, and so do neighbours.
func TestNoAccept(t *testing.T) {
	t.Parallel()
	strict := v3()
	strict.interval = time.Second
	strict.dev = "vrrp.51"
	strict.extra = [2]string{"    strict_mode\n    use_vmac", "    strict_mode\n    use_vmac"}
	vmac := v3().over6()
	vmac.dev = "vrrp.51"
	vmac.extra = [2]string{"    use_vmac\n    no_accept", "    use_vmac\n    no_accept"}
	for name, s := range map[string]setup{"IPv4": v3(), "IPv6": v3().over6(), "strict_vmac": strict, "IPv6_vmac": vmac} {
		if s.extra[0] == "" {
			s.extra = [2]string{"    no_accept", "    no_accept"}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachPairing(t, s, filtered)
		})
	}
}

func filtered(p *pair) {
	p.countReports()
	p.startBoth()
	if p.six() { // to reach a global address
		p.must(p.stranger.AddAddr("eth0", netip.MustParsePrefix("2001:db8::66/64")))
	}
	check := func(i int) {
		p.Helper()
		for _, vip := range p.vips {
			p.reaches(vip, dropped)
			p.neighbour(vip)
		}
		p.reaches(p.addr[i], answered)
		if diff := cmp.Diff(filterOf(p.vip()), p.ruleset(i)); diff != "" && !p.six() && p.dev == "" {
			p.Errorf("in the kernel (-want +got):\n%s", diff)
		}
	}
	check(0)
	p.reports()
	if underTest(p.d[0]) && p.dev == "" {
		p.flushed()
		p.opened()
	}
	told := p.terminate(0)
	p.becomesMaster(1, told, 5*time.Second)
	p.ended(0, told)
	if left := p.ruleset(0); left != "" {
		p.Errorf("left after the stop: %s", left)
	}
	check(1)
}

// countReports makes the stranger count the reports of groups that come from the first address.
func (p *pair) countReports() {
	p.Helper()
	if !p.six() {
		return
	}
	_, err := p.stranger.Run("nft", fmt.Sprintf(`add table ip6 watch; add chain ip6 watch heard { type filter hook prerouting priority 0; };
		add rule ip6 watch heard ip6 saddr %v icmpv6 type mld2-listener-report counter`, p.vips[0]))
	p.must(err)
}

// reports checks that switches hear of the groups of an address on a virtual MAC interface, which has no other to send
// reports from: without them a switch sends no neighbour solicitations there (RFC 4541).
func (p *pair) reports() {
	p.Helper()
	if !p.six() || p.dev == "" || !underTest(p.d[0]) { // keepalived's interface has an address of its own
		return
	}
	p.must(lab.Eventually(5*time.Second, "a report of groups", func() (bool, string) {
		out, err := p.stranger.Run("nft", "list", "table", "ip6", "watch")
		return err == nil && strings.Contains(out, "counter") && !strings.Contains(out, "packets 0 "), out
	}))
}

// flushed checks that the filter comes back when somebody removes all rules of the kernel.
func (p *pair) flushed() {
	p.Helper()
	want, mark := p.ruleset(0), p.mark(0)
	for range 2 {
		_, err := p.d[0].Run("nft", "flush", "ruleset")
		p.must(err)
		p.must(lab.Eventually(5*time.Second, "the same rules", func() (bool, string) {
			got := p.ruleset(0)
			return got == want, got
		}))
	}
	p.logged(0, mark, "nftables table keepalived was removed or changed by somebody else, made it again (2 times so far)")
	p.reaches(p.vip(), dropped)
}

// opened checks that a reload opens the addresses of a master, and closes them again.
func (p *pair) opened() {
	p.Helper()
	mark := p.mark(0)
	p.must(p.d[0].Edit("    no_accept", "    accept"))
	p.must(p.d[0].Reload())
	p.reaches(p.vip(), answered)
	if left := p.ruleset(0); left != "" {
		p.Errorf("left after no_accept was taken away: %s", left)
	}
	p.must(p.d[0].Edit("    accept", "    no_accept"))
	p.must(p.d[0].Reload())
	p.reaches(p.vip(), dropped)
	if log := p.d[0].Proc.LogSince(mark); containsState(log) {
		p.Errorf("a transition:\n%s", log)
	}
}

// ours are two of the daemon under test, none if there is nothing to test but keepalived.
func ours() [][2]string {
	var list [][2]string
	for _, p := range pairings() {
		if p[0] != "keepalived" && p[1] != "keepalived" {
			list = append(list, p)
		}
	}
	return list
}

// There is no moment at which an address with no_accept can be reached: not while a master comes or goes, and not
// when its process is killed, and started again. A rule behind the filter counts what gets through of packets that
// come all the time.
func TestNoMomentIsOpen(t *testing.T) {
	t.Parallel()
	s := v3()
	s.extra = [2]string{"    no_accept", "    no_accept"}
	eachOf(t, ours(), func(t *lab.Trial, programs [2]string) {
		p := newPair(t, s, programs)
		d := p.d[0]
		_, err := d.Run("nft", fmt.Sprintf(`add table ip watch; add chain ip watch heard { type filter hook input priority 0; };
			add rule ip watch heard ip daddr %v counter`, p.vip()))
		p.must(err)
		p.flood()
		through := func() bool {
			out, err := d.Run("nft", "list", "table", "ip", "watch")
			p.must(err)
			return !strings.Contains(out, "packets 0 ")
		}
		for range 2 {
			p.becomesMaster(0, p.start(0), 5*time.Second)
			told := p.terminate(0)
			p.ended(0, told)
		}
		p.becomesMaster(0, p.start(0), 5*time.Second)
		p.must(d.Proc.KillTree())
		// Nobody has the address taken away, and it is blocked still.
		p.reaches(p.vip(), dropped)
		p.becomesMaster(0, p.start(0), 5*time.Second)
		if through() {
			out, err := d.Run("nft", "list", "ruleset")
			p.Errorf("something got through: %s %v", out, err)
		}
		// What a killed one has left goes also when nobody wants a filter any more.
		p.must(d.Proc.KillTree())
		p.must(d.Edit("    no_accept", "    accept"))
		p.becomesMaster(0, p.start(0), 5*time.Second)
		p.reaches(p.vip(), answered)
		p.must(lab.Eventually(3*time.Second, "what is accepted to get through", func() (bool, string) { return through(), "nothing" }))
		if out := p.ruleset(0); strings.Contains(out, "table ip keepalived") {
			p.Errorf("left: %s", out)
		}
	})
}

// flood sends packets from the stranger to the address all the time, at the hardware address of director 0 whether it
// is master or not.
func (p *pair) flood() {
	p.Helper()
	mac, err := p.d[0].Run("cat", "/sys/class/net/eth0/address")
	p.must(err)
	_, err = p.stranger.Run("ip", "neigh", "replace", p.vip().String(), "lladdr", strings.TrimSpace(mac), "dev", "eth0",
		"nud", "permanent")
	p.must(err)
	var c net.Conn
	p.must(p.stranger.Do(func() error {
		c, err = net.Dial("udp", netip.AddrPortFrom(p.vip(), 9).String())
		return err
	}))
	ended, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(200 * time.Microsecond); ; {
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
				_, _ = c.Write([]byte("knock")) // refused when it is answered
			}
		}
	}()
	p.Cleanup(func() {
		close(stop)
		<-ended
		if err := c.Close(); err != nil {
			p.Error(err)
		}
	})
}
