//go:build ipvs

package kernel_test

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// shownDaemons is what ipvsadm says of the daemons.
func shownDaemons(t testing.TB) string {
	return strings.TrimPrefix(ipvsadm(t, "-L --daemon"), "\n") // an empty line for none
}

// link makes an interface, whose addresses need no detection.
func link(t testing.TB, name, addr string, mtu string) {
	t.Helper()
	for _, args := range []string{"link add " + name + " mtu " + mtu + " type veth peer name peer-" + name,
		// Without waiting for duplicates: an address is of no use to a daemon of IPv6 until that is over.
		"link set " + name + " addrgenmode none", "addr add fe80::1/64 dev " + name + " nodad",
		"link set peer-" + name + " up", "addr add " + addr + "/24 dev " + name, "link set " + name + " up"} {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", args, err, out)
		}
	}
}

// Each daemon runs as it was asked for, and as ipvsadm says it.
func TestDaemonsInTheKernel(t *testing.T) {
	h := openKernel(t)
	link(t, "eth0", "10.9.0.1", "1500")
	if got := shownDaemons(t); got != "" {
		t.Fatal(got)
	}
	want := ipvs.Daemons{
		ipvs.MasterDaemon: {Interface: "eth0", ID: 255, MaxLen: 1300, Group: netip.MustParseAddr("224.0.0.82"), Port: 9000, TTL: 3},
		ipvs.BackupDaemon: {Interface: "eth0", MaxLen: 9000, Group: netip.MustParseAddr("ff02::82"), Port: 1, TTL: 255},
	}
	for _, c := range ipvs.DiffDaemons(nil, want) {
		if err := h.DoDaemon(c); err != nil {
			t.Fatal(err)
		}
	}
	got, err := h.Daemons()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v (%v)", got, want, err)
	}
	if shown := shownDaemons(t); shown != ipvs.FormatDaemons(want) {
		t.Errorf("ipvsadm says\n%swe say\n%s", shown, ipvs.FormatDaemons(want))
	}
	for _, c := range ipvs.DiffDaemons(want, nil) {
		if err := h.DoDaemon(c); err != nil {
			t.Error(err)
		}
	}
	if got := shownDaemons(t); got != "" {
		t.Error(got)
	}
}

// The fake answers as this kernel does, beside services of one family and of two.
func TestTheFakeIsTheKernelOfDaemons(t *testing.T) {
	h := openKernel(t)
	link(t, "eth0", "10.9.0.1", "1500")
	link(t, "eth1", "10.9.1.1", "9000")
	web, other := service(ipvs.TCP, "10.0.0.1:80"), dest("[fd00:1::1]:80")
	rapid.Check(t, func(rt *rapid.T) {
		all, err := h.Daemons()
		if err != nil {
			rt.Fatal(err)
		}
		for _, c := range ipvs.DiffDaemons(all, nil) {
			if err := h.DoDaemon(c); err != nil {
				rt.Fatal(err)
			}
		}
		if err := h.Flush(); err != nil {
			rt.Fatal(err)
		}
		k := fake.New()
		k.SetLink("eth0", 1500)
		k.SetLink("eth1", 9000)
		mixed := ipvs.Command{Op: ipvs.AddDest, Service: web, Dest: other, DestSettings: ipvs.DestSettings{Method: ipvs.Tunnel, Weight: 1}}
		tables := []ipvs.Command{{Op: ipvs.AddService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "rr"}}, mixed,
			{Op: ipvs.DeleteDest, Service: web, Dest: other}}
		for _, c := range rapid.SliceOfN(fake.DaemonCommands(), 1, 5).Draw(rt, "commands") {
			if i := rapid.IntRange(0, 8).Draw(rt, "table"); i < len(tables) {
				real, mine := alone(h, tables[i]), k.Do(tables[i])
				if (real == nil) != (mine == nil) || real != nil && real.Error() != mine.Error() {
					rt.Fatalf("%v: %v, the fake %v", tables[i], real, mine)
				}
			}
			real, mine := h.DoDaemon(c), k.DoDaemon(c)
			if errors.Is(real, os.ErrDeadlineExceeded) {
				real = mine // this machine stood still: what is there says whether it was done
			}
			if (real == nil) != (mine == nil) || real != nil && real.Error() != mine.Error() {
				rt.Fatalf("%+v: %v, the fake %v", c, real, mine)
			}
			have, err := h.Daemons()
			if err != nil {
				rt.Fatal(err)
			}
			should, err := k.Daemons()
			if err != nil {
				rt.Fatal(err)
			}
			if !reflect.DeepEqual(have, should) {
				rt.Fatalf("after %+v\n%sthe fake\n%s", c, ipvs.FormatDaemons(have), ipvs.FormatDaemons(should))
			}
		}
		have, err := h.Daemons()
		if shown := shownDaemons(t); err != nil || shown != ipvs.FormatDaemons(have) {
			rt.Fatalf("ipvsadm says\n%swe say\n%s (%v)", shown, ipvs.FormatDaemons(have), err)
		}
	})
}

func TestDaemonsOfAnotherNetworkNamespaceAreNotSeen(t *testing.T) {
	h := openKernel(t)
	link(t, "eth0", "10.9.0.1", "1500")
	if err := h.DoDaemon(ipvs.DaemonCommand{State: ipvs.MasterDaemon, Daemon: ipvs.Daemon{Interface: "eth0"}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	if got := shownDaemons(t); got != "" {
		t.Error(got)
	}
	// The handle is where it was opened.
	if all, err := h.Daemons(); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
	if err := h.DoDaemon(ipvs.DaemonCommand{Stop: true, State: ipvs.MasterDaemon}); err != nil {
		t.Error(err)
	}
	if err := h.DoDaemon(ipvs.DaemonCommand{Stop: true, State: ipvs.MasterDaemon}); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("%v, want ESRCH", err)
	}
}
