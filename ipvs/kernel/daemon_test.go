package kernel

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// decodeDaemon reads what a request says of a daemon.
func decodeDaemon(msg []byte, stop bool) ipvs.DaemonCommand {
	c := ipvs.DaemonCommand{Stop: stop}
	d := &c.Daemon
	decode(msg, func(kind uint16, ad *netlink.AttributeDecoder) {
		if kind != 3 {
			panic(kind)
		}
		decode(ad.Bytes(), func(kind uint16, ad *netlink.AttributeDecoder) {
			switch kind {
			case 1:
				c.State = ipvs.DaemonState(ad.Uint32())
			case 2:
				d.Interface = ad.String()
			case 3:
				d.ID = uint8(ad.Uint32())
			case 4:
				d.MaxLen = ad.Uint16()
			case 5:
				d.Group = netip.AddrFrom4([4]byte(ad.Bytes()))
			case 6:
				d.Group = netip.AddrFrom16([16]byte(ad.Bytes()))
			case 7:
				d.Port = ad.Uint16()
			case 8:
				d.TTL = ad.Uint8()
			default:
				panic(kind)
			}
		})
	})
	return c
}

func encodeDaemon(s ipvs.DaemonState, d ipvs.Daemon) []byte {
	ae := netlink.NewAttributeEncoder()
	ae.Nested(3, func(ae *netlink.AttributeEncoder) error {
		ae.Uint32(1, uint32(s))
		ae.String(2, d.Interface)
		ae.Uint32(3, uint32(d.ID))
		ae.Uint16(4, d.MaxLen)
		ae.Uint16(7, d.Port)
		ae.Uint8(8, d.TTL)
		kind := uint16(5)
		if d.Group.Is6() {
			kind = 6
		}
		ae.Bytes(kind, d.Group.AsSlice())
		ae.Uint32(99, 1) // from a later kernel
		return nil
	})
	return must(ae)
}

// daemonsOf answers a dump.
func (k *netlinkKernel) daemonsOf() ([]genetlink.Message, error) {
	all, err := k.ipvs.Daemons()
	var out []genetlink.Message
	for _, s := range []ipvs.DaemonState{ipvs.MasterDaemon, ipvs.BackupDaemon} {
		if d, on := all[s]; on {
			out = append(out, genetlink.Message{Data: encodeDaemon(s, d)})
		}
	}
	return out, err
}

// What is packed, carried over netlink and unpacked again is what was asked for, and so is each refusal.
func TestDaemonsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, h := simulate(t)
		k.ipvs.SetLink("eth0", 1500)
		k.ipvs.SetLink("eth1", 9000)
		alone := fake.New()
		alone.SetLink("eth0", 1500)
		alone.SetLink("eth1", 9000)
		for _, c := range rapid.SliceOfN(fake.DaemonCommands(), 0, 20).Draw(t, "commands") {
			got, want := h.DoDaemon(c), alone.DoDaemon(c)
			if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
				t.Fatalf("%+v: %v, want %v", c, got, want)
			}
			have, err := h.Daemons()
			if err != nil {
				t.Fatal(err)
			}
			should, err := alone.Daemons()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(have, should) {
				t.Fatalf("after %+v\n%swant\n%s", c, ipvs.FormatDaemons(have), ipvs.FormatDaemons(should))
			}
		}
	})
}

func TestDaemonsWithoutAKernelThatAnswers(t *testing.T) {
	k, h := simulate(t)
	k.ipvs.SetLink("eth0", 1500)
	c := ipvs.DaemonCommand{State: ipvs.MasterDaemon, Daemon: ipvs.Daemon{Interface: "eth0"}}
	k.broken = syscall.ECONNREFUSED
	err := h.DoDaemon(c)
	if refused := (*ipvs.DaemonError)(nil); errors.As(err, &refused) || err == nil ||
		err.Error() != "changing the IPVS sync daemons: connection refused" {
		t.Errorf("%v", err)
	}
	k.broken = syscall.ECONNREFUSED
	if _, err := h.Daemons(); err == nil || err.Error() != "reading the IPVS sync daemons: connection refused" {
		t.Errorf("%v", err)
	}
	// On a new socket, and with a new number of the family.
	k.reload++
	if err := h.DoDaemon(c); err != nil {
		t.Error(err)
	}
	k.denied = true
	if err := h.DoDaemon(c); !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
		t.Errorf("%v", err)
	}
}

func TestDaemonsOfAnOldKernel(t *testing.T) {
	ae := netlink.NewAttributeEncoder()
	ae.Nested(3, func(ae *netlink.AttributeEncoder) error {
		ae.Uint32(1, 2)
		ae.String(2, "eth1")
		ae.Uint32(3, 9)
		return nil
	})
	s, d, err := unpackDaemon(must(ae))
	if want := (ipvs.Daemon{Interface: "eth1", ID: 9}); s != ipvs.BackupDaemon || d != want || err != nil {
		t.Errorf("%v %+v, %v", s, d, err)
	}
}

func FuzzUnpackDaemon(f *testing.F) {
	f.Add(encodeDaemon(ipvs.MasterDaemon, ipvs.Daemon{Interface: "eth1", ID: 1, MaxLen: 1472, Group: netip.MustParseAddr("ff02::81"), Port: 1, TTL: 1}))
	f.Add(binary.NativeEndian.AppendUint16(nil, 3))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, d, err := unpackDaemon(b)
		if err == nil && len(b) < 8 && (s != 0 || d != ipvs.Daemon{}) {
			t.Errorf("%x is %v %+v", b, s, d)
		}
	})
}
