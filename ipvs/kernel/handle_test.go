package kernel

import (
	"errors"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

func service(p ipvs.Protocol, at string) ipvs.ServiceID {
	ap := netip.MustParseAddrPort(at)
	return ipvs.ServiceID{Family: ipvs.FamilyOf(ap.Addr()), Protocol: p, Addr: ap.Addr(), Port: ap.Port()}
}

func dest(at string) ipvs.DestID {
	ap := netip.MustParseAddrPort(at)
	return ipvs.DestID{Addr: ap.Addr(), Port: ap.Port()}
}

func simulate(t rapid.TB) (*netlinkKernel, *Handle) {
	k := &netlinkKernel{ipvs: fake.New()}
	h, err := k.open()
	if err != nil {
		t.Fatal(err)
	}
	return k, h
}

func TestSemantics8_1_NoIPVS(t *testing.T) {
	k := &netlinkKernel{ipvs: fake.New(), absent: true}
	_, err := k.open()
	if !errors.Is(err, ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	if want := "kernel has no IPVS: load module ip_vs (no module loader here)"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestOpenLoadsTheModuleOnce(t *testing.T) {
	k := &netlinkKernel{ipvs: fake.New(), absent: true}
	loads := 0
	load := func() error { loads++; k.absent = false; return nil }
	for range 2 {
		h, err := open(k.dial, load)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
	if loads != 1 {
		t.Errorf("loaded %d times, want once", loads)
	}
	k.absent = true
	_, err := open(k.dial, func() error { return nil }) // built without IPVS: modprobe content, nothing there
	if !errors.Is(err, ErrUnavailable) || err.Error() != ErrUnavailable.Error() {
		t.Errorf("got %v, want %v", err, ErrUnavailable)
	}
}

func TestOpenWithoutRights(t *testing.T) {
	k := &netlinkKernel{ipvs: fake.New(), denied: true}
	_, err := k.open()
	if !errors.Is(err, syscall.EPERM) || errors.Is(err, ErrUnavailable) {
		t.Fatalf("got %v, want EPERM", err)
	}
	if want := "opening IPVS: operation not permitted (needs root or CAP_NET_ADMIN)"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestOpenWithoutNetlink(t *testing.T) {
	k := &netlinkKernel{ipvs: fake.New(), broken: syscall.ECONNREFUSED}
	_, err := k.open()
	if want := "finding IPVS in the kernel: connection refused"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRightsLostLater(t *testing.T) {
	k, h := simulate(t)
	k.denied = true
	web := service(ipvs.TCP, "10.0.0.1:80")
	_, readErr := h.Read()
	_, serviceErr := h.ReadService(web)
	_, statsErr := h.ListService(web)
	for _, err := range []error{readErr, serviceErr, statsErr} {
		if !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
			t.Errorf("got %v, want EPERM and the way out", err)
		}
	}
	errs := h.Apply([]ipvs.Command{{Op: ipvs.AddService, Service: web}})
	if len(errs) != 1 || !errors.Is(errs[0], syscall.EPERM) || !strings.Contains(errs[0].Error(), "CAP_NET_ADMIN") {
		t.Errorf("got %v, want EPERM and the way out", errs)
	}
}

// What is packed, carried over netlink and unpacked again is what was asked for.
func TestApplyAndReadRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, h := simulate(t)
		want := fake.Tables().Draw(t, "table")
		if errs := h.Apply(ipvs.Diff(nil, want)); errs != nil {
			t.Fatal(errs)
		}
		direct, err := k.ipvs.Read()
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.Read()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, direct) {
			t.Fatalf("read\n%swritten\n%s", ipvs.Format(got), ipvs.Format(direct))
		}
		if cmds := ipvs.Diff(got, want); len(cmds) != 0 {
			t.Fatalf("still to do: %v", cmds)
		}
		for id := range want {
			s, err := h.ReadService(id)
			if err != nil || !reflect.DeepEqual(s, got[id]) {
				t.Fatalf("service %v alone is %v (%v), in the table %v", id, s, err, got[id])
			}
		}
	})
}

// Each command of a batch succeeds or is refused as it would alone.
func TestApplyIsLikeDoingOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, h := simulate(t)
		cmds := rapid.SliceOfN(fake.Commands(), 0, 200).Draw(t, "commands")
		alone := fake.New()
		want := alone.Apply(cmds)
		got := h.Apply(cmds)
		if len(got) != len(want) {
			t.Fatalf("%d results, want %d", len(got), len(want))
		}
		for i := range want {
			if !reflect.DeepEqual(text(got[i]), text(want[i])) {
				t.Fatalf("%d: %v gave %v, want %v", i, cmds[i], got[i], want[i])
			}
		}
		if k.ipvs.String() != alone.String() {
			t.Fatalf("got\n%swant\n%s", k.ipvs, alone)
		}
	})
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestApplyNeedsFewSystemCalls(t *testing.T) {
	k, h := simulate(t)
	var cmds []ipvs.Command
	for port := range 200 {
		id := service(ipvs.TCP, "10.0.0.1:0")
		id.Port = uint16(port)
		cmds = append(cmds, ipvs.Command{Op: ipvs.AddService, Service: id, Settings: ipvs.ServiceSettings{Scheduler: "rr"}})
	}
	before := k.requests
	if errs := h.Apply(cmds); errs != nil {
		t.Fatal(errs)
	}
	if n := k.requests - before; n != 4 {
		t.Errorf("%d commands took %d sends, want 4", len(cmds), n)
	}
	if errs := h.Apply(nil); errs != nil || k.requests-before != 4 {
		t.Errorf("no commands: errors %v, %d sends", errs, k.requests-before-4)
	}
	if len(k.queue) != 0 {
		t.Errorf("%d answers left unread", len(k.queue))
	}
}

func TestApplyRefusesWhatNetlinkCannotSay(t *testing.T) {
	k, h := simulate(t)
	web := service(ipvs.TCP, "10.0.0.1:80")
	good := ipvs.Command{Op: ipvs.AddService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "rr"}}
	wide := good
	wide.Op, wide.Settings.PrefixLen = ipvs.EditService, 33
	odd := good
	odd.Op = 77
	errs := h.Apply([]ipvs.Command{wide, good, odd, good})
	if len(errs) != 4 || !errors.Is(errs[0], syscall.EINVAL) || errs[1] != nil || !errors.Is(errs[2], syscall.EINVAL) ||
		!errors.Is(errs[3], syscall.EEXIST) {
		t.Errorf("got %v, want EINVAL, nil, EINVAL, EEXIST", errs)
	}
	if errs := h.Apply([]ipvs.Command{wide}); len(errs) != 1 || !errors.Is(errs[0], syscall.EINVAL) {
		t.Errorf("got %v, want EINVAL", errs)
	}
	if got := k.ipvs.String(); got != "-A -t 10.0.0.1:80 -s rr\n" {
		t.Errorf("table is\n%s", got)
	}
}

// A socket that fails is replaced, and what is not known to be done is an error.
func TestBrokenSocket(t *testing.T) {
	web := service(ipvs.TCP, "10.0.0.1:80")
	add := []ipvs.Command{{Op: ipvs.AddService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "rr"}}}
	for name, use := range map[string]func(*Handle) error{
		"Read":        func(h *Handle) error { _, err := h.Read(); return err },
		"ReadService": func(h *Handle) error { _, err := h.ReadService(web); return err },
		"Apply":       func(h *Handle) error { return errors.Join(h.Apply(add)...) },
	} {
		t.Run(name, func(t *testing.T) {
			k, h := simulate(t)
			k.broken = syscall.ENOBUFS
			if err := use(h); !errors.Is(err, syscall.ENOBUFS) {
				t.Fatalf("got %v, want ENOBUFS", err)
			}
			if k.opened != 2 {
				t.Errorf("socket opened %d times, want 2", k.opened)
			}
			if errs := h.Apply(add); errs != nil {
				t.Errorf("after that: %v", errs)
			}
			if table, err := h.Read(); err != nil || len(table) != 1 {
				t.Errorf("after that: %v, %v", table, err)
			}
		})
	}
}

func TestApplyWithoutAnswer(t *testing.T) {
	k, h := simulate(t)
	k.ipvs.Refuse(func(c ipvs.Command) error {
		if c.Service.Port == 100 {
			k.broken = syscall.ENOBUFS // of the receive that follows
		}
		return nil
	})
	var cmds []ipvs.Command
	for port := range 150 {
		id := service(ipvs.TCP, "10.0.0.1:0")
		id.Port = uint16(port)
		cmds = append(cmds, ipvs.Command{Op: ipvs.AddService, Service: id, Settings: ipvs.ServiceSettings{Scheduler: "rr"}})
	}
	errs := h.Apply(cmds)
	for i, err := range errs {
		if done := i < batch; done != (err == nil) {
			t.Fatalf("command %d: %v", i, err)
		}
	}
	if len(errs) != len(cmds) {
		t.Fatalf("%d results for %d commands", len(errs), len(cmds))
	}
	table, err := h.Read()
	if err != nil || len(table) != 2*batch {
		t.Errorf("%d services (%v), want two batches", len(table), err)
	}
}

func TestModuleLoadedAgain(t *testing.T) {
	k, h := simulate(t)
	k.reload = 5
	if table, err := h.Read(); err != nil || len(table) != 0 {
		t.Fatalf("read %v, %v", table, err)
	}
	add := ipvs.Command{
		Op:       ipvs.AddService,
		Service:  service(ipvs.TCP, "10.0.0.1:80"),
		Settings: ipvs.ServiceSettings{Scheduler: "rr"},
	}
	if errs := h.Apply([]ipvs.Command{add}); errs != nil {
		t.Error(errs)
	}
	k.reload = 6 // and now the first thing is a write: it is done, and what is refused of it is told right
	bad, far := add, add
	bad.Op, bad.Settings.Scheduler = ipvs.EditService, "twos"
	far.Service.Port = 81
	if errs := h.Apply([]ipvs.Command{add, bad, far}); len(errs) != 3 || !errors.Is(errs[0], syscall.EEXIST) ||
		!errors.Is(errs[1], syscall.ENOENT) || errs[2] != nil {
		t.Errorf("after another number: %v", errs)
	}
	k.reload = 7
	none := ipvs.Command{Op: ipvs.DeleteDest, Service: add.Service, Dest: dest("10.0.0.9:80")}
	for range 2 { // when the number is known, too
		errs := h.Apply([]ipvs.Command{none})
		if refused := new(ipvs.CommandError); len(errs) != 1 || !errors.As(errs[0], &refused) ||
			!errors.Is(errs[0], syscall.ENOENT) {
			t.Errorf("a destination that is not there: %v, want the refusal with ENOENT", errs)
		}
	}
	if k.opened != 1 {
		t.Errorf("%d sockets for it, want none but the first", k.opened)
	}
	k.absent = true
	errs := h.Apply([]ipvs.Command{add, far})
	for _, err := range errs {
		if want := "writing the IPVS table: " + ErrUnavailable.Error(); !errors.Is(err, ErrUnavailable) ||
			err.Error() != want {
			t.Errorf("module gone: %v, want %s", err, want)
		}
	}
	if len(errs) != 2 {
		t.Errorf("%d errors for 2 commands", len(errs))
	}
	if _, err := h.Read(); !errors.Is(err, ErrUnavailable) ||
		err.Error() != "reading the IPVS services: "+ErrUnavailable.Error() {
		t.Errorf("module gone: %v", err)
	}
}

// Goroutines take turns: every answer reaches the one that asked.
func TestSeveralGoroutines(t *testing.T) {
	_, h := simulate(t)
	var g sync.WaitGroup
	for n := range uint16(8) {
		g.Go(func() {
			id := service(ipvs.TCP, "10.0.0.1:0")
			id.Port = n
			for range 50 {
				if errs := h.Apply([]ipvs.Command{{Op: ipvs.AddService, Service: id, Settings: ipvs.ServiceSettings{Scheduler: "rr"}}}); errs != nil {
					t.Errorf("service %d: %v", n, errs)
				}
				if _, err := h.ReadService(id); err != nil {
					t.Errorf("service %d: %v", n, err)
				}
				if table, err := h.Read(); err != nil || len(table) == 0 {
					t.Errorf("service %d: %v in the table, %v", n, table, err)
				}
				if errs := h.Apply([]ipvs.Command{{Op: ipvs.DeleteService, Service: id}}); errs != nil {
					t.Errorf("service %d: %v", n, errs)
				}
			}
		})
	}
	g.Wait()
}

func TestReadServiceThatIsNotThere(t *testing.T) {
	_, h := simulate(t)
	web := service(ipvs.TCP, "10.0.0.1:80")
	if _, err := h.ReadService(web); !errors.Is(err, syscall.ESRCH) ||
		err.Error() != "reading service [10.0.0.1]:tcp:80: no such process" {
		t.Errorf("got %v, want ESRCH", err)
	}
	if _, err := h.ListService(web); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("got %v, want ESRCH", err)
	}
}

func TestStats(t *testing.T) {
	_, h := simulate(t)
	web, d := service(ipvs.TCP, "10.0.0.1:80"), dest("10.0.0.2:80")
	if errs := h.Apply([]ipvs.Command{
		{Op: ipvs.AddService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "rr"}},
		{Op: ipvs.AddDest, Service: web, Dest: d},
	}); errs != nil {
		t.Fatal(errs)
	}
	listed, err := h.ListService(web)
	if err != nil {
		t.Fatal(err)
	}
	got := ipvs.ServiceStats{Counters: listed.Counters, Dests: map[ipvs.DestID]ipvs.DestStats{}}
	for _, d := range listed.Dests {
		got.Dests[d.ID] = d.Stats
	}
	const big = 1 << 40
	c := ipvs.Counters{Connections: big + 1, PacketsIn: big + 2, PacketsOut: big + 3, BytesIn: big + 4, BytesOut: big + 5,
		ConnectionRate: big + 6, PacketRateIn: big + 7, PacketRateOut: big + 8, ByteRateIn: big + 9, ByteRateOut: big + 10}
	want := ipvs.ServiceStats{
		Counters: c,
		Dests:    map[ipvs.DestID]ipvs.DestStats{d: {Counters: c, Active: 1, Inactive: 2, Persistent: 3}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTimeoutsAndFlush(t *testing.T) {
	k, h := simulate(t)
	if err := h.SetTimeouts(ipvs.Timeouts{TCP: time.Hour, UDP: 1500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	want := ipvs.Timeouts{TCP: time.Hour, TCPFin: 120 * time.Second, UDP: time.Second}
	if got, err := h.Timeouts(); err != nil || got != want {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	add := ipvs.Command{
		Op:       ipvs.AddService,
		Service:  service(ipvs.TCP, "10.0.0.1:80"),
		Settings: ipvs.ServiceSettings{Scheduler: "rr"},
	}
	if errs := h.Apply([]ipvs.Command{add}); errs != nil {
		t.Fatal(errs)
	}
	if err := h.Flush(); err != nil || k.ipvs.String() != "" {
		t.Errorf("after the flush (%v) there is\n%s", err, k.ipvs)
	}
	k.denied = true
	_, err := h.Timeouts()
	for _, err := range []error{err, h.SetTimeouts(want), h.Flush()} {
		if !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
			t.Errorf("got %v, want EPERM and the way out", err)
		}
	}
}

func TestModprobeSaysWhy(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\necho \"modprobe: FATAL: Module $* not found\"\necho more\nexit 1\n"
	if err := os.WriteFile(dir+"/modprobe", []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if err := modprobe(); err == nil ||
		err.Error() != "modprobe ip_vs: exit status 1: modprobe: FATAL: Module ip_vs not found" {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(dir+"/modprobe", []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := modprobe(); err == nil || err.Error() != "modprobe ip_vs: exit status 3" {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(dir+"/modprobe", []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := modprobe(); err != nil {
		t.Error(err)
	}
}

// While the kernel loads a module no request gets through. One that waited for that is answered all the
// same, the first of a new socket too.
func TestRequestsThatWait(t *testing.T) {
	k, h := simulate(t)
	k.slow = true
	web := service(ipvs.TCP, "10.0.0.1:80")
	if errs := h.Apply([]ipvs.Command{{Op: ipvs.AddService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "rr"}}}); errs != nil {
		t.Error(errs)
	}
	if table, err := h.Read(); err != nil || len(table) != 1 {
		t.Errorf("%v, %v", table, err)
	}
	again, err := k.open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.ReadService(web); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
