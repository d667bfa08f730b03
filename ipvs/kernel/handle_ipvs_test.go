//go:build ipvs

package kernel_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/sockbuf"
	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
)

var rr = ipvs.ServiceSettings{Scheduler: "rr"}

// Semantics 8.2 and 8.27: what a command is answered that cannot be done.
func TestSemantics8_2_Refusals(t *testing.T) {
	h := openKernel(t)
	web, six, none := service(ipvs.TCP, "10.0.0.1:80"), service(ipvs.TCP, "[fd00::1]:80"), service(ipvs.TCP, "10.0.0.9:80")
	there, absent := dest("10.1.0.1:80"), dest("10.1.0.9:80")
	dr := ipvs.DestSettings{Method: ipvs.Route, Weight: 1}
	fill(t, h, ipvs.Table{
		web: {Settings: rr, Dests: map[ipvs.DestID]ipvs.DestSettings{there: dr}},
		six: {Settings: rr},
	})
	before := ipvsadm(t, "-Sn")
	set := func(f func(*ipvs.ServiceSettings)) ipvs.ServiceSettings { s := rr; f(&s); return s }
	real := func(f func(*ipvs.DestSettings)) ipvs.DestSettings { s := dr; f(&s); return s }
	for _, test := range []struct {
		name  string
		c     ipvs.Command
		errno syscall.Errno
		text  string
	}{
		{"service there", ipvs.Command{Op: ipvs.AddService, Service: web, Settings: rr}, unix.EEXIST,
			"adding service [10.0.0.1]:tcp:80: service exists (errno 17)"},
		{"scheduler the kernel lacks", ipvs.Command{Op: ipvs.AddService, Service: none, Settings: set(func(s *ipvs.ServiceSettings) { s.Scheduler = "twos" })}, unix.ENOENT,
			`adding service [10.0.0.9]:tcp:80: scheduler or persistence engine "twos" not found (errno 2)`},
		{"edit to such a scheduler", ipvs.Command{Op: ipvs.EditService, Service: web, Settings: set(func(s *ipvs.ServiceSettings) { s.Scheduler = "twos" })}, unix.ENOENT,
			`changing service [10.0.0.1]:tcp:80: scheduler or persistence engine "twos" not found (errno 2)`},
		{"engine unknown", ipvs.Command{Op: ipvs.AddService, Service: none, Settings: set(func(s *ipvs.ServiceSettings) { s.Engine = "sap" })}, unix.ENOENT,
			`adding service [10.0.0.9]:tcp:80: scheduler or persistence engine "rr/sap" not found (errno 2)`},
		{"edit of no service", ipvs.Command{Op: ipvs.EditService, Service: none, Settings: rr}, unix.ESRCH,
			"changing service [10.0.0.9]:tcp:80: no such service (errno 3)"},
		{"deletion of no service", ipvs.Command{Op: ipvs.DeleteService, Service: none}, unix.ESRCH,
			"deleting service [10.0.0.9]:tcp:80: no such service (errno 3)"},
		{"IPv6 prefix too long", ipvs.Command{Op: ipvs.EditService, Service: six, Settings: set(func(s *ipvs.ServiceSettings) { s.PrefixLen = 129 })}, unix.EINVAL,
			"changing service [fd00::1]:tcp:80: invalid settings (errno 22)"},
		{"IPv4 prefix too long", ipvs.Command{Op: ipvs.EditService, Service: web, Settings: set(func(s *ipvs.ServiceSettings) { s.PrefixLen = 33 })}, unix.EINVAL,
			"changing service [10.0.0.1]:tcp:80: invalid settings (errno 22)"},
		{"no identity", ipvs.Command{Op: ipvs.AddService, Settings: rr}, unix.EAFNOSUPPORT,
			"adding service [invalid IP]:none:0: address family not supported (errno 97)"},
		{"destination there", ipvs.Command{Op: ipvs.AddDest, Service: web, Dest: there, DestSettings: dr}, unix.EEXIST,
			"adding destination [10.1.0.1]:tcp:80 of service [10.0.0.1]:tcp:80: destination exists (errno 17)"},
		{"edit of no destination", ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: absent, DestSettings: dr}, unix.ENOENT,
			"changing destination [10.1.0.9]:tcp:80 of service [10.0.0.1]:tcp:80: no such destination (errno 2)"},
		{"deletion of no destination", ipvs.Command{Op: ipvs.DeleteDest, Service: web, Dest: absent}, unix.ENOENT,
			"deleting destination [10.1.0.9]:tcp:80 of service [10.0.0.1]:tcp:80: no such destination (errno 2)"},
		{"destination of no service", ipvs.Command{Op: ipvs.AddDest, Service: none, Dest: absent, DestSettings: dr}, unix.ESRCH,
			"adding destination [10.1.0.9]:tcp:80 of service [10.0.0.9]:tcp:80: no such service (errno 3)"},
		{"weight below 0", ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: there, DestSettings: real(func(s *ipvs.DestSettings) { s.Weight = -1 })}, unix.ERANGE,
			"changing destination [10.1.0.1]:tcp:80 of service [10.0.0.1]:tcp:80: weight or thresholds out of range (lower threshold above upper?) (errno 34)"},
		{"thresholds crossed", ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: there, DestSettings: real(func(s *ipvs.DestSettings) { s.LowerThreshold = 1 })}, unix.ERANGE, ""},
		{"destination not unicast", ipvs.Command{Op: ipvs.AddDest, Service: web, Dest: dest("224.0.0.1:80"), DestSettings: dr}, unix.EINVAL, ""},
		{"destination of the other family, not tunnelled", ipvs.Command{Op: ipvs.AddDest, Service: web, Dest: dest("[fd00:1::1]:80"), DestSettings: dr}, unix.EINVAL, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := alone(h, test.c)
			if !errors.Is(err, test.errno) {
				t.Errorf("got %v, want %v", err, test.errno)
			} else if test.text != "" && err.Error() != test.text {
				t.Errorf("got  %s\nwant %s", err, test.text)
			}
		})
	}
	if after := ipvsadm(t, "-Sn"); after != before {
		t.Errorf("refused commands changed the table from\n%sto\n%s", before, after)
	}
	if _, err := h.ReadService(none); !errors.Is(err, unix.ESRCH) {
		t.Errorf("reading a service that is not there gave %v, want ESRCH", err)
	}
}

// Semantics 8.17: services of others stay, and flush takes them too.
func TestSemantics8_17_ForeignServices(t *testing.T) {
	h := openKernel(t)
	ipvsadm(t, "-A -t 10.9.0.1:80 -s wlc -p 1 -M 255.0.255.0")
	ipvsadm(t, "-a -t 10.9.0.1:80 -r 10.9.1.1:80 -i --tun-type gue --tun-port 6080")
	ipvsadm(t, "-A -t 10.9.0.2:80 -s wlc -p 1 -M 0.0.0.0")
	ipvsadm(t, "-A -f 9 -s sh -b flag-1")
	foreign := ipvsadm(t, "-Sn")
	mine := ipvs.Table{service(ipvs.TCP, "10.0.0.1:80"): {Settings: rr, Dests: map[ipvs.DestID]ipvs.DestSettings{
		dest("10.1.0.1:80"): {Method: ipvs.Route, Weight: 1}}}}
	fill(t, h, mine)
	all := mustRead(t, h)
	if len(all) != 4 {
		t.Errorf("%d services read, want 4:\n%s", len(all), ipvs.Format(all))
	}
	for _, at := range []string{"10.9.0.1:80", "10.9.0.2:80"} {
		if s := all[service(ipvs.TCP, at)]; s.Settings.PrefixLen != ipvs.NotPrefix {
			t.Errorf("the odd mask of %s is read as prefix %d", at, s.Settings.PrefixLen)
		}
	}
	if m := all[service(ipvs.TCP, "10.9.0.1:80")].Dests[dest("10.9.1.1:80")].Method; m != ipvs.Tunnel {
		t.Errorf("the foreign tunnel is read as %v", m)
	}
	have := ipvs.Table{}
	for id := range mine {
		have[id] = all[id]
	}
	mustApply(t, h, ipvs.Diff(have, nil))
	if got := ipvsadm(t, "-Sn"); got != foreign {
		t.Errorf("foreign services were\n%sand are\n%s", foreign, got)
	}
	if err := h.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := ipvsadm(t, "-Sn"); got != "" {
		t.Errorf("after the flush there is\n%s", got)
	}
}

// Edits in place: each setting there and back, nothing else changed.
func TestEdits(t *testing.T) {
	h := openKernel(t)
	web, d := service(ipvs.UDP, "10.0.0.1:80"), dest("10.1.0.1:80")
	base := ipvs.Service{Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32},
		Dests: map[ipvs.DestID]ipvs.DestSettings{d: {Method: ipvs.Masq, Weight: 1}}}
	fill(t, h, ipvs.Table{web: base})
	for _, change := range []func(*ipvs.ServiceSettings, *ipvs.DestSettings){
		func(s *ipvs.ServiceSettings, _ *ipvs.DestSettings) { s.Scheduler = "wlc" },
		func(s *ipvs.ServiceSettings, _ *ipvs.DestSettings) {
			s.Flags, s.Timeout, s.PrefixLen = ipvs.Persistent, 50*time.Second, 24
		},
		func(s *ipvs.ServiceSettings, _ *ipvs.DestSettings) {
			s.Flags, s.Timeout, s.Engine = ipvs.Persistent|ipvs.OnePacket, time.Second, "sip"
		},
		func(s *ipvs.ServiceSettings, _ *ipvs.DestSettings) {
			s.Scheduler, s.Flags = "mh", ipvs.Sched1|ipvs.Sched2
		},
		func(_ *ipvs.ServiceSettings, d *ipvs.DestSettings) { d.Weight = 0 },
		func(_ *ipvs.ServiceSettings, d *ipvs.DestSettings) { d.Weight = 1<<31 - 1 },
		func(_ *ipvs.ServiceSettings, d *ipvs.DestSettings) { d.Method = ipvs.Route },
		func(_ *ipvs.ServiceSettings, d *ipvs.DestSettings) { d.Method = ipvs.Tunnel },
		func(_ *ipvs.ServiceSettings, d *ipvs.DestSettings) { d.UpperThreshold, d.LowerThreshold = 9, 8 },
	} {
		for _, batched := range []bool{false, true} {
			s, r := base.Settings, base.Dests[d]
			change(&s, &r)
			changed := ipvs.Service{Settings: s, Dests: map[ipvs.DestID]ipvs.DestSettings{d: r}}
			if s.Scheduler == ipvs.Maglev {
				changed.History = &ipvs.History{Order: []ipvs.DestID{d}}
			}
			want := ipvs.Table{web: changed}
			for _, to := range []ipvs.Table{want, {web: base}} {
				cmds := ipvs.Diff(mustRead(t, h), to)
				if to[web].History != nil { // what came from another scheduler is made anew
					cmds = cmds[:1]
				}
				if len(cmds) != 1 {
					t.Fatalf("to\n%s: %v", ipvs.Format(to), cmds)
				}
				if batched {
					mustApply(t, h, cmds)
				} else {
					one(t, h, cmds)
				}
				if got := mustRead(t, h); !reflect.DeepEqual(got, to) {
					t.Errorf("after %v (batched %v): %+v, want %+v", cmds, batched, got, to)
				}
			}
		}
	}
}

// Semantics 8.21.
func TestSemantics8_21_Timeouts(t *testing.T) {
	h := openKernel(t)
	first, err := h.Timeouts()
	if err != nil {
		t.Fatal(err)
	}
	if want := (ipvs.Timeouts{TCP: 900 * time.Second, TCPFin: 120 * time.Second, UDP: 300 * time.Second}); first != want {
		t.Errorf("at first %+v, want %+v", first, want)
	}
	if err := h.SetTimeouts(ipvs.Timeouts{TCP: 7200 * time.Second, UDP: time.Second}); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Timeouts(); err != nil ||
		got != (ipvs.Timeouts{TCP: 7200 * time.Second, TCPFin: first.TCPFin, UDP: time.Second}) {
		t.Errorf("then %+v, %v", got, err)
	}
	if got := ipvsadm(t, "-L --timeout"); !strings.Contains(got, "7200 120 1") {
		t.Errorf("ipvsadm sees %s", got)
	}
	if err := h.SetTimeouts(ipvs.Timeouts{TCP: (1 << 31) * time.Second}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a timeout too long gave %v, want EINVAL", err)
	}
	if err := h.SetTimeouts(first); err != nil {
		t.Error(err)
	}
	if got, err := h.Timeouts(); err != nil || got != first {
		t.Errorf("restored %+v, %v", got, err)
	}
}

// Connections through a service are counted for it and for the destination chosen.
func TestStatsOfTraffic(t *testing.T) {
	h := openKernel(t)
	if out, err := exec.Command("ip", "address", "add", "10.0.0.1/32", "dev", "lo").CombinedOutput(); err != nil {
		t.Fatalf("ip address add: %v: %s", err, out)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	web, d, idle := service(ipvs.TCP, "10.0.0.1:80"), dest("127.0.0.1:8080"), dest("127.0.0.2:8080")
	fill(t, h, ipvs.Table{web: {Settings: ipvs.ServiceSettings{Scheduler: "wrr"}, Dests: map[ipvs.DestID]ipvs.DestSettings{
		d: {Method: ipvs.Masq, Weight: 1}, idle: {Method: ipvs.Masq, Weight: 0}}}})
	const n = 5
	for i := range n {
		c, err := net.DialTimeout("tcp4", "10.0.0.1:80", 5*time.Second)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
	}
	// The kernel sums up its counters every two seconds.
	deadline := time.Now().Add(20 * time.Second)
	var s ipvs.ServiceStats
	for {
		listed, err := h.ListService(web)
		if err != nil {
			t.Fatal(err)
		}
		s = ipvs.ServiceStats{Counters: listed.Counters, Dests: map[ipvs.DestID]ipvs.DestStats{}}
		for _, d := range listed.Dests {
			s.Dests[d.ID] = d.Stats
		}
		got := s.Dests[d]
		if s.Connections == n && got.Connections == n && got.Active == n && s.PacketsIn >= n && s.BytesIn >= 40*n &&
			got.PacketsIn == s.PacketsIn {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %d connections: service %+v, destination %+v", n, s.Counters, got)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if other, ok := s.Dests[idle]; !ok || other != (ipvs.DestStats{}) || len(s.Dests) != 2 {
		t.Errorf("destination without weight: %+v of %d", other, len(s.Dests))
	}
	if _, err := h.ListService(service(ipvs.TCP, "10.0.0.2:80")); !errors.Is(err, unix.ESRCH) {
		t.Errorf("statistics of no service: %v, want ESRCH", err)
	}
}

func TestWithoutRights(t *testing.T) {
	enterNamespace(t)
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&hdr, &none[0]); err != nil { // of this thread, which ends with the test
		t.Fatal(err)
	}
	_, err := kernel.Open()
	if !errors.Is(err, unix.EPERM) || !strings.Contains(fmt.Sprint(err), "needs root or CAP_NET_ADMIN") {
		t.Errorf("got %v, want EPERM and the way out", err)
	}
}

// A handle writes to the table it was opened for, whatever thread uses it, as long as its socket lives.
func TestOtherNamespace(t *testing.T) {
	h := openKernel(t)
	web := ipvs.Command{Op: ipvs.AddService, Service: service(ipvs.TCP, "10.0.0.1:80"), Settings: rr}
	flushed, applied := make(chan struct{}), make(chan struct{})
	var reads [2]ipvs.Table
	go func() {
		defer close(applied)
		runtime.LockOSThread() // and never unlocked: the thread ends here
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Error(err)
		}
		errs := h.Apply([]ipvs.Command{web})
		reads[0], _ = h.Read()
		if err := errors.Join(append(errs, h.Flush())...); err != nil {
			t.Error(err)
		}
		flushed <- struct{}{}
		<-flushed
		if errs := h.Apply([]ipvs.Command{web}); errs != nil {
			t.Error(errs)
		}
		reads[1], _ = h.Read()
	}()
	<-flushed
	if got := ipvsadm(t, "-Sn"); got != "" {
		t.Errorf("after the flush the handle's table is\n%s", got)
	}
	flushed <- struct{}{}
	<-applied
	if got := ipvsadm(t, "-Sn"); got != "-A -t 10.0.0.1:80 -s rr\n" {
		t.Errorf("after the write the handle's table is\n%s", got)
	}
	if len(reads[0]) != 1 || len(reads[1]) != 1 {
		t.Errorf("read in the other thread: %v", reads)
	}
}

// removeModules unloads IPVS, waiting for the namespaces of earlier tests to end.
func removeModules(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		b, err := os.ReadFile("/proc/modules")
		if err != nil {
			t.Fatal(err)
		}
		var left []string
		for l := range strings.Lines(string(b)) {
			if name, _, _ := strings.Cut(l, " "); strings.HasPrefix(name, "ip_vs") {
				left = append(left, name)
			}
		}
		if len(left) == 0 {
			return
		}
		for _, name := range left {
			if err := unix.DeleteModule(name, unix.O_NONBLOCK); err != nil && time.Now().After(deadline) {
				t.Fatalf("removing %s: %v", name, err)
			}
		}
	}
}

// hideModprobe makes loading modules fail, for us and for the kernel, until the
// function it gives is called.
func hideModprobe(t *testing.T) func() {
	t.Helper()
	const kernelsOwn = "/proc/sys/kernel/modprobe"
	was, err := os.ReadFile(kernelsOwn)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/modprobe", []byte("#!/bin/sh\necho not today\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", dir+":"+path)
	if err := os.WriteFile(kernelsOwn, []byte(dir+"/modprobe"), 0o644); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Setenv("PATH", path)
		if err := os.WriteFile(kernelsOwn, []byte(strings.TrimSpace(string(was))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The module is loaded when it is missing, a handle survives its being loaded again,
// and a kernel without it is named as such.
func TestSemantics8_1_Module(t *testing.T) {
	if os.Getenv("UMLRUN_INSIDE") == "" {
		t.Skip("removes the machine's IPVS modules: only in a kernel of its own (test/uml/run)")
	}
	removeModules(t)
	h := openKernel(t)
	fill(t, h, ipvs.Table{service(ipvs.TCP, "10.0.0.1:80"): {Settings: rr}})
	if err := h.Flush(); err != nil {
		t.Fatal(err)
	}
	removeModules(t)
	loader := hideModprobe(t)
	if _, err := h.Read(); !errors.Is(err, kernel.ErrUnavailable) {
		t.Errorf("reading without the module: %v, want %v", err, kernel.ErrUnavailable)
	}
	_, err := kernel.Open()
	if want := "kernel has no IPVS: load module ip_vs (modprobe ip_vs: exit status 1: not today)"; !errors.Is(
		err,
		kernel.ErrUnavailable,
	) ||
		err.Error() != want {
		t.Errorf("opening without the module: %v, want %s", err, want)
	}
	loader()
	again, err := kernel.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if table, err := h.Read(); err != nil || len(table) != 0 {
		t.Errorf("the old handle reads %v, %v", table, err)
	}
	for _, h := range []*kernel.Handle{h, again} {
		fill(t, h, ipvs.Table{service(ipvs.TCP, "10.0.0.2:80"): {Settings: rr}})
		if got := ipvsadm(t, "-Sn"); got != "-A -t 10.0.0.2:80 -s rr\n" {
			t.Errorf("the table is\n%s", got)
		}
		if err := h.Flush(); err != nil {
			t.Fatal(err)
		}
	}
}

// A table of 10,000 is written again after the module was unloaded and loaded, by the same handle,
// whose first word after that is a write; what the kernel refuses of it is refused as before.
func TestModuleLoadedAgainUnderALargeTable(t *testing.T) {
	if os.Getenv("UMLRUN_INSIDE") == "" {
		t.Skip("removes the machine's IPVS modules: only in a kernel of its own (test/uml/run)")
	}
	h := openKernel(t)
	table := grid(100, 100)
	cmds := ipvs.Diff(nil, table)
	web, far := service(ipvs.TCP, "10.200.0.1:80"), dest("10.200.1.1:80")
	refused := []ipvs.Command{
		{Op: ipvs.AddService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "twos"}},
		{Op: ipvs.AddDest, Service: web, Dest: far},
		cmds[0],
	}
	cmds = append(cmds, refused...)
	for life := range 3 {
		errs := h.Apply(cmds)
		if len(errs) != len(cmds) {
			t.Fatalf("life %d: %d results for %d commands", life, len(errs), len(cmds))
		}
		n := len(cmds) - len(refused)
		if err := errors.Join(errs[:n]...); err != nil {
			t.Fatalf("life %d: %v", life, err)
		}
		for i, want := range []syscall.Errno{unix.ENOENT, unix.ESRCH, unix.EEXIST} {
			var word *ipvs.CommandError
			if !errors.As(errs[n+i], &word) || !errors.Is(word, want) {
				t.Errorf("life %d: %v gave %v, want %v", life, refused[i], errs[n+i], want)
			}
		}
		if left := ipvs.Diff(mustRead(t, h), table); len(left) != 0 {
			t.Errorf("life %d: %d commands still to do, first %v", life, len(left), left[0])
		}
		if n := strings.Count(ipvsadm(t, "-Sn"), "\n"); n != 100+100*100 {
			t.Errorf("life %d: ipvsadm sees %d entries", life, n)
		}
		if err := h.Flush(); err != nil {
			t.Fatal(err)
		}
		removeModules(t)
	}
	loader := hideModprobe(t)
	for _, err := range h.Apply(cmds[:3]) {
		if want := "writing the IPVS table: " + kernel.ErrUnavailable.Error(); !errors.Is(err, kernel.ErrUnavailable) ||
			err.Error() != want {
			t.Errorf("writing without the module: %v, want %s", err, want)
		}
	}
	loader()
	lone := ipvs.Command{Op: ipvs.EditService, Service: web, Settings: rr}
	if errs := h.Apply([]ipvs.Command{lone}); len(errs) != 1 || !errors.Is(errs[0], unix.ESRCH) {
		t.Errorf("the first command when the module is back: %v, want ESRCH", errs)
	}
}

// The socket of the table has the receive buffer that it is given, and works with it.
func TestReceiveBuffer(t *testing.T) {
	h := openKernel(t)
	has := func(want int) bool {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fds {
			var fd int
			if _, err := fmt.Sscan(f.Name(), &fd); err != nil {
				t.Fatal(err)
			}
			// What is no socket answers with an error.
			if n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err == nil && n == want {
				return true
			}
		}
		return false
	}
	const size = 9000001 // beyond net.core.rmem_max
	for _, force := range []bool{true, false} {
		if err := h.SetReceiveBuffer(sockbuf.Size{Bytes: size, Force: force}); err != nil {
			t.Fatal(err)
		}
		if has(2*size) != force {
			t.Errorf("forced %v: a socket with %d bytes: %v", force, 2*size, !force)
		}
	}
	if err := h.SetReceiveBuffer(sockbuf.Size{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read(); err != nil {
		t.Error(err)
	}
}
