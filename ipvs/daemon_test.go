package ipvs_test

import (
	"maps"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

func TestDaemonsAreCompared(t *testing.T) {
	six := netip.MustParseAddr("ff02::81")
	base := ipvs.Daemon{Interface: "eth1", ID: 51, MaxLen: 1472, Group: netip.MustParseAddr("224.0.0.81"), Port: 8848, TTL: 1}
	with := func(d ipvs.Daemon, change func(*ipvs.Daemon)) ipvs.Daemon { change(&d); return d }
	for _, test := range []struct {
		name       string
		state      ipvs.DaemonState
		have, want ipvs.Daemon
		equal      bool
	}{
		{"all said", ipvs.MasterDaemon, base, base, true},
		{"nothing said but interface and number", ipvs.MasterDaemon, base, ipvs.Daemon{Interface: "eth1", ID: 51}, true},
		{"another interface", ipvs.MasterDaemon, base, with(base, func(d *ipvs.Daemon) { d.Interface = "eth2" }), false},
		{"another number", ipvs.MasterDaemon, base, with(base, func(d *ipvs.Daemon) { d.ID = 0 }), false},
		{"another port", ipvs.MasterDaemon, base, with(base, func(d *ipvs.Daemon) { d.Port = 8849 }), false},
		{"another TTL", ipvs.MasterDaemon, base, with(base, func(d *ipvs.Daemon) { d.TTL = 2 }), false},
		{"another group", ipvs.MasterDaemon, base, with(base, func(d *ipvs.Daemon) { d.Group = six }), false},
		{"another length", ipvs.MasterDaemon, base, with(base, func(d *ipvs.Daemon) { d.MaxLen = 1000 }), false},
		{"the default port, and not asked for", ipvs.MasterDaemon, with(base, func(d *ipvs.Daemon) { d.Port = 9 }),
			ipvs.Daemon{Interface: "eth1", ID: 51}, false},
		{"short for a master", ipvs.MasterDaemon, with(base, func(d *ipvs.Daemon) { d.MaxLen = 100 }),
			with(base, func(d *ipvs.Daemon) { d.MaxLen = 100 }), true},
		{"a backup's is no shorter", ipvs.BackupDaemon, with(base, func(d *ipvs.Daemon) { d.MaxLen = 1024 }),
			with(base, func(d *ipvs.Daemon) { d.MaxLen = 100 }), true},
		{"IPv6 has larger headers", ipvs.BackupDaemon, with(base, func(d *ipvs.Daemon) { d.MaxLen, d.Group = 65487, six }),
			with(base, func(d *ipvs.Daemon) { d.MaxLen, d.Group = 65507, six }), true},
		{"an old kernel tells of two things", ipvs.BackupDaemon, ipvs.Daemon{Interface: "eth1", ID: 51}, base, true},
		{"and they differ", ipvs.BackupDaemon, ipvs.Daemon{Interface: "eth1", ID: 50}, base, false},
	} {
		if got := test.have.Equal(test.state, test.want); got != test.equal {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestDaemonsAreWrittenAsByIPVSADM(t *testing.T) {
	d := ipvs.Daemon{Interface: "eth1", ID: 7, MaxLen: 1452, Group: netip.MustParseAddr("ff02::81"), Port: 9000, TTL: 3}
	want := "master sync daemon (mcast=eth1, syncid=7, maxlen=1452, group=ff02::81, port=9000, ttl=3)\n" +
		"backup sync daemon (mcast=eth1, syncid=7, maxlen=1452, group=ff02::81, port=9000, ttl=3)\n"
	if got := ipvs.FormatDaemons(ipvs.Daemons{ipvs.BackupDaemon: d, ipvs.MasterDaemon: d}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := ipvs.FormatDaemons(nil); got != "" {
		t.Error(got)
	}
}

func TestDaemonErrors(t *testing.T) {
	start := ipvs.DaemonCommand{State: ipvs.BackupDaemon, Daemon: ipvs.Daemon{Interface: "eth1"}}
	stop := ipvs.DaemonCommand{Stop: true, State: ipvs.MasterDaemon}
	for _, test := range []struct {
		c     ipvs.DaemonCommand
		errno syscall.Errno
		want  string
	}{
		{start, syscall.EPERM, "starting the backup sync daemon on eth1: not permitted: needs root or CAP_NET_ADMIN (errno 1)"},
		{start, syscall.ESRCH, "starting the backup sync daemon on eth1: no such process (errno 3)"},
		{start, syscall.EEXIST, "starting the backup sync daemon on eth1: there is one already (errno 17)"},
		{start, syscall.ENODEV, "starting the backup sync daemon on eth1: no such interface (errno 19)"},
		{start, syscall.EINVAL, "starting the backup sync daemon on eth1: invalid: the group is no multicast address, " +
			"or a real server is reached over another family than its virtual server (errno 22)"},
		{stop, syscall.ESRCH, "stopping the master sync daemon: there is none (errno 3)"},
		{stop, 0, "stopping the master sync daemon: errno 0"},
	} {
		e := &ipvs.DaemonError{Command: test.c, Err: test.errno, Errno: int(test.errno)}
		if e.Error() != test.want {
			t.Errorf("got  %s\nwant %s", e, test.want)
		}
		if e.Unwrap() != test.errno {
			t.Errorf("%v is no %v", e, test.errno)
		}
	}
	if got := ipvs.DaemonState(3).String(); got != "state 3" {
		t.Error(got)
	}
}

// Whatever is there and whatever is wanted: the commands lead from one to the other, are none when nothing is to be
// done, and while a daemon is there before and after, there is one at every moment unless it has to be another.
func TestDiffOfDaemons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := fake.New()
		k.SetLink("eth0", 1500)
		k.SetLink("eth1", 9000)
		draw := func(name string) ipvs.Daemons {
			return rapid.MapOfN(rapid.SampledFrom([]ipvs.DaemonState{ipvs.MasterDaemon, ipvs.BackupDaemon}), fake.Daemon(), 0, 2).Draw(t, name)
		}
		before, want := draw("have"), draw("want")
		for _, c := range ipvs.DiffDaemons(nil, before) {
			if err := k.DoDaemon(c); err != nil {
				t.Fatal(err)
			}
		}
		have, err := k.Daemons()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range ipvs.DiffDaemons(have, want) {
			if err := k.DoDaemon(c); err != nil {
				t.Fatal(err)
			}
			now, err := k.Daemons()
			if err != nil {
				t.Fatal(err)
			}
			if len(now) == 0 && len(have) > 0 && len(want) > 0 && !maps.EqualFunc(have, want, func(ipvs.Daemon, ipvs.Daemon) bool { return true }) {
				t.Fatalf("after %v there is none", c)
			}
		}
		now, err := k.Daemons()
		if err != nil {
			t.Fatal(err)
		}
		if left := ipvs.DiffDaemons(now, want); left != nil {
			t.Fatalf("still to do: %v", left)
		}
		if len(now) != len(want) {
			t.Fatalf("%v, want %v", now, want)
		}
	})
}

func TestASwitchStartsFirst(t *testing.T) {
	d := ipvs.Daemon{Interface: "eth1"}
	cmds := ipvs.DiffDaemons(ipvs.Daemons{ipvs.BackupDaemon: d.WithDefaults()}, ipvs.Daemons{ipvs.MasterDaemon: d})
	var said []string
	for _, c := range cmds {
		verb := "start"
		if c.Stop {
			verb = "stop"
		}
		said = append(said, verb+" "+c.State.String())
	}
	if got := strings.Join(said, ", "); got != "start master, stop backup" {
		t.Error(got)
	}
}
