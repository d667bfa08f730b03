package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/conformance"
	"holdfast/internal/metric"
	"holdfast/internal/netif"
	"holdfast/internal/report/routers"
	"holdfast/internal/state"
	"holdfast/internal/super"
	"holdfast/internal/track"
	"holdfast/test/lab"
	"holdfast/vrrp"
)

// inHost runs the body of a test with an engine in this process, on a thread in the
// namespace of a host. The engine opens its sockets there because it is the body that
// prepares and runs it.
func inHost(t *testing.T, body func(t *testing.T, a *box, e *Engine, lines *observer.ObservedLogs)) {
	t.Helper()
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	err := a.Do(func() error {
		seen, lines := observer.New(zap.DebugLevel)
		body(t, a, New(Options{Log: zap.New(seen)}), lines)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func cfg(instances ...config.Instance) *config.Config { return &config.Config{Instances: instances} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func instancesOf(t *testing.T, e *Engine) []vrrp.Status {
	t.Helper()
	s, err := e.Snapshot(context.Background())
	if err != nil {
		t.Error(err)
		return nil
	}
	return s.Instances
}

// A configuration may be prepared and committed before Run, as super.Engine allows.
func TestCommitBeforeRun(t *testing.T) {
	t.Parallel()
	inHost(t, func(t *testing.T, a *box, e *Engine, lines *observer.ObservedLogs) {
		must(t, e.Prepare(t.Context(), cfg(v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth))))
		if got := instancesOf(t, e); len(got) != 0 {
			t.Errorf("prepared only, and already there: %v", got)
		}
		if lines.Len() != 0 {
			t.Errorf("Prepare has said %v", lines.All())
		}
		must(t, e.Commit(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			eventually(t, "master", func() bool { return instancesOf(t, e)[0].State == vrrp.Master })
			cancel()
		}()
		must(t, e.Run(ctx))
		s := e.core.Status()[0]
		if s.State != vrrp.Init || s.Counters.BecameMaster != 1 || s.Counters.PriorityZeroSent != 1 || s.VIPsWanted {
			t.Errorf("after the end: %+v", s)
		}
		if got := a.addresses(); len(got) != 0 {
			t.Errorf("left behind: %v", got)
		}
	})
}

func TestRequestsOutOfOrder(t *testing.T) {
	inHost(t, func(t *testing.T, a *box, e *Engine, _ *observer.ObservedLogs) {
		e.Abort()
		if err := e.Commit(t.Context()); err == nil {
			t.Error("committed without having prepared")
		}
		must(t, e.Prepare(t.Context(), cfg(instance("VI_1", 51, 100, "192.168.1.150/32"))))
		e.Abort()
		if err := e.Commit(t.Context()); err == nil {
			t.Error("committed what was aborted")
		}
		if len(e.ports.all) != 0 {
			t.Error("sockets of an aborted configuration are in use")
		}
		must(t, e.Prepare(t.Context(), cfg(instance("VI_1", 51, 100, "192.168.1.150/32"))))
		must(t, e.Prepare(t.Context(), cfg(instance("VI_2", 52, 100, "192.168.1.150/32")))) // instead of the first
		must(t, e.Commit(t.Context()))
		if s := instancesOf(t, e); len(s) != 1 || s[0].Config.Name != "VI_2" {
			t.Errorf("running %v", s)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		must(t, e.Run(ctx))
		for name, err := range map[string]error{
			"Prepare": e.Prepare(t.Context(), cfg()), "Commit": e.Commit(t.Context()), "Dump": e.Dump(super.DumpStats),
		} {
			if !errors.Is(err, errEnded) {
				t.Errorf("%s after the end: %v", name, err)
			}
		}
		e.Abort()
	})
}

func TestAnEngineWithoutConfigurationEnds(t *testing.T) {
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		must(t, e.Run(ctx))
	})
}

// An empty configuration, then one, then another interface, then none: sockets are
// opened and closed with what uses them.
func TestSocketsFollowTheConfiguration(t *testing.T) {
	inHost(t, func(t *testing.T, a *box, e *Engine, _ *observer.ObservedLogs) {
		if out, err := a.Run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth2"); err != nil {
			t.Fatal(err, out)
		}
		other := instance("VI_2", 52, 100, "192.168.2.150/32")
		other.Interface, other.VIPs[0].Dev = "eth1", "eth1"
		group := instance("VI_3", 53, 100, "192.168.2.151/32")
		group.MulticastGroup = netip.MustParseAddr("224.0.0.200")
		unicast := instance("VI_4", 54, 100, "192.168.2.152/32")
		unicast.UnicastPeers = []config.Peer{{Addr: netip.MustParseAddr("192.168.1.152"), MaxTTL: 255}}
		six := instance("VI_6", 51, 100, "2001:db8::1/64")
		eventually(t, "eth1 to be seen", func() bool {
			err := e.Prepare(t.Context(), cfg(other))
			e.Abort()
			if err != nil { // the engine has not run yet: look again
				e = New(Options{})
			}
			return err == nil
		})
		for _, c := range []struct {
			instances []config.Instance
			want      string
		}{
			{nil, ""},
			{[]config.Instance{instance("VI_1", 51, 100)}, "eth0[224.0.0.18]"},
			{[]config.Instance{instance("VI_1", 51, 100), other}, "eth0[224.0.0.18] eth1[224.0.0.18]"},
			{[]config.Instance{other, group}, "eth0[224.0.0.200] eth1[224.0.0.18]"},
			{[]config.Instance{unicast}, "eth0[invalid IP]"},
			{[]config.Instance{unicast, instance("VI_1", 51, 100)}, "eth0[invalid IP] eth0[224.0.0.18]"},
			{[]config.Instance{six}, "eth0[ff02::12]"},
			{[]config.Instance{six, instance("VI_1", 51, 100)}, "eth0[224.0.0.18] eth0[ff02::12]"},
			{nil, ""},
		} {
			must(t, e.Prepare(t.Context(), cfg(c.instances...)))
			must(t, e.Commit(t.Context()))
			var got []string
			for _, k := range e.ports.want {
				if e.ports.using(k) != nil {
					got = append(got, fmt.Sprintf("%s[%v]", k.dev, k.group))
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("sockets %v, want %s", got, c.want)
			}
			if all, fds := len(e.ports.all), len(e.ports.byFD); all != len(e.ports.want) || fds != all {
				t.Errorf("%d ports, %d sockets are waited for, want %d", all, fds, len(e.ports.want))
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		must(t, e.Run(ctx))
	})
}

// scripts is a source whose reports the test makes.
type scripts struct {
	report  track.Report
	ids     map[string]track.ID
	stopped bool
}

func (s *scripts) Configure(_ *config.Config, objects []track.Object) track.Outcome {
	s.ids = map[string]track.ID{}
	for _, o := range objects {
		s.ids[o.Name] = o.ID
	}
	return track.Outcome{Disabled: []track.ID{s.ids["broken"]}, Values: map[track.ID]int{s.ids["kept"]: 1}}
}
func (s *scripts) Stop() { s.stopped = true }

func TestSemantics5_ScriptsMoveThePriority(t *testing.T) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	must(t, a.Do(func() error {
		fake := &scripts{}
		e := New(Options{Sources: map[config.TrackKind]func(track.Report) Source{
			config.TrackedScript: func(r track.Report) Source { fake.report = r; return fake },
		}})
		i := v3(instance("VI_1", 51, 100, "192.168.1.150/32"), tenth)
		tracks := config.Tracks{{Name: "broken"}, {Name: "kept", Weight: 7}, {Name: "chk", Weight: 20}}
		for n := range tracks {
			tracks[n].Kind = config.TrackedScript
		}
		i.Tracks = tracks
		c := cfg(i)
		c.Groups = []config.SyncGroup{{Name: "G", Members: []string{"VI_1"}, Tracks: tracks[:1], TrackingWeight: true}}
		must(t, e.Prepare(t.Context(), c))
		if fake.ids != nil {
			t.Error("Prepare has started scripts")
		}
		must(t, e.Commit(t.Context()))
		if len(fake.ids) != 3 || fake.ids["chk"] == 0 {
			t.Errorf("used %v", fake.ids)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			prio := func(want uint8) {
				eventually(t, fmt.Sprintf("priority %d", want), func() bool { return instancesOf(t, e)[0].EffectivePriority == want })
			}
			prio(107) // the result that was kept counts, the script that cannot run does not hold it back
			fake.report(fake.ids["chk"], 1)
			prio(127)
			fake.report(fake.ids["chk"], 0)
			prio(107)
		}()
		must(t, e.Run(ctx))
		if !fake.stopped {
			t.Error("the scripts were not stopped")
		}
		return nil
	}))
}

// The process is stopped while thousands of addresses come and go and its own is
// removed: the events are lost, and yet the address comes back.
func TestAddressComesBackEvenIfEventsWereLost(t *testing.T) {
	t.Parallel()
	lab.Judge(t, addressComesBackEvenIfEventsWereLost)
}

func addressComesBackEvenIfEventsWereLost(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	a.engine(instance("VI_1", 51, 255, "192.168.1.150/32"))
	a.has(soon, "192.168.1.150/32")
	if out, err := a.Run("ip", "link", "add", "dummy0", "type", "veth", "peer", "name", "dummy1"); err != nil {
		t.Fatal(err, out)
	}
	a.signal(syscall.SIGSTOP)
	must(t, a.Do(func() error {
		k, err := netif.OpenKernel()
		if err != nil {
			return err
		}
		defer k.Close()
		ap := netif.NewAddresses(k)
		var many []netif.Wanted
		for i := range 4000 {
			many = append(many, wantedOf(config.Address{Dev: "dummy0", Prefix: prefix(prefixText(10, 7, i>>8, i&255))}))
		}
		for range 2 {
			if _, err := ap.Apply(many, many); err != nil {
				return err
			}
			if _, err := ap.Apply(nil, many); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, a.DelAddr("eth0", prefix("192.168.1.150/32")))
	a.signal(syscall.SIGCONT)
	a.log(0, "interface events were lost")
	a.has(soon, "192.168.1.150/32")
	if strings.Count(a.proc.Log(), "STATE") != 1 {
		t.Errorf("there were transitions:\n%s", a.proc.Log())
	}
}

func TestHundredInstancesTakeOverAtOnce(t *testing.T) { lab.Judge(t, hundredInstancesTakeOverAtOnce) }

func hundredInstancesTakeOverAtOnce(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	var list []config.Instance
	for i := range 100 {
		in := v3(instance("VI_"+itoa(i+1), uint8(i+1), 100), tenth)
		for j := range 10 {
			in.VIPs = append(in.VIPs, vips(prefixText(10, 0, i, j+1))...)
		}
		list = append(list, in)
	}
	a.engine(list...)
	waitCount(t, a, "Entering MASTER STATE", 100)
	first := n.cap.Adverts(time.Time{}, advertsOf(a))[0].At
	if err := lab.Eventually(10*time.Second, "1000 addresses", func() (bool, string) {
		got := len(a.addresses())
		return got == 1000, itoa(got)
	}); err != nil {
		t.Fatal(err)
	}
	var last time.Time
	for i := range 100 {
		evs := n.lan.Events().Of(a.Host, netip.MustParseAddr(fmt.Sprintf("10.0.%d.10", i)), time.Time{})
		if len(evs) == 0 {
			t.Fatalf("no event for instance %d", i)
		}
		if evs[0].At.After(last) {
			last = evs[0].At
		}
	}
	t.Logf("1000 addresses of 100 instances %v after the first advertisement", last.Sub(first))
	if took := last.Sub(first); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	start := time.Now()
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	t.Logf("stopped in %v", time.Since(start))
	a.has(soon)
}

// The master's advertisement arrives after the sockets were read and before the master
// down timer is found to be due, because the process was held up in between. It
// counts.
func TestAdvertisementThatArrivesWhileTheLoopIsHeldUpCounts(t *testing.T) {
	t.Parallel()
	lab.Judge(t, advertisementThatArrivesWhileTheLoopIsHeldUpCounts)
}

func advertisementThatArrivesWhileTheLoopIsHeldUpCounts(t *lab.Trial) {
	n := newNetwork(t)
	a, x := n.box("a", "192.168.1.151/24"), n.box("x", "192.168.1.153/24")
	must(t, a.Do(func() error {
		e := New(Options{})
		must(t, e.Prepare(t.Context(), cfg(v3(instance("VI_1", 51, 5, "192.168.1.150/32"), 2*tenth))))
		must(t, e.Commit(t.Context()))
		advert := good() // of priority 10
		advert[5] = 20
		checksum(advert)
		const times = 2
		for range times {
			e.events.Post(func() {
				deadline, ok := e.core.Next()
				if !ok {
					t.Error("no timer")
				}
				arrive(t, x, e.ports.all[mainPort].socket.fd(), advert)
				time.Sleep(time.Until(deadline) + time.Millisecond)
			})
			must(t, e.events.Turn())
			if s := e.core.Status()[0]; s.State != vrrp.Backup {
				t.Fatalf("state %v", s.State)
			}
		}
		if got := e.core.Status()[0].Counters.AdvertReceived; got < times {
			t.Errorf("%d advertisements received, want %d", got, times)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return e.Run(ctx)
	}))
}

// arrive sends an advertisement until something waits in the socket: a busy machine may take
// its time to deliver, or lose it while a cable is being plugged.
func arrive(t testing.TB, from *box, fd int, advert []byte) {
	t.Helper()
	eventually(t, "the advertisement to arrive", func() bool {
		must(t, sendRaw(from.Host, from.addr, 255, advert))
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000)
		return err == nil && n == 1
	})
}

// One VRID on one interface is two virtual routers, one of each family; as a group they become master together,
// and an IPv6 one may have excluded addresses of IPv4.
func TestBothFamiliesWithOneVRID(t *testing.T) {
	conformance.Shows(t, "R11")
	t.Parallel()
	lab.Judge(t, bothFamiliesWithOneVRID)
}

func bothFamiliesWithOneVRID(t *lab.Trial) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	six := v3(instance("VI_6", 51, 100, "fe80::51/64", "fd00::1/128"), tenth)
	six.ExcludedVIPs = vips("192.168.1.149/32")
	a.role.Config.Groups = []config.SyncGroup{{Name: "G", Members: []string{"VI_6", "VI_4"}}}
	a.engine(six, v3(instance("VI_4", 51, 100, "192.168.1.150/32"), tenth))
	a.log(0, `notify GROUP "G" MASTER 0`)
	a.has(soon, "192.168.1.149/32", "192.168.1.150/32")
	all, err := a.Addrs("eth0")
	must(t, err)
	for _, v := range six.VIPs {
		if !slices.Contains(all, v.Prefix) {
			t.Errorf("%v is missing: %v", v.Prefix, all)
		}
	}
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	a.has(soon)
}

// Those who ask are told that the record of what is set could not be written, as long as that is so.
func TestAnUnwrittenRecordIsTold(t *testing.T) {
	t.Parallel()
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		dir := filepath.Join(t.TempDir(), "missing")
		e.opt.State = roleFile{StateFile: filepath.Join(dir, "s")}.state()
		for _, written := range []bool{false, true} {
			if written {
				must(t, os.Mkdir(dir, 0o700))
			}
			must(t, e.Prepare(t.Context(), cfg(instance("VI_1", 51, 100, "192.168.1.150/32"))))
			must(t, e.Commit(t.Context()))
			s, err := e.Snapshot(t.Context())
			must(t, err)
			if (s.Unwritten == "") != written {
				t.Errorf("written %v: %q", written, s.Unwritten)
			}
		}
	})
}

// Metrics, for which the loop looks at some virtual routers at a time, say what a snapshot says, from one scrape to the
// next and after a reload; and so does readiness.
func TestMetricsAreThoseOfASnapshot(t *testing.T) {
	t.Parallel()
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		text := func(r state.Report) string {
			var b strings.Builder
			must(t, metric.Write(&b, r.Tables))
			return b.String()
		}
		for _, n := range []int{1, atOnce + 3, 2} {
			var list []config.Instance
			for k := range n {
				list = append(list, instance(fmt.Sprint("VI_", k), uint8(1+k%255), 100, fmt.Sprintf("192.168.1.%d/32", 1+k)))
			}
			must(t, e.Prepare(t.Context(), cfg(list...)))
			must(t, e.Commit(t.Context()))
			for range 3 {
				got, err := e.Metrics(t.Context())
				must(t, err)
				s, err := e.Snapshot(t.Context())
				must(t, err)
				if want := routers.Metrics(s); text(got) != text(want) || !slices.Equal(got.NotReady, want.NotReady) {
					t.Errorf("%d virtual routers: %s, %q, want %s, %q", n, text(got), got.NotReady, text(want), want.NotReady)
				}
				ready, err := e.Ready(t.Context())
				must(t, err)
				if !slices.Equal(ready.NotReady, got.NotReady) || ready.At == 0 {
					t.Errorf("%d virtual routers: %+v, want %q", n, ready, got.NotReady)
				}
			}
		}
	})
}
