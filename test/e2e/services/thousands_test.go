//go:build e2e && uml

package services

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/ipvs/kernel"
	"holdfast/test/lab"
)

// A crowd is ten thousand real servers behind a director that is a master of a virtual router as well.
const (
	crowdServices = 100
	crowdServers  = 100 // of each
	crowdLoop     = 30 * time.Second
	crowdTimeout  = time.Second // and the pause before the one retry
	advertEvery   = 500 * time.Millisecond
	look          = 250 * time.Millisecond // at the table, between two
)

// TestTenThousandDieBesideAMaster: ten thousand real servers refuse connections in one moment, or stop answering, and come
// back. The adverts of the virtual router beside them are on time all the while, however busy the checks make the machine. All
// servers are out of the table, and in it again, as soon as their next checks and retries allow, where it has time for that many
// checks; TestTenThousandDie asks for that on any machine.
func TestTenThousandDieBesideAMaster(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		c := newCrowd(t)
		since := c.moves("all are in the table at the start", true, time.Minute, func() { c.must(c.d.Start()); t.Witness(c.d.Proc.Log) })
		c.must(lab.Eventually(patience, "the first advert", func() (bool, string) {
			return len(c.adverts(since)) > 0, c.d.Proc.Log()
		}))
		c.phase("the first checks of all", true, crowdLoop+2*crowdTimeout, func() { time.Sleep(crowdLoop) })
		c.phase("refused", false, crowdLoop+crowdTimeout, func() { c.must(c.port.Close()) })
		c.phase("back", true, crowdLoop+crowdTimeout, c.listen)
		c.phase("silent", false, crowdLoop+3*crowdTimeout, func() { c.addresses("del") })
		c.phase("answering again", true, crowdLoop+crowdTimeout, func() { c.addresses("add") })
		c.moves("gone at the stop", false, 5*time.Second, func() { c.must(c.d.Proc.Signal(syscall.SIGTERM)) })
		if status, _, err := c.d.Proc.Wait(time.Now(), patience); err != nil || status != 0 {
			t.Errorf("status %d, %v", status, err)
		}
	})
}

type crowd struct {
	*lab.Trial
	d       *lab.Director
	servers *lab.Host
	port    net.Listener
	handle  *kernel.Handle
	wire    *lab.Capture
	beat    *lab.Metronome
}

func (c *crowd) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func newCrowd(t *lab.Trial) *crowd {
	c := &crowd{Trial: t, beat: lab.StartMetronome()}
	t.Cleanup(c.beat.Stop)
	lan, err := lab.NewLAN(t.TempDir())
	c.must(err)
	t.Cleanup(func() { c.must(lan.Close()) })
	c.servers, err = lan.AddHost("servers", netip.MustParsePrefix("10.70.0.2/16"))
	c.must(err)
	c.addresses("add")
	c.listen()
	t.Cleanup(func() { c.port.Close() })
	director, err := lan.AddHost("director", netip.MustParsePrefix("10.70.0.1/16"))
	c.must(err)
	if out, err := director.Run("ip", "route", "add", "10.50.0.0/16", "via", "10.70.0.2"); err != nil {
		t.Fatal(err, out)
	}
	c.wire, err = lan.Capture()
	c.must(err)
	t.Cleanup(func() { c.wire.Close() })
	c.must(director.Do(func() (err error) {
		c.handle, err = kernel.Open()
		return err
	}))
	t.Cleanup(func() { _ = c.handle.Close() }) // nothing is written with it
	c.d = lab.NewDirector(director, lab.Program())
	c.must(c.d.Configure(crowdConfig()))
	return c
}

// addresses adds the addresses of the real servers to their host, or takes them away: then nobody says anything.
func (c *crowd) addresses(verb string) {
	c.Helper()
	if out, err := c.servers.Run("ip", "route", verb, "local", "10.50.0.0/16", "dev", "lo"); err != nil {
		c.Fatal(err, out)
	}
}

// listen has the real servers take connections.
func (c *crowd) listen() {
	c.must(c.servers.Do(func() (err error) {
		c.port, err = net.Listen("tcp", "0.0.0.0:80")
		return err
	}))
	go func(l net.Listener) {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			conn.Close()
		}
	}(c.port)
}

func crowdConfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, "vrrp_instance V {\n version 3\n state MASTER\n interface eth0\n virtual_router_id 51\n priority 200\n"+
		" advert_int %g\n virtual_ipaddress {\n  10.70.0.9\n }\n}\n", advertEvery.Seconds())
	for s := range crowdServices {
		fmt.Fprintf(&b, "virtual_server 10.40.0.%d 80 {\n delay_loop %d\n lb_algo rr\n lb_kind DR\n protocol TCP\n", s+1,
			int(crowdLoop.Seconds()))
		for r := range crowdServers {
			fmt.Fprintf(&b, " real_server 10.50.%d.%d 80 {\n  TCP_CHECK {\n   connect_timeout %[3]d\n   retry 1\n"+
				"   delay_before_retry %[3]d\n  }\n }\n", s, r+1, int(crowdTimeout.Seconds()))
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// count is how many real servers are in the table.
func (c *crowd) count() (n int) {
	table, err := c.handle.Read()
	c.must(err)
	for _, s := range table {
		n += len(s.Dests)
	}
	return n
}

// moves has something happen and waits until all real servers are in the table, or none is: a second after limit at most.
func (c *crowd) moves(what string, in bool, limit time.Duration, do func()) (since time.Time) {
	c.Helper()
	want := 0
	if in {
		want = crowdServices * crowdServers
	}
	since = time.Now()
	do()
	for n := -1; n != want; n = c.count() {
		if time.Since(since) > limit+3*patience {
			log := c.d.Proc.Log()
			c.Fatalf("%s: after %v %d are in the table\n%s", what, time.Since(since), n, log[max(0, len(log)-3000):])
		}
		time.Sleep(look)
	}
	took, busy := time.Since(since), c.beat.Busy(since)
	if took > limit+time.Second+look && busy == "" {
		c.Errorf("%s: took %v, the limit is %v", what, took, limit+time.Second)
	}
	c.Logf("%s within %v of %v; %s", what, took.Round(time.Millisecond), limit+time.Second, busy)
	return since
}

func (c *crowd) adverts(since time.Time) []lab.Advert {
	return c.wire.Adverts(since, lab.From(netip.MustParseAddr("10.70.0.1")))
}

// phase is moves while the adverts have to be on time.
func (c *crowd) phase(what string, in bool, limit time.Duration, do func()) {
	c.Helper()
	since := c.moves(what, in, limit, do)
	list := c.adverts(since)
	worst, err := lab.Regular(list, time.Now(), advertEvery, advertEvery/2)
	if err != nil {
		c.Errorf("%s: %v", what, err)
	}
	c.Logf("%s: %d adverts, off by %v at most", what, len(list), worst.Round(time.Millisecond))
}
