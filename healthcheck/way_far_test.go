package healthcheck

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// echoes is the protocol of a kind that is neither TCP nor UDP.
const echoes = unix.IPPROTO_ICMP

// A wayKind is a kind of checks that have packets, with the servers on the far host.
type wayKind struct {
	name     string
	kind     config.CheckKind
	protocol int
	block    func(words string) string
	serve    func(t *testing.T, port int)
}

// plainBlock is the block of a kind, with words of its own.
func plainBlock(name, more string) func(string) string {
	return func(words string) string { return name + " {\n" + words + "\n" + more + "}\n" }
}

var wayKinds = []wayKind{
	{"TCP_CHECK", config.CheckTCP, unix.IPPROTO_TCP, plainBlock("TCP_CHECK", ""), overTCP(says(""))},
	{"HTTP_GET", config.CheckHTTP, unix.IPPROTO_TCP, plainBlock("HTTP_GET", "url {\npath /\n}\n"), overTCP(says(ok3))},
	{"HTTP_GET, HTTP/2", config.CheckHTTP, unix.IPPROTO_TCP, plainBlock("HTTP_GET", "url {\npath /\n}\n@holdfast http_protocol 2\n"),
		func(t *testing.T, port int) {
			for n := port; n < port+2; n++ {
				webPagesAt(t, everywhere(n), false, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			}
		}},
	{"SSL_GET", config.CheckSSL, unix.IPPROTO_TCP, plainBlock("SSL_GET", "url {\npath /\n}\n"), func(t *testing.T, port int) {
		overTCP(secure(t, func(s *target, c *tls.Conn) { says(ok3)(s, c); c.Close() }))(t, port)
	}},
	{"SMTP_CHECK", config.CheckSMTP, unix.IPPROTO_TCP, plainBlock("SMTP_CHECK", ""),
		overTCP((&post{}).talks("220 a\r\n", "250 b\r\n", "221 c\r\n"))},
	{"host of SMTP_CHECK", config.CheckSMTP, unix.IPPROTO_TCP,
		func(words string) string { return "SMTP_CHECK {\nhost {\n" + words + "\n}\n}\n" },
		overTCP((&post{}).talks("220 a\r\n", "250 b\r\n", "221 c\r\n"))},
	{"DNS_CHECK", config.CheckDNS, unix.IPPROTO_UDP, plainBlock("DNS_CHECK", ""), overUDP},
	{"UDP_CHECK", config.CheckUDP, unix.IPPROTO_UDP, plainBlock("UDP_CHECK", "require_reply\n"), overUDP},
	{"PING_CHECK", config.CheckPing, echoes, plainBlock("PING_CHECK", ""), func(*testing.T, int) {}},
	{"GRPC_CHECK", config.CheckGRPC, unix.IPPROTO_TCP, func(words string) string {
		return "@holdfast GRPC_CHECK {\n@holdfast " + strings.ReplaceAll(words, "\n", "\n@holdfast ") + "\n@holdfast }\n"
	}, func(t *testing.T, port int) { grpcServer(t, everywhere(port)); grpcServer(t, everywhere(port+1)) }},
}

func everywhere(port int) string { return fmt.Sprintf("[::]:%d", port) }

func overTCP(answer func(*target, net.Conn)) func(*testing.T, int) {
	return func(t *testing.T, port int) {
		lie(t, everywhere(port), answer)
		lie(t, everywhere(port+1), answer)
	}
}

// overUDP answers whatever comes, from the address that was asked: to a question about a name it is a reply.
func overUDP(t *testing.T, port int) {
	for _, at := range []string{"10.9.0.9", "10.9.0.8", "[fd09::9]", "[fd09::8]", "[fe80::9%fa]", "[fe80::9%fb]"} {
		for _, port := range []int{port, port + 1} {
			named(t, fmt.Sprintf("%s:%d", at, port), one(func(q []byte) []byte { return header(q, 0x8180) }))
		}
	}
}

// farNetwork gives the namespace of the thread both cables, whose other ends are a and b, and the addresses of real servers.
func farNetwork(run func(string)) {
	run(`set -e; for c in a b; do
		ip link add f$c type veth peer name $c
		sysctl -qw net.ipv4.conf.f$c.rp_filter=0 net.ipv6.conf.f$c.accept_dad=0
		ip link set dev f$c up
		ip -6 address add fe80::9/64 dev f$c nodad
	done
	sysctl -qw net.ipv4.conf.all.rp_filter=0
	ip address add 10.9.0.9/32 dev lo; ip address add 10.9.0.8/32 dev lo
	ip -6 address add fd09::9/128 dev lo nodad; ip -6 address add fd09::8/128 dev lo nodad
	for n in 1 3; do ip route add 10.9.0.$n dev fa; ip -6 route add fd09::$n via fe80::1 dev fa; done
	for n in 2 4; do ip route add 10.9.0.$n dev fb; ip -6 route add fd09::$n via fe80::2 dev fb; done
	` + settled("fd09::9", "fd09::8"))
}

// nearNetwork fetches the other ends of the cables into the namespace of the thread, and gives them addresses. Over a go
// packets to real servers, over b those with the mark 7, and those that are told to.
func nearNetwork(run func(string), far string) {
	run("nsenter --net=" + far + " sh -c 'for c in a b; do ip link set dev $c netns " + ownNamespace() + "; done'")
	run(`set -e; for c in a b; do
		sysctl -qw net.ipv4.conf.$c.rp_filter=0 net.ipv6.conf.$c.accept_dad=0
		ip link set dev $c up
	done
	sysctl -qw net.ipv4.conf.all.rp_filter=0
	for n in 1 3; do ip address add 10.9.0.$n/32 dev a; ip -6 address add fd09::$n/128 dev a nodad; done
	for n in 2 4; do ip address add 10.9.0.$n/32 dev b; ip -6 address add fd09::$n/128 dev b nodad; done
	ip -6 address add fe80::1/64 dev a nodad; ip -6 address add fe80::2/64 dev b nodad
	ip route add 10.9.0.8/31 dev a src 10.9.0.1 metric 10; ip route add 10.9.0.8/31 dev b src 10.9.0.2 metric 20
	ip -6 route add fd09::8/127 via fe80::9 dev a src fd09::1 metric 10
	ip -6 route add fd09::8/127 via fe80::9 dev b src fd09::2 metric 20
	ip rule add fwmark 7 lookup 77; ip -6 rule add fwmark 7 lookup 77
	ip route add 10.9.0.8/31 dev b src 10.9.0.2 table 77
	ip -6 route add fd09::8/127 via fe80::9 dev b src fd09::2 table 77
	` + settled("fd09::1", "fd09::2", "fd09::3", "fd09::4", "fe80::1", "fe80::2"))
}

// ownNamespace is a path of the network namespace of the thread.
func ownNamespace() string { return fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid()) }

// cables are what hears all packets of a namespace.
type cables struct {
	t      *testing.T
	socket int
	names  map[int]string
}

// watchCables hears what comes to the namespace of the thread.
func watchCables(t *testing.T) *cables {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, int(bigEndian(unix.ETH_P_ALL)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	w := &cables{t, fd, map[int]string{}}
	for _, name := range []string{"a", "b"} {
		dev, err := net.InterfaceByName("f" + name)
		if err != nil {
			t.Fatal(err)
		}
		w.names[dev.Index] = name
	}
	return w
}

// forget drops what has been heard.
func (w *cables) forget() {
	for {
		if _, ok := w.next(); !ok {
			return
		}
	}
}

// first is the first packet of a protocol that somebody has sent here, false if none has come.
func (w *cables) first(protocol int) (sighting, bool) {
	for {
		p, ok := w.next()
		if !ok {
			return sighting{}, false
		}
		if p.protocol == protocol {
			return p.sighting, true
		}
	}
}

// A packet is one that has come, or is of no interest.
type packet struct {
	sighting
	protocol int
}

func (w *cables) next() (packet, bool) {
	buf := make([]byte, 2048)
	n, from, err := unix.Recvfrom(w.socket, buf, 0)
	if err != nil {
		if err != unix.EAGAIN {
			w.t.Error(err)
		}
		return packet{}, false
	}
	ll, ok := from.(*unix.SockaddrLinklayer)
	if !ok || ll.Pkttype != unix.PACKET_HOST || w.names[ll.Ifindex] == "" {
		return packet{}, true
	}
	p := readPacket(buf[:n])
	p.cable = w.names[ll.Ifindex]
	return p, true
}

// readPacket reads the beginning of a connection, a datagram or an echo.
func readPacket(b []byte) (p packet) {
	var from, to netip.Addr
	var body []byte
	switch {
	case len(b) > 28 && b[0] == 0x45:
		p.protocol, body = int(b[9]), b[20:]
		from, to = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	case len(b) > 48 && b[0]>>4 == 6:
		p.protocol, body = int(b[6]), b[40:]
		from, to = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	default:
		return packet{}
	}
	echo := p.protocol == unix.IPPROTO_ICMP && body[0] == 8 || p.protocol == unix.IPPROTO_ICMPV6 && body[0] == 128
	switch {
	case echo:
		p.protocol = echoes
		p.from, p.to = netip.AddrPortFrom(from, 0), netip.AddrPortFrom(to, 0)
	// Of a connection only what begins it: that of the attempt before may still be ending.
	case p.protocol == unix.IPPROTO_TCP && body[13]&0x12 == 2, p.protocol == unix.IPPROTO_UDP:
		p.from = netip.AddrPortFrom(from, binary.BigEndian.Uint16(body))
		p.to = netip.AddrPortFrom(to, binary.BigEndian.Uint16(body[2:]))
	default:
		return packet{}
	}
	return p
}
