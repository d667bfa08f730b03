//go:build ipvs

package maglev_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
	"holdfast/ipvs/maglev"
)

// number is what the environment asks for: "make proof" asks for more.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number of things", name, text)
	}
	return n
}

// A new flow gets the server from the kernel that the model says: services of both
// families, with and without mh-port and mh-fallback, with random histories of servers
// and weights, and random clients. MAGLEV_SERVICES and MAGLEV_CLIENTS say how many of each,
// MAGLEV_SEED plays one again.
func TestKernelPicksWhatTheModelSays(t *testing.T) {
	services, clients := number(t, "MAGLEV_SERVICES", 8), number(t, "MAGLEV_CLIENTS", 250)
	seed := number(t, "MAGLEV_SEED", int(rand.Uint32N(1<<31)))
	t.Logf("MAGLEV_SEED=%d", seed)
	compared, served := 0, 0
	for n := range services {
		w := &world{t: t, rnd: rand.New(rand.NewPCG(uint64(seed), uint64(n)))}
		flags := ipvs.Flags(0)
		for i, f := range []ipvs.Flags{ipvs.Sched1, ipvs.Sched2} {
			if n>>(i+1)&1 == 1 {
				flags |= f
			}
		}
		w.inNamespace(func() { w.play([]ipvs.Family{ipvs.IPv4, ipvs.IPv6}[n&1], flags, clients) })
		compared, served = compared+w.compared, served+w.served
	}
	t.Logf("%d clients of %d services compared, %d of them got a server", compared, services, served)
	if !t.Failed() && (compared != services*clients || served < compared/2) {
		t.Errorf("compared %d clients, and %d of them got a server", compared, served)
	}
}

// A world is a service in a namespace of its own, and what the model knows of it.
type world struct {
	t        *testing.T
	rnd      *rand.Rand
	id       ipvs.ServiceID
	servers  []maglev.Server
	methods  map[ipvs.DestID]ipvs.Method
	log      []ipvs.Command
	kernel   *kernel.Handle
	compared int
	served   int
}

// inNamespace runs f by a thread whose namespace ends with it, and so do its connections.
func (w *world) inNamespace(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err := enter(); err != nil {
			w.t.Error(err)
			return
		}
		h, err := kernel.Open()
		if err != nil {
			w.t.Errorf("these tests need a kernel with IPVS and root (run them with -exec test/uml/run): %v", err)
			return
		}
		defer h.Close()
		w.kernel, w.methods = h, map[ipvs.DestID]ipvs.Method{}
		f()
	}()
	<-done
}

// make makes the service, without servers.
func (w *world) make(family ipvs.Family, flags ipvs.Flags) {
	vip := netip.MustParseAddr("192.0.2.1")
	if family == ipvs.IPv6 {
		vip = netip.MustParseAddr("2001:db8::1")
	}
	w.id = ipvs.ServiceID{Family: family, Protocol: ipvs.UDP, Addr: vip, Port: 53}
	w.do(ipvs.Command{Op: ipvs.AddService, Settings: ipvs.ServiceSettings{Scheduler: "mh", Flags: flags}})
}

func (w *world) play(family ipvs.Family, flags ipvs.Flags, clients int) {
	w.make(family, flags)
	w.history()
	table := maglev.New(maglev.Service{
		Family: family, Fallback: flags&ipvs.Sched1 != 0, Port: flags&ipvs.Sched2 != 0, Servers: w.servers,
	}, maglev.Slots)
	asked := w.clients(clients)
	got := w.ask(asked)
	for _, client := range asked {
		want := ""
		if i, ok := table.Pick(client); ok {
			want = w.servers[i].ID.String()
			w.served++
		}
		w.compared++
		if got[client] != want {
			w.t.Errorf("client %v of %v with flags %#x: the kernel gives %q, the model %q; after\n%v",
				client, w.id, flags, got[client], want, w.log)
			return
		}
	}
}

func TestKernelGivesTheKnownFlows(t *testing.T) {
	for _, k := range knownFlows() {
		w := &world{t: t}
		w.inNamespace(func() {
			flags := ipvs.Flags(0)
			if k.service.Port {
				flags = ipvs.Sched2
			}
			w.make(k.service.Family, flags)
			for _, s := range k.service.Servers {
				w.do(ipvs.Command{Op: ipvs.AddDest, Dest: s.ID,
					DestSettings: ipvs.DestSettings{Method: ipvs.Route, Weight: s.Weight}})
			}
			var clients []netip.AddrPort
			for client := range k.flows {
				clients = append(clients, netip.MustParseAddrPort(client))
			}
			got := w.ask(clients)
			for _, client := range clients {
				want := k.service.Servers[k.flows[client.String()]].ID.String()
				if got[client] != want {
					t.Errorf("client %v gets %q, want %s (port %v)", client, got[client], want, k.service.Port)
				}
			}
		})
	}
}

// history adds, changes and removes servers by chance.
func (w *world) history() {
	weights := []func() int32{
		func() int32 { return 1 },
		func() int32 { return 1 + w.rnd.Int32N(10) },
		func() int32 { return 10 * (1 + w.rnd.Int32N(20)) },
		func() int32 { return 1 + w.rnd.Int32N(1000) },
		func() int32 { return 1 + w.rnd.Int32N(1<<30) },
	}
	weight := weights[w.rnd.IntN(len(weights))]
	count := 1 + w.rnd.IntN(60)
	for range count {
		w.add(weight())
	}
	for range w.rnd.IntN(count + 10) {
		i := w.rnd.IntN(len(w.servers))
		switch w.rnd.IntN(6) {
		case 0, 1:
			w.edit(i, 0)
		case 2, 3:
			w.edit(i, weight())
		case 4:
			if len(w.servers) > 1 {
				w.do(ipvs.Command{Op: ipvs.DeleteDest, Dest: w.servers[i].ID})
				w.servers = slices.Delete(w.servers, i, i+1)
			}
		case 5:
			w.add(weight() * w.rnd.Int32N(2))
		}
	}
	w.edit(w.rnd.IntN(len(w.servers)), weight())
}

func (w *world) add(weight int32) {
	family, method := w.id.Family, ipvs.Route
	if w.rnd.IntN(4) == 0 { // a tunnel, which may end in the other family
		family, method = []ipvs.Family{ipvs.IPv4, ipvs.IPv6}[w.rnd.IntN(2)], ipvs.Tunnel
	}
	id := ipvs.DestID{Addr: netip.AddrFrom4([4]byte{10, byte(w.rnd.Int()), byte(w.rnd.Int()), 1 + byte(w.rnd.IntN(250))}),
		Port: uint16(w.rnd.Int())}
	if family == ipvs.IPv6 {
		id.Addr = w.six(0xfd)
	}
	if _, twice := w.methods[id]; twice {
		return
	}
	w.methods[id] = method
	w.do(ipvs.Command{Op: ipvs.AddDest, Dest: id, DestSettings: ipvs.DestSettings{Method: method, Weight: weight}})
	w.servers = append(w.servers, maglev.Server{ID: id, Weight: weight, Out: weight == 0})
}

func (w *world) edit(i int, weight int32) {
	s := &w.servers[i]
	w.do(ipvs.Command{Op: ipvs.EditDest, Dest: s.ID, DestSettings: ipvs.DestSettings{Method: w.methods[s.ID], Weight: weight}})
	s.Out = weight == 0
	if weight != 0 {
		s.Weight = weight
	}
}

func (w *world) do(c ipvs.Command) {
	c.Service = w.id
	w.log = append(w.log, c)
	for _, err := range w.kernel.Apply([]ipvs.Command{c}) {
		if err != nil {
			w.t.Error(err)
		}
	}
}

func (w *world) six(first byte) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], w.rnd.Uint64())
	binary.BigEndian.PutUint64(b[8:], w.rnd.Uint64())
	b[0] = first
	return netip.AddrFrom16(b)
}

// clients are as many different ones.
func (w *world) clients(n int) []netip.AddrPort {
	seen := map[netip.AddrPort]bool{}
	var out []netip.AddrPort
	for len(out) < n {
		a := netip.AddrFrom4([4]byte{byte(1 + w.rnd.IntN(9)), byte(w.rnd.Int()), byte(w.rnd.Int()), byte(w.rnd.Int())})
		if w.id.Family == ipvs.IPv6 {
			a = w.six(0x24)
		}
		// Port 20 is that of data connections of FTP, which IPVS gives to no scheduler.
		client := netip.AddrPortFrom(a, uint16(1024+w.rnd.IntN(64512)))
		if !seen[client] {
			seen[client] = true
			out = append(out, client)
		}
	}
	return out
}

// ask sends a datagram from each client, and gives the server that each got; "" if none.
func (w *world) ask(clients []netip.AddrPort) map[netip.AddrPort]string {
	domain := unix.AF_INET
	var to unix.Sockaddr = &unix.SockaddrInet4{Addr: [4]byte{192, 0, 2, 1}}
	if w.id.Family == ipvs.IPv6 {
		domain, to = unix.AF_INET6, &unix.SockaddrInet6{Addr: w.id.Addr.As16()}
	}
	s, err := unix.Socket(domain, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if err != nil {
		w.t.Error(err)
		return nil
	}
	defer unix.Close(s)
	for _, client := range clients {
		err := unix.Sendto(s, datagram(client, netip.AddrPortFrom(w.id.Addr, w.id.Port)), 0, to)
		if err != nil && err != unix.EPERM { // IPVS drops what nobody is there for
			w.t.Errorf("sending from %v: %v", client, err)
			return nil
		}
	}
	got, err := connections()
	if err != nil {
		w.t.Error(err)
	}
	return got
}

// datagram is a UDP packet with its IP header, without checksums that nobody asks for.
func datagram(from, to netip.AddrPort) []byte {
	udp := binary.BigEndian.AppendUint16(nil, from.Port())
	udp = binary.BigEndian.AppendUint16(udp, to.Port())
	udp = append(udp, 0, 8, 0, 0)
	var ip []byte
	if from.Addr().Is4() {
		ip = []byte{0x45, 0, 0, 28, 0, 1, 0, 0, 64, unix.IPPROTO_UDP, 0, 0}
	} else {
		ip = []byte{0x60, 0, 0, 0, 0, 8, unix.IPPROTO_UDP, 64}
	}
	ip = append(append(ip, from.Addr().AsSlice()...), to.Addr().AsSlice()...)
	return append(ip, udp...)
}

// connections says for each client to which server its flow goes.
func connections() (map[netip.AddrPort]string, error) {
	text, err := os.ReadFile("/proc/thread-self/net/ip_vs_conn")
	if err != nil {
		return nil, err
	}
	out := map[netip.AddrPort]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 7 || f[0] != "UDP" {
			continue
		}
		client, err := endpoint(f[1], f[2])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		server, err := endpoint(f[5], f[6])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		out[client] = server.String()
	}
	return out, nil
}

// endpoint reads 0A000001 0035 and [2001:0db8:...] 0035.
func endpoint(addr, port string) (netip.AddrPort, error) {
	p, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if strings.Contains(addr, ":") {
		a, err := netip.ParseAddr(strings.Trim(addr, "[]"))
		return netip.AddrPortFrom(a, uint16(p)), err
	}
	n, err := strconv.ParseUint(addr, 16, 32)
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], uint32(n))
	return netip.AddrPortFrom(netip.AddrFrom4(four), uint16(p)), err
}

// enter gives the thread a network namespace in which every address is behind one link.
func enter() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("making a network namespace: %w", err)
	}
	for _, args := range []string{
		"link set lo up", "link add out0 type dummy", "link set out0 up", "addr add 198.51.100.1/32 dev out0",
		"addr add 2001:db8:1::1/128 dev out0 nodad", "route add default dev out0", "-6 route add default dev out0",
	} {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", args, err, out)
		}
	}
	return nil
}
