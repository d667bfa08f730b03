package fake_test

import (
	"errors"
	"net/netip"
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

// That the fake answers as a kernel is tested against one in ipvs/kernel (tag ipvs);
// here are what only the fake has, and the errnos others rely on.

var (
	web = ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: netip.MustParseAddr("10.0.0.1"), Port: 80}
	six = ipvs.ServiceID{Family: ipvs.IPv6, FWMark: 3}
	d1  = ipvs.DestID{Addr: netip.MustParseAddr("10.1.0.1"), Port: 80}
	d6  = ipvs.DestID{Addr: netip.MustParseAddr("fd00::1"), Port: 80}
	rr  = ipvs.ServiceSettings{Scheduler: "rr"}
)

func addWeb(t *testing.T, k *fake.Kernel) {
	t.Helper()
	for _, c := range []ipvs.Command{
		{Op: ipvs.AddService, Service: web, Settings: rr},
		{Op: ipvs.AddDest, Service: web, Dest: d1, DestSettings: ipvs.DestSettings{Method: ipvs.Route, Weight: 1}},
	} {
		if err := k.Do(c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestErrnos(t *testing.T) {
	for _, test := range []struct {
		c    ipvs.Command
		want syscall.Errno
	}{
		{ipvs.Command{Op: ipvs.AddService, Service: web, Settings: rr}, syscall.EEXIST},
		{ipvs.Command{Op: ipvs.AddService, Service: six, Settings: ipvs.ServiceSettings{Scheduler: "twos"}}, syscall.ENOENT},
		{ipvs.Command{Op: ipvs.AddService, Service: six, Settings: ipvs.ServiceSettings{Scheduler: "rr", Engine: "sap"}}, syscall.ENOENT},
		{ipvs.Command{Op: ipvs.AddService, Service: six, Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 129}}, syscall.EINVAL},
		{ipvs.Command{Op: ipvs.EditService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 33}}, syscall.EINVAL},
		{ipvs.Command{Op: ipvs.AddService, Settings: rr}, syscall.EAFNOSUPPORT},
		{ipvs.Command{Op: ipvs.AddService, Service: ipvs.ServiceID{Family: ipvs.IPv4}, Settings: rr}, syscall.EINVAL},
		{ipvs.Command{Op: ipvs.EditService, Service: six, Settings: rr}, syscall.ESRCH},
		{ipvs.Command{Op: ipvs.DeleteService, Service: six}, syscall.ESRCH},
		{ipvs.Command{Op: ipvs.AddDest, Service: six, Dest: d6}, syscall.ESRCH},
		{ipvs.Command{Op: ipvs.AddDest, Service: web, Dest: d1}, syscall.EEXIST},
		{ipvs.Command{Op: ipvs.AddDest, Service: web, Dest: d6}, syscall.EINVAL},
		{ipvs.Command{Op: ipvs.AddDest, Service: web, Dest: ipvs.DestID{Addr: netip.MustParseAddr("224.0.0.1")}}, syscall.EINVAL},
		{ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: d1, DestSettings: ipvs.DestSettings{Weight: -1}}, syscall.ERANGE},
		{ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: d1, DestSettings: ipvs.DestSettings{LowerThreshold: 1}}, syscall.ERANGE},
		{ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: ipvs.DestID{Addr: d1.Addr, Port: 81}}, syscall.ENOENT},
		{ipvs.Command{Op: ipvs.DeleteDest, Service: web, Dest: ipvs.DestID{Addr: d1.Addr, Port: 81}}, syscall.ENOENT},
		{ipvs.Command{Op: 9, Service: web}, syscall.EINVAL},
	} {
		k := fake.New()
		addWeb(t, k)
		before := k.String()
		err := k.Do(test.c)
		var refused *ipvs.CommandError
		if !errors.As(err, &refused) || !errors.Is(err, test.want) || refused.Errno != int(test.want) ||
			refused.Command != test.c {
			t.Errorf("%v gave %v, want %v", test.c, err, test.want)
		}
		if k.String() != before {
			t.Errorf("%v was refused and did\n%s", test.c, k)
		}
	}
}

func TestRefuse(t *testing.T) {
	k := fake.New()
	addWeb(t, k)
	heavier := ipvs.Command{Op: ipvs.EditDest, Service: web, Dest: d1, DestSettings: ipvs.DestSettings{Method: ipvs.Route, Weight: 9}}
	k.Refuse(func(c ipvs.Command) error {
		if c.Op == ipvs.EditDest {
			return syscall.ENOMEM
		}
		return nil
	})
	errs := k.Apply([]ipvs.Command{heavier, {Op: ipvs.DeleteDest, Service: web, Dest: d1}})
	if len(errs) != 2 || !errors.Is(errs[0], syscall.ENOMEM) || errs[1] != nil {
		t.Errorf("got %v, want ENOMEM and nil", errs)
	}
	if got := k.String(); got != "-A -t 10.0.0.1:80 -s rr\n" {
		t.Errorf("the table is\n%s", got)
	}
	k.Refuse(nil)
	if errs := k.Apply([]ipvs.Command{{Op: ipvs.AddDest, Service: web, Dest: d1}, heavier}); errs != nil {
		t.Error(errs)
	}
	var log []string
	for _, c := range k.Commands() {
		log = append(log, c.String())
	}
	want := []string{
		"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1",
		"-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 9", "-d -t 10.0.0.1:80 -r 10.1.0.1:80",
		"-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 0", "-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 9",
	}
	if !reflect.DeepEqual(log, want) {
		t.Errorf("commands\n%s\nwant\n%s", strings.Join(log, "\n"), strings.Join(want, "\n"))
	}
}

func TestReadsAreCopies(t *testing.T) {
	k := fake.New()
	addWeb(t, k)
	table, err := k.Read()
	if err != nil {
		t.Fatal(err)
	}
	s, err := k.ReadService(web)
	if err != nil || !reflect.DeepEqual(s, table[web]) {
		t.Errorf("alone %v (%v), in the table %v", s, err, table[web])
	}
	clear(s.Dests)
	clear(table[web].Dests)
	clear(table)
	if got, want := k.String(), "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n"; got != want {
		t.Errorf("the table is\n%swant\n%s", got, want)
	}
	if _, err := k.ReadService(six); err != syscall.ESRCH {
		t.Errorf("got %v, want ESRCH", err)
	}
	k.RefuseReads(syscall.EPERM)
	_, err1 := k.Read()
	_, err2 := k.ReadService(web)
	_, err3 := k.Timeouts()
	for _, err := range []error{err1, err2, err3} {
		if err != syscall.EPERM {
			t.Errorf("got %v, want EPERM", err)
		}
	}
}

func TestStatsTimeoutsFlush(t *testing.T) {
	k := fake.New()
	addWeb(t, k)
	if s, err := k.Stats(web); err != nil ||
		!reflect.DeepEqual(s, ipvs.ServiceStats{Dests: map[ipvs.DestID]ipvs.DestStats{d1: {}}}) {
		t.Errorf("at first %+v, %v", s, err)
	}
	want := ipvs.ServiceStats{Counters: ipvs.Counters{Connections: 7}}
	k.SetStats(web, want)
	if s, err := k.Stats(web); err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("then %+v, %v", s, err)
	}
	if err := k.SetTimeouts(ipvs.Timeouts{TCPFin: 30 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Timeouts(); err != nil ||
		got != (ipvs.Timeouts{TCP: 900 * time.Second, TCPFin: 30 * time.Second, UDP: 300 * time.Second}) {
		t.Errorf("timeouts %+v, %v", got, err)
	}
	if err := k.Flush(); err != nil || k.String() != "" {
		t.Errorf("after the flush (%v)\n%s", err, k)
	}
	if _, err := k.Stats(web); err != syscall.ESRCH {
		t.Errorf("got %v, want ESRCH", err)
	}
	addWeb(t, k)
	if s, err := k.Stats(web); err != nil || s.Connections != 0 {
		t.Errorf("a new service has the old one's counters: %+v, %v", s, err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}

// What the generators call tables the kernel takes are.
func TestTablesAreTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := fake.Tables().Draw(t, "table")
		if errs := fake.New().Apply(ipvs.Diff(nil, table)); errs != nil {
			t.Fatal(errs)
		}
	})
}

// The random commands do succeed and fail in every way there is.
func TestCommandsCoverRefusals(t *testing.T) {
	seen := map[string]bool{}
	gen := rapid.SliceOfN(fake.Commands(), 50, 50)
	for seed := range 100 {
		k := fake.New()
		cmds := gen.Example(seed)
		errs := k.Apply(cmds)
		for i, c := range cmds {
			var refused *ipvs.CommandError
			errors.As(errs[i], &refused)
			if refused == nil {
				refused = &ipvs.CommandError{}
			}
			seen[strings.Fields(c.String())[0]+" "+syscall.Errno(refused.Errno).Error()] = true
		}
	}
	for _, want := range []string{
		"-A errno 0", "-A file exists", "-A no such file or directory", "-A invalid argument",
		"-E errno 0", "-E no such process", "-E no such file or directory", "-E invalid argument",
		"-D errno 0", "-D no such process",
		"-a errno 0", "-a no such process", "-a file exists", "-a invalid argument", "-a numerical result out of range",
		"-e errno 0", "-e no such process", "-e no such file or directory", "-e invalid argument", "-e numerical result out of range",
		"-d errno 0", "-d no such process", "-d no such file or directory",
	} {
		if !seen[want] {
			t.Errorf("no random command is answered %q", want)
		}
	}
}

func TestSeveralGoroutines(t *testing.T) {
	k := fake.New()
	var g sync.WaitGroup
	for n := range uint16(8) {
		g.Go(func() {
			id := web
			id.Port = n
			for range 100 {
				if err := k.Do(ipvs.Command{Op: ipvs.AddService, Service: id, Settings: rr}); err != nil {
					t.Error(err)
				}
				if _, err := k.Read(); err != nil {
					t.Error(err)
				}
				if err := k.Do(ipvs.Command{Op: ipvs.DeleteService, Service: id}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	if got := k.String(); got != "" {
		t.Errorf("left:\n%s", got)
	}
}
