//go:build e2e

package reloads

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/test/lab"
	"holdfast/test/reload"
)

// patience is how long anything may take.
const patience = 20 * time.Second

// A stage is a director whose configuration is reloaded again and again, and one beside it, on a network of its own,
// that is started with the same configuration.
type stage struct {
	*lab.Trial
	d, fresh *lab.Director
	wires    [2]*lab.Capture // what passes eth0 and eth1 of d
	monitor  *lab.Process    // what the kernel tells of d's host
	beat     *lab.Metronome

	pairs, unjudged int
	still           int // routers that a reload did not concern
	// changed is when a reload has last concerned a router: until then its adverts need not be regular.
	changed map[config.Router]time.Time
}

func newStage(t *lab.Trial) *stage {
	s := &stage{Trial: t, beat: lab.StartMetronome(), changed: map[config.Router]time.Time{}}
	t.Cleanup(s.beat.Stop)
	s.d = s.director("d1")
	s.fresh = s.director("d3")
	for n, link := range []string{"eth0", "eth1"} {
		w, err := s.d.Capture(link)
		s.must(err)
		s.wires[n] = w
		t.Cleanup(func() { w.Close() })
	}
	var err error
	s.monitor, err = s.d.Host.Start("monitor", "ip", "-o", "monitor", "address", "route", "rule")
	s.must(err)
	return s
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// director makes a host on a network of its own, with somebody there who is the master of the last slots.
func (s *stage) director(name string) *lab.Director {
	lan, err := lab.NewLAN(s.TempDir())
	s.must(err)
	s.Cleanup(func() { s.must(lan.Close()) })
	other, err := lan.AddHost("d2", netip.MustParsePrefix("10.80.0.2/24"), netip.MustParsePrefix("10.80.0.3/24"))
	s.must(err)
	h, err := lan.AddHost(name, netip.MustParsePrefix("10.80.0.1/24"))
	s.must(err)
	s.must(h.AddLink("eth1", nil, nil))
	s.must(h.AddAddr("eth1", netip.MustParsePrefix("10.81.0.1/24")))
	master := lab.NewDirector(other, lab.Program())
	s.must(master.Configure(masters()))
	s.must(master.Start())
	s.Witness(master.Proc.Log)
	return lab.NewDirector(h, lab.Program())
}

// masters is the configuration of the other director.
func masters() string {
	var b strings.Builder
	for slot := range reload.Slots {
		if !reload.IsBackup(slot) {
			continue
		}
		vip := fmt.Sprintf("10.97.%d.1", slot)
		if reload.IsSix(slot) {
			vip = fmt.Sprintf("fe80::97:%d", slot)
		}
		fmt.Fprintf(&b, `vrrp_instance V%d {
    interface eth0
    virtual_router_id %d
    version 3
    priority 200
    advert_int 0.1
    virtual_ipaddress {
        %s
    }
}
`, slot, reload.VRID(slot), vip)
	}
	return b.String()
}

// start starts the director with its first configuration.
func (s *stage) start(f *reload.File) *config.Config {
	c, _ := f.Config()
	s.must(s.d.Configure(f.String()))
	s.must(s.d.Start())
	s.Witness(s.d.Proc.Log)
	s.settle(s.d, c)
	return c
}

// ours finds the addresses that configurations of package reload give away.
var ours = regexp.MustCompile(`\b(10\.9[0-6]\.\d+\.\d+|2001:db8:9[0-3]:[0-9a-f:]+|fe80::9[01]:[0-9a-f:]+)`)

// A thing is something in the kernel: an address, a route or a rule.
type thing struct {
	kind string
	addr string
}

// wanted is what a host has in the end: of all routers but those that have a master elsewhere, and the static things.
func wanted(c *config.Config) map[thing]bool {
	all := map[thing]bool{}
	for i := range c.Instances {
		if in := &c.Instances[i]; !isBackup(in) {
			addThings(all, in)
		}
	}
	for _, a := range c.StaticAddresses {
		all[thing{"address", a.Prefix.Addr().String()}] = true
	}
	for _, r := range c.StaticRoutes {
		all[thing{"route", r.Dest.Addr().String()}] = true
	}
	for _, r := range c.StaticRules {
		all[thing{"rule", r.From.Addr().String()}] = true
	}
	return all
}

func isBackup(in *config.Instance) bool { return reload.IsBackup(slotOf(in)) }

func slotOf(in *config.Instance) int { return int(in.VRID) - reload.VRID(0) }

func addThings(all map[thing]bool, in *config.Instance) {
	for a := range in.Addresses() {
		all[thing{"address", a.Prefix.Addr().String()}] = true
	}
	for _, r := range in.Routes {
		all[thing{"route", r.Dest.Addr().String()}] = true
	}
	for _, r := range in.Rules {
		all[thing{"rule", r.From.Addr().String()}] = true
	}
}

// kernel is what a host has, by thing: the line that ip prints of it.
func (s *stage) kernel(h *lab.Host) map[thing]string {
	all := map[thing]string{}
	for kind, args := range map[string]string{
		"address": "-o addr", "route": "route show table all proto 18", "route 6": "-6 route show table all proto 18",
		"rule": "rule", "rule 6": "-6 rule",
	} {
		out, err := h.Run("ip", strings.Fields(args)...)
		s.must(err)
		for l := range strings.Lines(out) {
			if a := ours.FindString(l); a != "" {
				k, _, _ := strings.Cut(kind, " ")
				all[thing{k, a}] += tidy(l)
			}
		}
	}
	return all
}

// filtered are the addresses in the packet filter of a host, each as often as it stands there.
func (s *stage) filtered(h *lab.Host) []string {
	out, err := h.Run("nft", "list", "ruleset")
	s.must(err)
	all := ours.FindAllString(out, -1)
	slices.Sort(all)
	return all
}

// passing is what differs from host to host, or passes.
var passing = regexp.MustCompile(
	`^\d+: (\S+)\s+inet|valid_lft \S+|preferred_lft \d+sec|tentative|expires \d+sec|pref medium`)

// prefixes: an interface that is there keeps its name when vmac_prefix changes, as with keepalived.
var prefixes = regexp.MustCompile(`\b(vm|vrrp)\.(\d+)`)

// tidy takes from a line what cannot be compared.
func tidy(l string) string {
	l = prefixes.ReplaceAllString(passing.ReplaceAllString(l, "$1"), "vmac.$2")
	return strings.Join(strings.Fields(l), " ") + "\n"
}

// settle waits until the kernel has what a configuration wants, and nothing else.
func (s *stage) settle(d *lab.Director, c *config.Config) {
	s.Helper()
	want := wanted(c)
	err := lab.Eventually(patience, "what the configuration wants in the kernel of "+d.Name, func() (bool, string) {
		have := s.kernel(d.Host)
		var wrong []string
		for t := range want {
			if have[t] == "" {
				wrong = append(wrong, fmt.Sprint("no ", t))
			}
		}
		for t := range have {
			if !want[t] {
				wrong = append(wrong, fmt.Sprint("still ", t))
			}
		}
		slices.Sort(wrong)
		return len(wrong) == 0, strings.Join(wrong, ", ")
	})
	if err != nil {
		s.Fatalf("%v\n%s", err, end(d))
	}
}

// end is the end of a log.
func end(d *lab.Director) string {
	lines := strings.Split(strings.TrimSpace(d.Proc.Log()), "\n")
	return filepath.Base(d.Program) + ":\n" + strings.Join(lines[max(0, len(lines)-40):], "\n")
}
