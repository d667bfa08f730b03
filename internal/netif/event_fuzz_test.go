package netif

import (
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// FuzzEvent: whatever bytes a message has, it is an event of something that can be named, or none.
func FuzzEvent(f *testing.F) {
	k, err := OpenKernel()
	if err != nil {
		f.Fatal(err)
	}
	defer k.Close()
	for _, seed := range []struct {
		ask, told uint16
		head      nl.NetlinkRequestData
	}{
		{unix.RTM_GETLINK, unix.RTM_NEWLINK, nl.NewIfInfomsg(unix.AF_UNSPEC)},
		{unix.RTM_GETADDR, unix.RTM_NEWADDR, nl.NewIfAddrmsg(unix.AF_UNSPEC)},
		{unix.RTM_GETROUTE, unix.RTM_DELROUTE, nl.NewRtMsg()},
		{unix.RTM_GETRULE, unix.RTM_DELRULE, nl.NewRtMsg()},
	} {
		ask := nl.NewNetlinkRequest(int(seed.ask), unix.NLM_F_DUMP)
		ask.AddData(seed.head)
		if err := k.dump(ask, func(_ bool, b []byte) { f.Add(seed.told, uint16(0), append([]byte(nil), b...)) }); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, typ, flags uint16, b []byte) {
		switch e := event(typ, flags, b).(type) {
		case AddressAdded:
			if !e.Address.Prefix.IsValid() {
				t.Errorf("an address that is none: %+v", e)
			}
		case AddressRemoved:
			if !e.Address.Prefix.IsValid() {
				t.Errorf("an address that is none: %+v", e)
			}
		}
	})
}
