package anycast

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink"

	"holdfast/test/lab"
)

// Hold is the hold time of the BGP sessions, and Keepalive the interval of its messages.
const (
	Hold      = 9 * time.Second
	Keepalive = 3 * time.Second
)

// BFD is the interval of the BFD sessions of a Plan that has them; three that are missing are a death.
const BFD = 300 * time.Millisecond

// bfd is the protocol for BIRD, and the word for a neighbour that goes with it; nothing where there is none.
func (w *World) bfd() (protocol, word string) {
	if !w.plan.BFD {
		return "", ""
	}
	return fmt.Sprintf("protocol bfd { interface \"eth0\" { interval %d ms; multiplier 3; }; }\n", BFD.Milliseconds()),
		"bfd on; "
}

// bird runs BIRD on a host.
func (w *World) bird(h *lab.Host, conf string) (*lab.Process, error) {
	w.lives++
	file, err := h.WriteFile("bird.conf", "protocol device { scan time 1; }\n"+conf)
	if err != nil {
		return nil, err
	}
	p, err := h.Start(fmt.Sprint("bird", w.lives), "bird", "-f", "-c", file, "-s", filepath.Join(h.Dir, "bird.ctl"))
	if err == nil {
		w.running = append(w.running, p)
	}
	return p, err
}

// speak has a director show the address to the router while it is on its lo.
func (w *World) speak(d *Director) (err error) {
	sessions, word := w.bfd()
	d.speaker, err = w.bird(d.Host, sessions+fmt.Sprintf("router id %s;\nprotocol direct { ipv4; interface \"lo\"; }\n"+
		"protocol bgp { local %s as 65001; neighbor %s as 65000; hold time %d; connect retry time 1; connect delay time 1; "+
		word+"error wait time 1, 2; ipv4 { import none; export where net = %s/32; }; }\n",
		directorAddr(d.number), directorAddr(d.number), routerLAN, int(Hold.Seconds()), VIP))
	return err
}

// startRouter has the router hear of all directors, those that do not run yet too.
func (w *World) startRouter() error {
	var b strings.Builder
	if w.options.FRR {
		fmt.Fprintf(&b, "router bgp 65000\n bgp router-id %s\n no bgp ebgp-requires-policy\n bgp graceful-restart-disable\n"+
			" timers bgp %d %d\n", routerLAN, int(Keepalive.Seconds()), int(Hold.Seconds()))
		for i := range w.Directors {
			fmt.Fprintf(&b, " neighbor %[1]s remote-as 65001\n neighbor %[1]s passive\n", directorAddr(i))
		}
		b.WriteString(" address-family ipv4 unicast\n  maximum-paths 16\n exit-address-family\n")
		f, err := w.Router.StartFRR("bgpd", b.String())
		if f != nil {
			w.running = append(w.running, f.Processes...)
		}
		return err
	}
	sessions, word := w.bfd()
	fmt.Fprintf(&b, "%srouter id %s;\nprotocol kernel { merge paths on; ipv4 { import none; export all; }; }\n",
		sessions, routerLAN)
	for i := range w.Directors {
		fmt.Fprintf(&b, "protocol bgp { local %s as 65000; neighbor %s as 65001; passive; hold time %d; "+
			word+"ipv4 { import all; export none; }; }\n", routerLAN, directorAddr(i), int(Hold.Seconds()))
	}
	_, err := w.bird(w.Router, b.String())
	return err
}

// hops are the directors by which the router sends packets for the address, in its namespace.
func hops() ([]int, error) {
	to := &net.IPNet{IP: VIP.AsSlice(), Mask: net.CIDRMask(32, 32)}
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Dst: to}, netlink.RT_FILTER_DST)
	if err != nil {
		return nil, err
	}
	var found []int
	for _, r := range routes {
		gateways := []net.IP{r.Gw}
		if len(r.MultiPath) > 0 {
			gateways = nil
			for _, hop := range r.MultiPath {
				gateways = append(gateways, hop.Gw)
			}
		}
		for _, gw := range gateways {
			if four := gw.To4(); four != nil {
				found = append(found, int(four[3])-151)
			}
		}
	}
	slices.Sort(found)
	return found, nil
}

// Routed waits until the router sends packets for the address by these directors, in ascending order, and no others. It
// returns when that was.
func (w *World) Routed(directors ...int) (at time.Time, err error) {
	deadline := time.Now().Add(soon)
	err = w.Router.Do(func() error {
		for {
			found, err := hops()
			if at = time.Now(); err != nil || slices.Equal(found, directors) {
				return err
			}
			if at.After(deadline) {
				return fmt.Errorf("after %v the router's directors are %v, not %v", soon, found, directors)
			}
			time.Sleep(3 * time.Millisecond)
		}
	})
	return at, err
}

// Watched waits until the router has BFD sessions with these directors.
func (w *World) Watched(directors ...int) error {
	return lab.Eventually(soon, fmt.Sprint("BFD sessions with directors ", directors), func() (bool, string) {
		out, err := w.Router.Run("birdc", "-s", filepath.Join(w.Router.Dir, "bird.ctl"), "show", "bfd", "sessions")
		up := 0
		for line := range strings.Lines(out) {
			f := strings.Fields(line)
			for _, i := range directors {
				if len(f) > 2 && f[0] == directorAddr(i) && f[2] == "Up" {
					up++
				}
			}
		}
		return err == nil && up == len(directors), fmt.Sprint(out, err)
	})
}

// Hops are the directors by which the router sends packets for the address now.
func (w *World) Hops() (found []int, err error) {
	err = w.Router.Do(func() (err error) { found, err = hops(); return err })
	return found, err
}
