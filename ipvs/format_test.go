package ipvs_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/ipvs"
)

func TestSemantics8_22_Names(t *testing.T) {
	six := dest("[2001:db8::171]:443")
	four := dest("192.168.1.171:80")
	for _, test := range []struct {
		id       ipvs.ServiceID
		d        ipvs.DestID
		vs, real string
	}{
		{service(ipvs.TCP, "192.168.1.150:80"), four, "[192.168.1.150]:tcp:80", "[192.168.1.171]:tcp:80"},
		{service(ipvs.UDP, "192.168.1.150:53"), four, "[192.168.1.150]:udp:53", "[192.168.1.171]:udp:80"},
		{service(ipvs.SCTP, "192.168.1.150:9"), four, "[192.168.1.150]:sctp:9", "[192.168.1.171]:sctp:80"},
		{service(ipvs.TCP, "[2001:db8::1]:443"), six, "[2001:db8::1]:tcp:443", "[2001:db8::171]:tcp:443"},
		{service(ipvs.TCP, "0.0.0.0:0"), four, "[0.0.0.0]:tcp:0", "[192.168.1.171]:tcp:80"},
		{mark(ipvs.IPv4, 1), four, "FWM 1", "[192.168.1.171]:none:80"},
		{mark(ipvs.IPv6, 4294967295), six, "FWM 4294967295", "[2001:db8::171]:none:443"},
		{ipvs.ServiceID{FWMark: 2, Protocol: ipvs.TCP}, four, "FWM 2", "[192.168.1.171]:none:80"},
		{service(47, "10.0.0.1:1"), four, "[10.0.0.1]:47:1", "[192.168.1.171]:47:80"},
	} {
		if got := test.id.String(); got != test.vs {
			t.Errorf("service %+v is called %s, want %s", test.id, got, test.vs)
		}
		if got := test.id.DestName(test.d); got != test.real {
			t.Errorf("destination %v of %v is called %s, want %s", test.d, test.id, got, test.real)
		}
	}
	if got := six.String(); got != "[2001:db8::171]:443" {
		t.Errorf("destination is printed %s", got)
	}
	for m, want := range map[ipvs.Method]string{ipvs.Masq: "Masq", ipvs.Local: "Local", ipvs.Tunnel: "Tunnel", ipvs.Route: "Route", 4: "method 4"} {
		if got := m.String(); got != want {
			t.Errorf("method %d is called %s, want %s", m, got, want)
		}
	}
}

// The lines are what ipvsadm 1.31 prints for the table; the tests in a kernel with
// IPVS compare with it live.
func TestFormat(t *testing.T) {
	sticky := func(s ipvs.ServiceSettings, seconds int, bits uint8) ipvs.ServiceSettings {
		s.Flags |= ipvs.Persistent
		s.Timeout, s.PrefixLen = time.Duration(seconds)*time.Second, bits
		return s
	}
	rr := ipvs.ServiceSettings{Scheduler: "rr"}
	sh := ipvs.ServiceSettings{Scheduler: "sh", Flags: ipvs.Sched1 | ipvs.Sched2}
	mh := ipvs.ServiceSettings{Scheduler: "mh", Flags: ipvs.Sched1}
	flags := ipvs.ServiceSettings{Scheduler: "rr", Flags: ipvs.Sched1 | ipvs.Sched2 | ipvs.Sched3}
	sip := ipvs.ServiceSettings{Scheduler: "sh", Flags: ipvs.OnePacket | ipvs.Sched2, Engine: "sip"}
	mixed := ipvs.Service{Settings: rr, Dests: map[ipvs.DestID]ipvs.DestSettings{
		dest("[fd00::2]:80"):   {Method: ipvs.Masq, Weight: 3, UpperThreshold: 9, LowerThreshold: 4},
		dest("10.0.0.3:80"):    {Method: ipvs.Tunnel, Weight: 1<<31 - 1},
		dest("[fd00::10]:80"):  {Method: ipvs.Local},
		dest("[fd00::10]:443"): {Method: ipvs.Route, Weight: 1},
	}}
	table := with(
		one(service(ipvs.SCTP, "10.0.0.1:8"), sticky(rr, 1, 24)),
		one(service(ipvs.UDP, "10.0.0.1:0"), sticky(mh, 360, 32)),
		one(service(ipvs.UDP, "10.0.0.1:5"), sh),
		one(service(ipvs.UDP, "10.0.0.1:6"), flags),
		one(service(ipvs.TCP, "10.0.0.1:443"), rr, "10.0.0.20:443", "10.0.0.3:443", "10.0.0.3:80"),
		one(service(ipvs.TCP, "9.0.0.1:80"), rr),
		one(mark(ipvs.IPv6, 5), sticky(rr, 300, 64)),
		one(mark(ipvs.IPv4, 6), sticky(sip, 10, 16)),
		one(mark(ipvs.IPv4, 5), sticky(rr, 300, 0)),
		one(mark(ipvs.IPv4, 4), sticky(rr, 300, ipvs.NotPrefix)),
		one(service(ipvs.TCP, "[fd00::1]:81"), sticky(rr, 5, 128)),
		ipvs.Table{service(ipvs.TCP, "[fd00::1]:80"): mixed},
	)
	want := `-A -t 9.0.0.1:80 -s rr
-A -t 10.0.0.1:443 -s rr
-a -t 10.0.0.1:443 -r 10.0.0.3:80 -g -w 1
-a -t 10.0.0.1:443 -r 10.0.0.3:443 -g -w 1
-a -t 10.0.0.1:443 -r 10.0.0.20:443 -g -w 1
-A -u 10.0.0.1:0 -s mh -p 360 -b mh-fallback
-A -u 10.0.0.1:5 -s sh -b sh-fallback,sh-port
-A -u 10.0.0.1:6 -s rr -b flag-1,flag-2,flag-3
-A --sctp-service 10.0.0.1:8 -s rr -p 1 -M 255.255.255.0
-A -t [fd00::1]:80 -s rr
-a -t [fd00::1]:80 -r 10.0.0.3:80 -i -w 2147483647 --tun-type ipip
-a -t [fd00::1]:80 -r [fd00::2]:80 -m -w 3
-a -t [fd00::1]:80 -r [fd00::10]:80 -g -w 0
-a -t [fd00::1]:80 -r [fd00::10]:443 -g -w 1
-A -t [fd00::1]:81 -s rr -p 5
-A -f 4 -s rr -p 300 -M 0.0.0.0
-A -f 5 -s rr -p 300
-A -f 5 -6 -s rr -p 300 -M 64
-A -f 6 -s sh -p 10 -M 255.255.0.0 --pe sip -o -b sh-port
`
	if got := ipvs.Format(table); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := ipvs.Format(nil); got != "" {
		t.Errorf("an empty table is printed %q", got)
	}
}

func TestCommandString(t *testing.T) {
	web := service(ipvs.TCP, "10.0.0.1:80")
	d := dest("10.0.0.2:80")
	for _, test := range []struct {
		c    ipvs.Command
		want string
	}{
		{ipvs.Command{Op: ipvs.DeleteDest, Service: web, Dest: d}, "-d -t 10.0.0.1:80 -r 10.0.0.2:80"},
		{ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: d, DestSettings: ipvs.DestSettings{UpperThreshold: 5}},
			"-e -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 0 -x 5"},
		{ipvs.Command{Op: ipvs.DeleteService, Service: service(47, "10.0.0.1:80")}, "-D --protocol-47 10.0.0.1:80"},
		{ipvs.Command{Op: 9, Service: web}, "op 9 -t 10.0.0.1:80"},
	} {
		if got := test.c.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestCommandError(t *testing.T) {
	web := service(ipvs.TCP, "10.0.0.1:80")
	d := dest("10.0.0.2:80")
	kernel := errors.New("from the kernel")
	for _, test := range []struct {
		c     ipvs.Command
		errno int
		want  string
	}{
		{ipvs.Command{Op: ipvs.AddService, Service: web}, 17, "adding service [10.0.0.1]:tcp:80: service exists (errno 17)"},
		{ipvs.Command{Op: ipvs.EditService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "twos"}}, 2,
			`changing service [10.0.0.1]:tcp:80: scheduler or persistence engine "twos" not found (errno 2)`},
		{ipvs.Command{Op: ipvs.AddService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "rr", Engine: "sap"}}, 2,
			`adding service [10.0.0.1]:tcp:80: scheduler or persistence engine "rr/sap" not found (errno 2)`},
		{ipvs.Command{Op: ipvs.DeleteService, Service: mark(ipvs.IPv4, 3)}, 3, "deleting service FWM 3: no such service (errno 3)"},
		{ipvs.Command{Op: ipvs.AddDest, Service: web, Dest: d}, 17,
			"adding destination [10.0.0.2]:tcp:80 of service [10.0.0.1]:tcp:80: destination exists (errno 17)"},
		{ipvs.Command{Op: ipvs.DeleteDest, Service: mark(ipvs.IPv4, 3), Dest: d}, 2,
			"deleting destination [10.0.0.2]:none:80 of service FWM 3: no such destination (errno 2)"},
		{ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: d}, 1,
			"changing destination [10.0.0.2]:tcp:80 of service [10.0.0.1]:tcp:80: not permitted: needs root or CAP_NET_ADMIN (errno 1)"},
		{ipvs.Command{Op: ipvs.AddService, Service: web}, 0, "adding service [10.0.0.1]:tcp:80: from the kernel"},
		{ipvs.Command{Op: ipvs.AddService, Service: web}, 99, "adding service [10.0.0.1]:tcp:80: from the kernel (errno 99)"},
		{ipvs.Command{Op: 9, Service: web, Dest: d}, 3,
			"op 9 on destination [10.0.0.2]:tcp:80 of service [10.0.0.1]:tcp:80: no such service (errno 3)"},
	} {
		err := &ipvs.CommandError{Command: test.c, Err: kernel, Errno: test.errno}
		if got := err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		if !errors.Is(err, kernel) {
			t.Errorf("%v hides its errno", err)
		}
	}
	// No errno may be without words, whatever the operation.
	for errno := range 134 {
		for op := ipvs.AddService; op <= ipvs.DeleteDest; op++ {
			err := &ipvs.CommandError{Command: ipvs.Command{Op: op, Service: web, Dest: d}, Err: kernel, Errno: errno}
			if strings.Contains(err.Error(), ": :") || strings.HasSuffix(err.Error(), ": ") {
				t.Errorf("op %d, errno %d: %q", op, errno, err)
			}
		}
	}
}

func TestCanonical(t *testing.T) {
	web := service(ipvs.TCP, "10.0.0.1:80")
	for _, test := range []struct{ in, want ipvs.ServiceID }{
		{web, web},
		{ipvs.ServiceID{Protocol: ipvs.TCP, Addr: web.Addr, Port: 80}, web},
		{ipvs.ServiceID{FWMark: 4, Addr: web.Addr, Port: 80, Protocol: ipvs.UDP}, mark(ipvs.IPv4, 4)},
		{ipvs.ServiceID{FWMark: 4, Family: ipvs.IPv6}, mark(ipvs.IPv6, 4)},
		{ipvs.ServiceID{Addr: netip.MustParseAddr("fe80::1%lo")}, ipvs.ServiceID{Family: ipvs.IPv6, Addr: netip.MustParseAddr("fe80::1")}},
		{ipvs.ServiceID{Addr: netip.MustParseAddr("::ffff:10.0.0.1")}, ipvs.ServiceID{Family: ipvs.IPv6, Addr: netip.MustParseAddr("::ffff:10.0.0.1")}},
		{ipvs.ServiceID{}, ipvs.ServiceID{}},
	} {
		if got := test.in.Canonical(); got != test.want {
			t.Errorf("%+v: got %+v, want %+v", test.in, got, test.want)
		}
	}
}

func TestSettingsInKernelUnits(t *testing.T) {
	for d, want := range map[time.Duration]uint32{0: 0, 1: 1, time.Second: 1, time.Second + 1: 2, 86400 * 31 * time.Second: 2678400} {
		if got := (ipvs.ServiceSettings{Timeout: d}).Seconds(); got != want {
			t.Errorf("%v: got %d s, want %d", d, got, want)
		}
	}
	for _, test := range []struct {
		id   ipvs.ServiceID
		bits uint8
		want uint8
	}{
		{service(ipvs.TCP, "10.0.0.1:80"), 0, 32},
		{service(ipvs.TCP, "10.0.0.1:80"), 24, 24},
		{service(ipvs.TCP, "[fd00::1]:80"), 0, 128},
		{mark(ipvs.IPv6, 1), 0, 128},
		{ipvs.ServiceID{FWMark: 1}, 0, 32},
	} {
		if got := (ipvs.ServiceSettings{PrefixLen: test.bits}).Prefix(test.id); got != test.want {
			t.Errorf("%v, prefix %d: got %d, want %d", test.id, test.bits, got, test.want)
		}
	}
}
