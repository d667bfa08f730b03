//go:build e2e

package bfd

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A router is a program of others that speaks BFD. start runs it on the second host of a pair, with a session with the
// first.
type router struct {
	name  string
	start func(p *pair, c routerCase) []*lab.Process
}

// routerCase is a session with a router.
type routerCase struct {
	six      bool
	multihop bool
	interval int // of both ends, in milliseconds
}

func (c routerCase) String() string {
	family := map[bool]string{false: "IPv4", true: "IPv6"}[c.six]
	how := map[bool]string{false: "on_the_link", true: "multihop"}[c.multihop]
	return fmt.Sprintf("%s_%s_%dms", family, how, c.interval)
}

// addresses are those of the other host, where a session leads to, and of the router.
func (c routerCase) addresses() (to, from netip.Addr) { return ends(c.six)[0], ends(c.six)[1] }

// startFRR runs bfdd.
func startFRR(p *pair, c routerCase) []*lab.Process {
	p.Helper()
	to, from := c.addresses()
	how, where := "", ""
	if c.multihop {
		how = " multihop"
	} else if c.six {
		where = " interface eth0"
	}
	f, err := p.host[1].StartFRR("bfdd", fmt.Sprintf("bfd\n peer %v%s local-address %v%s\n  receive-interval %d\n"+
		"  transmit-interval %d\n  detect-multiplier 5\n  no shutdown\n !\n!\n",
		to, how, from, where, c.interval, c.interval))
	p.must(err)
	return f.Processes
}

// startBIRD runs bird.
func startBIRD(p *pair, c routerCase) []*lab.Process {
	p.Helper()
	h := p.host[1]
	to, from := c.addresses()
	neighbor, block := fmt.Sprintf("neighbor %v dev \"eth0\" local %v;", to, from), "interface \"eth0\""
	if c.multihop {
		neighbor, block = fmt.Sprintf("neighbor %v local %v multihop on;", to, from), "multihop"
	}
	conf, err := h.WriteFile("bird.conf", fmt.Sprintf("router id 192.168.1.152;\nprotocol device { }\nprotocol bfd {\n"+
		" %s { min rx interval %d ms; min tx interval %d ms; multiplier 5; };\n %s\n}\n",
		block, c.interval, c.interval, neighbor))
	p.must(err)
	proc, err := h.Start("bird", "bird", "-f", "-c", conf, "-s", filepath.Join(h.Dir, "bird.ctl"))
	p.must(err)
	return []*lab.Process{proc}
}

// Routers of others come up with us and stay up, on the link and several hops away; when they die, that is noticed.
func TestRouter(t *testing.T) {
	cases := []routerCase{
		{false, false, 10}, {false, false, 100}, {true, false, 50}, {false, true, 100}, {true, true, 100},
	}
	for _, r := range []router{{"FRR", startFRR}, {"BIRD", startBIRD}} {
		for _, c := range cases {
			t.Run(r.name+"/"+c.String(), func(t *testing.T) {
				t.Parallel()
				lab.Judge(t, func(t *lab.Trial) {
					p := newPair(t)
					lines := fmt.Sprintf(" min_rx %d\n min_tx %d", c.interval, c.interval)
					if c.six {
						lines += "\n hoplimit 255" // RFC 5881, which they follow to the letter
					}
					if c.multihop {
						lines += "\n multihop on\n max_hops 255"
					}
					a := p.director(0, lab.Program(), session(0, c.six, lines)+tracking)
					others := r.start(p, c)
					defer func() {
						if t.Failed() {
							for _, o := range others {
								t.Logf("%s:\n%s", o.Name, o.Log())
							}
						}
					}()
					p.logged(a, 0, "(VI) Entering MASTER STATE", 20*time.Second)
					mark := a.Proc.LogSize()
					time.Sleep(3 * time.Second) // many detection times
					p.never(a, mark, "Entering Down state")
					dead := time.Now()
					for _, o := range others {
						p.must(o.KillTree())
					}
					p.logged(a, mark, "(VI) Entering FAULT STATE", 5*time.Second)
					lab.Cell(t, bfdRow(c.six, c.multihop, c.interval), "holdfast / "+r.name,
						"%d ms: FAULT %.2f s after the other end died", c.interval, time.Since(dead).Seconds())
					if log := a.Proc.LogSince(0); strings.Contains(log, "bogus") {
						t.Errorf("a packet was refused:\n%s", log)
					}
				})
			})
		}
	}
}
