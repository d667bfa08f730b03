package anycast

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"holdfast/test/lab"
)

// VIP is the address that all directors have.
var VIP = netip.MustParseAddr("10.100.0.1")

// The router between the client and the others, and its address on either side.
const (
	routerUp  = "172.16.0.1"
	routerLAN = "192.168.1.1"
)

// soon bounds every wait.
const soon = 2 * time.Minute

func directorAddr(i int) string { return fmt.Sprint("192.168.1.", 151+i) }
func serverAddr(i int) string   { return fmt.Sprint("192.168.1.", 201+i) }

// Clients are how many addresses the client has.
const Clients = 16

// ClientAddr is one of them.
func ClientAddr(i int) netip.Addr { return netip.AddrFrom4([4]byte{172, 16, 0, byte(10 + i)}) }

// Options of a World.
type Options struct {
	Directors, Servers int
	// FRR is the router's routing daemon in place of BIRD.
	FRR bool
}

// A World is the hosts. What runs on them is that of a Plan.
type World struct {
	Client, Router *lab.Host
	Directors      []*Director
	Servers        []*Server

	options Options
	lan     *lab.LAN
	plan    Plan
	port    int // of the service; each plan has its own, because IPVS remembers for minutes
	running []*lab.Process
	streams Streams
	lives   int // of routing daemons, for the names of their logs
}

// A Director is one of the directors, and the routing daemon beside it.
type Director struct {
	*lab.Director
	speaker *lab.Process
	number  int
}

// New builds the hosts; dir is an existing directory for their files.
func New(dir string, o Options) (*World, error) {
	w := &World{options: o, port: 20000}
	var err error
	if w.lan, err = lab.NewLAN(dir); err != nil {
		return nil, err
	}
	if err := w.build(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Close takes everything down.
func (w *World) Close() error { return w.lan.Close() }

func (w *World) build() error {
	var err error
	if w.Client, err = w.host("client", ""); err != nil {
		return err
	}
	if w.Router, err = w.host("router", routerLAN); err != nil {
		return err
	}
	if err := lab.Cable("up0", w.Client, w.Router); err != nil {
		return err
	}
	for i := range Clients {
		if err := w.Client.AddAddr("up0", netip.PrefixFrom(ClientAddr(i), 24)); err != nil {
			return err
		}
	}
	if err := w.Router.AddAddr("up0", netip.MustParsePrefix(routerUp+"/24")); err != nil {
		return err
	}
	if err := errors.Join(via(w.Client, routerUp), w.Router.Sysctl("net/ipv4/ip_forward", "1"),
		w.Router.Sysctl("net/ipv4/fib_multipath_hash_policy", "1")); err != nil {
		return err
	}
	for i := range w.options.Directors {
		h, err := w.host(fmt.Sprint("d", i+1), directorAddr(i))
		if err != nil {
			return err
		}
		if err := errors.Join(via(h, routerLAN), h.Sysctl("net/ipv4/ip_forward", "1")); err != nil {
			return err
		}
		w.Directors = append(w.Directors, &Director{Director: lab.NewDirector(h, "none"), number: i})
	}
	for i := range w.options.Servers {
		h, err := w.host(fmt.Sprint("s", i+1), serverAddr(i))
		if err != nil {
			return err
		}
		if err := errors.Join(via(h, routerLAN), h.Sysctl("net/ipv4/conf/all/arp_ignore", "1"),
			h.Sysctl("net/ipv4/conf/all/arp_announce", "2"), h.AddAddr("lo", netip.PrefixFrom(VIP, 32))); err != nil {
			return err
		}
		w.Servers = append(w.Servers, &Server{Host: h})
	}
	return nil
}

// RouterName is the name of the program that is the router's.
func (w *World) RouterName() string {
	if w.options.FRR {
		return "FRR"
	}
	return "BIRD"
}

// Serve has a server that was shut answer again.
func (w *World) Serve(i int) error { return w.Servers[i].Listen(w.port) }

// Width sets the MTU between client and router.
func (w *World) Width(mtu int) error {
	var errs []error
	for _, h := range []*lab.Host{w.Router, w.Client} {
		_, err := h.Run("ip", "link", "set", "up0", "mtu", fmt.Sprint(mtu))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// host is one whose neighbours' word about shorter ways does not count.
func (w *World) host(name, addr string) (*lab.Host, error) {
	var addrs []netip.Prefix
	if addr != "" {
		addrs = append(addrs, netip.MustParsePrefix(addr+"/24"))
	}
	h, err := w.lan.AddHost(name, addrs...)
	if err != nil {
		return nil, err
	}
	for _, of := range []string{"all", "eth0"} {
		for _, key := range []string{"accept_redirects", "send_redirects", "rp_filter"} {
			err = errors.Join(err, h.Sysctl("net/ipv4/conf/"+of+"/"+key, "0"))
		}
	}
	return h, err
}

// via has a host send everything to a router.
func via(h *lab.Host, router string) error {
	_, err := h.Run("ip", "route", "add", "default", "via", router)
	return err
}

// A Plan is what runs: a service whose address each director announces.
type Plan struct {
	Program string // of the directors
	// Options of it, beyond those of a lab.Director.
	Options []string
	// Service is the lines of the virtual server besides its protocol, lb_kind DR, timers and real servers.
	Service string
	// Check is the block of the checker of each real server; "" is a TCP_CHECK.
	Check string
	// Before is text in front of the virtual server.
	Before string
	// Timers are delay_loop and its like; "" is a second for each.
	Timers string
	// BFD has the sessions of BIRD with a router with BIRD end with those of BFD.
	BFD bool
	// Silent has no routing daemons: packets find their way otherwise.
	Silent bool
	// Speaker is the program that speaks BGP for directors that have no routing daemon; their Service has to say that.
	Speaker string
}

// Agreed are the words of a virtual server on which directors agree.
const Agreed = "lb_algo mh\n  mh-port\n  mh-fallback\n  @holdfast shared_clients"

// Announced are those by which it is announced.
const Announced = "@holdfast announce dev lo\n  @holdfast announce_hold 2"

// ownAddr stands for the address of the director.
const ownAddr = "{own}"

// Text is the configuration file of a plan with some of the servers.
func (w *World) Text(p Plan, servers int) string {
	var b strings.Builder
	if p.Timers == "" {
		p.Timers = "delay_loop 1\n  retry 1\n  delay_before_retry 1"
	}
	if p.Check == "" {
		p.Check = "TCP_CHECK {\n      connect_timeout 2\n    }"
	}
	if p.Speaker != "" {
		fmt.Fprintf(&b, "@holdfast bgp {\n  local_as 65001\n  router_id %s\n  program %s\n"+
			"  neighbor %s {\n    remote_as 65000\n    connect_retry 2\n  }\n}\n", ownAddr, p.Speaker, routerLAN)
	}
	fmt.Fprintf(&b, "%svirtual_server %s %d {\n  protocol TCP\n  lb_kind DR\n  %s\n  %s\n", p.Before, VIP, w.port,
		p.Timers, p.Service)
	for i := range servers {
		fmt.Fprintf(&b, "  real_server %s %d {\n    weight 1\n    %s\n  }\n", serverAddr(i), w.port, p.Check)
	}
	return b.String() + "}\n"
}

// Prepare has a new service: servers that answer, routing daemons, and directors with a file that are not started yet.
// The first of the servers are in the file.
func (w *World) Prepare(p Plan, servers int) error {
	w.port++
	w.plan = p
	for _, s := range w.Servers {
		if err := s.Listen(w.port); err != nil {
			return err
		}
	}
	if !p.Silent {
		if err := w.startRouter(); err != nil {
			return err
		}
	}
	for _, d := range w.Directors {
		d.Director = lab.NewDirector(d.Host, p.Program)
		d.Options = p.Options
		if err := d.Configure(strings.ReplaceAll(w.Text(p, servers), ownAddr, directorAddr(d.number))); err != nil {
			return err
		}
	}
	return nil
}

// Start starts directors, and their routing daemons.
func (w *World) Start(directors ...int) error {
	for _, i := range directors {
		d := w.Directors[i]
		if !w.plan.Silent && w.plan.Speaker == "" {
			if err := w.speak(d); err != nil {
				return err
			}
		}
		if err := d.Start(); err != nil {
			return err
		}
	}
	return nil
}

// Kill has a director die as a whole: nothing of it says a word, and its cable leads nowhere.
func (w *World) Kill(i int) error {
	d := w.Directors[i]
	if err := d.Detach(); err != nil {
		return err
	}
	var err error
	if d.speaker != nil {
		err = d.speaker.KillTree()
	}
	return errors.Join(err, d.Proc.KillTree())
}

// End ends what a plan has begun, at once.
func (w *World) End() error {
	var errs []error
	for _, s := range w.streams {
		_ = s.conn.Close()
	}
	w.streams = nil
	for _, d := range w.Directors {
		if d.Proc != nil {
			errs = append(errs, d.Proc.KillTree())
		}
		if d.speaker != nil {
			errs = append(errs, d.speaker.KillTree())
		}
		d.speaker = nil
		_, err := d.Run("ipvsadm", "-C")
		errs = append(errs, err, d.Attach(), w.strip(d))
		for _, key := range []string{"sloppy_tcp", "schedule_icmp"} {
			errs = append(errs, d.Sysctl("net/ipv4/vs/"+key, "0"))
		}
	}
	for _, p := range w.running {
		errs = append(errs, p.KillTree())
	}
	w.running = nil
	_, _ = w.Router.Run("ip", "route", "del", VIP.String()) // which a routing daemon may have left
	for _, s := range w.Servers {
		s.Shut()
	}
	return errors.Join(errs...)
}

// strip takes the address away that a director which was killed has left: it may go by itself at any moment.
func (w *World) strip(d *Director) error {
	for _, link := range []string{"lo", "eth0"} {
		_, _ = d.Run("ip", "address", "del", VIP.String()+"/32", "dev", link)
		if n, err := d.CountAddr(link, VIP); err != nil || n > 0 {
			return fmt.Errorf("%v is %d times on %s of %s: %v", VIP, n, link, d.Name, err)
		}
	}
	return nil
}
