package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
	"holdfast/test/lab"
)

// What a director's kernel does with a packet: by plain routing, and by IPVS. Packets come in by a cable and leave by
// an interface that drops them, so nobody else works. A packet for another station is dropped where it comes in; what
// it costs up to there, and whoever sends it, is taken off. One processor, a user-mode kernel: the ratios count.

const (
	carryPackets = 40_000 // of a run
	carryFresh   = 4_000  // connections of a run, of which they are
	carryServers = 32
	manyServers  = 10_000
	// The two sizes of the table of connections, as conn_tab_bits: as it is, and a large one.
	usualBits, wideBits = 12, 20
	sinkMAC             = "02:00:00:00:00:01"
	cableName           = "wire0"
)

var (
	carryVIP  = netip.MustParseAddrPort("10.40.0.1:80")
	lookupVIP = netip.MustParseAddrPort("10.40.0.2:53")
	carryBack = netip.MustParsePrefix("10.64.0.0/12") // where clients are
)

func carryServer(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 50, byte(n >> 8), byte(n)}), 80)
}

// client is that of a flow.
func client(flow int) netip.AddrPort {
	const addresses = 4096
	a := flow % addresses
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 64, byte(a >> 8), byte(a)}), uint16(1024+flow/addresses))
}

// The columns.
const (
	packetTime   = "a packet"
	ofRouting    = "of routing"
	packetRate   = "packets"
	openTime     = "a new connection"
	openRate     = "new connections"
	serverJoins  = "added"
	serverLeaves = "removed"
)

// A way is how packets get through a director.
type way struct {
	name      string
	scheduler string // "" is no IPVS
	method    ipvs.Method
	answers   bool // the packets of servers, not those of clients
	dropped   bool // for another station
}

func ways() []way {
	all := []way{{name: "nothing", dropped: true}, {name: "routing"}}
	for _, method := range []ipvs.Method{ipvs.Route, ipvs.Masq} {
		name := map[ipvs.Method]string{ipvs.Route: "IPVS, direct routing, ", ipvs.Masq: "IPVS, NAT, "}[method]
		for _, scheduler := range []string{"wlc", "mh", "sh"} {
			all = append(all, way{name: name + scheduler, scheduler: scheduler, method: method})
		}
	}
	return append(all, way{name: "IPVS, NAT, an answer", scheduler: "wlc", method: ipvs.Masq, answers: true})
}

// A road is a client, a director and what is between them.
type road struct {
	director, client *lab.Host
	to               net.HardwareAddr // of the director
	used             int              // clients that have had a connection
}

// carry measures all of it. Programs have no part in it.
func carry(o options, emit func(result)) (err error) {
	lan, end, err := newLAN()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	r, err := newRoad(lan)
	if err != nil {
		return err
	}
	if err := reloadIPVS(wideBits); err != nil {
		return err
	}
	if err := r.ways(o, emit); err != nil {
		return err
	}
	for _, bits := range []int{usualBits, wideBits} {
		for entries := 1000; entries <= 1_000_000; entries *= 10 {
			if err := r.lookups(bits, entries, o, emit); err != nil {
				return fmt.Errorf("%d connections, conn_tab_bits %d: %w", entries, bits, err)
			}
		}
	}
	for _, s := range []struct {
		scheduler string
		servers   int
	}{{"wlc", manyServers}, {"sh", manyServers}, {"mh", 4000}} {
		if err := r.farm(s.scheduler, s.servers, o, emit); err != nil {
			return fmt.Errorf("%d servers, %s: %w", s.servers, s.scheduler, err)
		}
	}
	return nil
}

// newRoad lays it. What leaves the director goes to an interface that is no cable.
func newRoad(lan *lab.LAN) (*road, error) {
	r := &road{}
	var err error
	if r.client, err = lan.AddHost("client", netip.MustParsePrefix("192.168.1.2/24")); err != nil {
		return nil, err
	}
	if r.director, err = lan.AddHost("director", netip.PrefixFrom(addrs[0], 24)); err != nil {
		return nil, err
	}
	if err := lab.Cable(cableName, r.client, r.director); err != nil {
		return nil, err
	}
	d := r.director
	for key, value := range map[string]string{"net/ipv4/ip_forward": "1",
		"net/ipv6/conf/all/disable_ipv6": "1", "net/ipv6/conf/default/disable_ipv6": "1", "net/ipv4/conf/all/rp_filter": "0",
		"net/ipv4/conf/" + cableName + "/rp_filter": "0", "net/ipv4/conf/all/send_redirects": "0"} {
		if err := d.Sysctl(key, value); err != nil {
			return nil, err
		}
	}
	for _, line := range []string{
		"link add sink0 type dummy", "link set sink0 up", "address add 10.99.0.1/24 dev sink0",
		"neighbour add 10.99.0.2 lladdr " + sinkMAC + " dev sink0 nud permanent",
		"route add " + carryBack.String() + " via 10.99.0.2", "route add 10.50.0.0/16 dev sink0",
		"address add 10.40.0.1/32 dev lo", "address add 10.40.0.2/32 dev lo",
	} {
		if _, err := d.Run("ip", strings.Fields(line)...); err != nil {
			return nil, err
		}
	}
	for n := range carryServers {
		if _, err := d.Run("ip", "neighbour", "add", carryServer(n).Addr().String(), "lladdr", sinkMAC, "dev", "sink0", "nud",
			"permanent"); err != nil {
			return nil, err
		}
	}
	return r, d.Do(func() error {
		in, err := net.InterfaceByName(cableName)
		if err == nil {
			r.to = in.HardwareAddr
		}
		return err
	})
}

// reloadIPVS loads IPVS anew, with an empty table of connections of a size.
func reloadIPVS(bits int) error {
	text, err := os.ReadFile("/proc/modules")
	if err != nil {
		return err
	}
	var loaded []string
	for line := range strings.Lines(string(text)) {
		if name, _, _ := strings.Cut(line, " "); strings.HasPrefix(name, "ip_vs") {
			loaded = append(loaded, name)
		}
	}
	slices.SortFunc(loaded, func(a, b string) int { return len(b) - len(a) }) // ip_vs last
	for _, name := range loaded {
		if err := unix.DeleteModule(name, unix.O_NONBLOCK); err != nil {
			return fmt.Errorf("removing the module %s: %w", name, err)
		}
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	const file = "kernel/net/netfilter/ipvs/ip_vs.ko"
	f, err := os.Open(filepath.Join("/usr/lib/uml/modules", unix.ByteSliceToString(u.Release[:]), file))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "conn_tab_bits="+strconv.Itoa(bits), 0); err != nil {
		return fmt.Errorf("loading ip_vs with conn_tab_bits=%d: %w", bits, err)
	}
	return nil
}

// service has a service with some servers for as long as f takes. The kernel has forgotten its connections then.
func (r *road) service(id ipvs.ServiceID, s ipvs.ServiceSettings, method ipvs.Method, servers int,
	f func(*kernel.Handle) error,
) error {
	var h *kernel.Handle
	if err := r.director.Do(func() (err error) { h, err = kernel.Open(); return err }); err != nil {
		return err
	}
	defer h.Close()
	cmds := []ipvs.Command{{Op: ipvs.AddService, Service: id, Settings: s}}
	for n := range servers {
		cmds = append(cmds, added(id, n, method))
	}
	return errors.Join(errors.Join(h.Apply(cmds)...), f(h), h.Flush())
}

func added(id ipvs.ServiceID, n int, method ipvs.Method) ipvs.Command {
	to := carryServer(n)
	return ipvs.Command{Op: ipvs.AddDest, Service: id, Dest: ipvs.DestID{Addr: to.Addr(), Port: id.Port},
		DestSettings: ipvs.DestSettings{Method: method, Weight: 1}}
}

func serviceOf(a netip.AddrPort, protocol ipvs.Protocol) ipvs.ServiceID {
	return ipvs.ServiceID{Family: ipvs.IPv4, Protocol: protocol, Addr: a.Addr(), Port: a.Port()}
}

func settingsOf(scheduler string) ipvs.ServiceSettings {
	s := ipvs.ServiceSettings{Scheduler: scheduler, PrefixLen: 32}
	switch scheduler {
	case "mh":
		s.Flags = ipvs.MaglevFallback | ipvs.MaglevPort
	case "sh":
		s.Flags = ipvs.Sched1 | ipvs.Sched2 // sh-fallback, sh-port
	}
	return s
}

// send sends packets to the director, or past it, and fails unless those that are for it have left it.
func (r *road) send(past bool, n int, next func(i int) packet) (each time.Duration, err error) {
	to := r.to
	if past {
		to = net.HardwareAddr{2, 0, 0, 0, 0, 2}
	}
	before, err := r.left()
	if err != nil {
		return 0, err
	}
	if err := r.client.Do(func() error {
		g, err := newGenerator(cableName, to)
		if err != nil {
			return err
		}
		each, err = g.send(n, next)
		return errors.Join(err, g.close())
	}); err != nil {
		return 0, err
	}
	want := uint64(n)
	if past {
		want = 0
	}
	what := fmt.Sprint(want, " packets to leave")
	return each, lab.Eventually(5*time.Second, what, func() (bool, string) {
		after, err := r.left()
		return err == nil && after-before == want, fmt.Sprint(after-before, " ", err)
	})
}

// left is how many packets have left the director.
func (r *road) left() (n uint64, err error) {
	err = r.director.Do(func() error {
		link, err := netlink.LinkByName("sink0")
		if err == nil {
			n = link.Attrs().Statistics.TxPackets
		}
		return err
	})
	return n, err
}

// fresh are numbers of flows that have not been.
func (r *road) fresh(n int) (first int) {
	r.used += n
	return r.used - n
}

// ways measures the ways in turn, so that what else the machine does meets all of them. Of the runs of each the least
// counts: what else there is makes them longer, and nothing makes them shorter.
func (r *road) ways(o options, emit func(result)) error {
	known, opened := map[string][]float64{}, map[string][]float64{}
	for range o.runs {
		for _, w := range ways() {
			k, n, err := r.once(w)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			known[w.name] = append(known[w.name], k)
			opened[w.name] = append(opened[w.name], n)
		}
	}
	least := func(all map[string][]float64, name string) float64 {
		return slices.Min(all[name]) - slices.Min(known["nothing"])
	}
	routed := least(known, "routing")
	for _, w := range ways()[1:] {
		tell := func(column string, v float64, unit string) {
			emit(result{What: w.name, Program: column, Value: v, Unit: unit})
		}
		k := least(known, w.name)
		tell(packetTime, k/1e3, "us")
		tell(ofRouting, k/routed, "x")
		tell(packetRate, 1e9/k, "/s")
		if w.scheduler != "" && !w.answers {
			n := least(opened, w.name)
			tell(openTime, n/1e3, "us")
			tell(openRate, 1e9/n, "/s")
		}
	}
	return nil
}

// once gives how many nanoseconds a packet of a known connection takes, and the first one of a new one.
func (r *road) once(w way) (known, opened float64, err error) {
	if w.scheduler == "" {
		each, err := r.send(w.dropped, carryPackets, func(i int) packet {
			return packet{client(i % carryFresh), carryServer(i % carryServers), unix.IPPROTO_TCP, ackFlag}
		})
		return float64(each), float64(each), err
	}
	id := serviceOf(carryVIP, ipvs.TCP)
	err = r.service(id, settingsOf(w.scheduler), w.method, carryServers, func(h *kernel.Handle) error {
		first := r.fresh(carryFresh)
		flow := func(flags byte) func(i int) packet {
			return func(i int) packet {
				return packet{client(first + i%carryFresh), carryVIP, unix.IPPROTO_TCP, flags}
			}
		}
		each, err := r.send(false, carryFresh, flow(synFlag))
		if err != nil {
			return err
		}
		opened = float64(each)
		what := flow(ackFlag)
		if w.answers {
			if what, err = r.answers(first); err != nil {
				return err
			}
		}
		each, err = r.send(false, carryPackets, what)
		known = float64(each)
		return err
	})
	return known, opened, err
}

// answers are packets of servers, of the connections that the kernel lists from a flow on. Of a long list that is read
// in parts it leaves out a few.
func (r *road) answers(first int) (func(i int) packet, error) {
	var text []byte
	if err := r.director.Do(func() (err error) {
		text, err = os.ReadFile("/proc/thread-self/net/ip_vs_conn")
		return err
	}); err != nil {
		return nil, err
	}
	servers := map[netip.AddrPort]netip.AddrPort{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) > 6 && f[0] == "TCP" {
			servers[hexAddrPort(f[1], f[2])] = hexAddrPort(f[5], f[6])
		}
	}
	var all []packet
	for i := range carryFresh {
		c := client(first + i)
		if s, is := servers[c]; is {
			all = append(all, packet{from: s, to: c, protocol: unix.IPPROTO_TCP, flags: ackFlag})
		}
	}
	if len(all) < carryFresh*9/10 {
		return nil, fmt.Errorf("the kernel lists %d of %d connections", len(all), carryFresh)
	}
	return func(i int) packet { return all[i%len(all)] }, nil
}

// hexAddrPort is an address and a port as /proc writes them; the zero value if it is none.
func hexAddrPort(addr, port string) netip.AddrPort {
	a, err1 := strconv.ParseUint(addr, 16, 32)
	p, err2 := strconv.ParseUint(port, 16, 16)
	if err1 != nil || err2 != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}), uint16(p))
}

// lookups measures a packet of a known connection beside many others.
func (r *road) lookups(bits, entries int, o options, emit func(result)) error {
	if err := reloadIPVS(bits); err != nil {
		return err
	}
	var nothings, runs []float64
	id := serviceOf(lookupVIP, ipvs.UDP) // whose connections are known for five minutes after one packet
	err := r.service(id, settingsOf("wlc"), ipvs.Route, carryServers, func(*kernel.Handle) error {
		first := r.fresh(entries)
		what := func(step int) func(i int) packet {
			return func(i int) packet {
				return packet{from: client(first + i*step%entries), to: lookupVIP, protocol: unix.IPPROTO_UDP}
			}
		}
		if _, err := r.send(false, entries, what(1)); err != nil {
			return err
		}
		for range o.runs {
			nothing, err := r.send(true, carryPackets, what(7919))
			if err != nil {
				return err
			}
			known, err := r.send(false, carryPackets, what(7919)) // a prime: from one end of the table to the other
			if err != nil {
				return err
			}
			nothings, runs = append(nothings, float64(nothing)), append(runs, float64(known))
		}
		return nil
	})
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d connections, conn_tab_bits %d", entries, bits)
	each := slices.Min(runs) - slices.Min(nothings)
	emit(result{What: what, Program: packetTime, Value: each / 1e3, Unit: "us"})
	return nil
}

// farm measures how long many servers of one service take to come and to go.
func (r *road) farm(scheduler string, servers int, o options, emit func(result)) error {
	id := serviceOf(carryVIP, ipvs.TCP)
	var came, went []float64
	for range min(o.runs, 3) {
		if err := r.service(id, settingsOf(scheduler), ipvs.Route, 0, func(h *kernel.Handle) error {
			var in, out []ipvs.Command
			for n := range servers {
				c := added(id, n, ipvs.Route)
				in = append(in, c)
				out = append(out, ipvs.Command{Op: ipvs.DeleteDest, Service: id, Dest: c.Dest})
			}
			for _, step := range []struct {
				cmds []ipvs.Command
				took *[]float64
			}{{in, &came}, {out, &went}} {
				began := time.Now()
				if err := errors.Join(h.Apply(step.cmds)...); err != nil {
					return err
				}
				*step.took = append(*step.took, milliseconds(time.Since(began)))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	what := fmt.Sprintf("%d servers of one service, %s", servers, scheduler)
	emit(result{What: what, Program: serverJoins, Value: median(came), Unit: "ms", Runs: came})
	emit(result{What: what, Program: serverLeaves, Value: median(went), Unit: "ms", Runs: went})
	return nil
}
