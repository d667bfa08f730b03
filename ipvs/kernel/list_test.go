package kernel

import (
	"errors"
	"reflect"
	"slices"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// A list has what a read has, and the statistics that the kernel sends, of 64 bits where it has both.
func TestListHasWhatIsThere(t *testing.T) {
	counters := ipvs.Counters{
		Connections: 1<<40 + 1, PacketsIn: 1<<40 + 2, PacketsOut: 1<<40 + 3, BytesIn: 1<<40 + 4, BytesOut: 1<<40 + 5,
		ConnectionRate: 1<<40 + 6, PacketRateIn: 1<<40 + 7, PacketRateOut: 1<<40 + 8, ByteRateIn: 1<<40 + 9, ByteRateOut: 1<<40 + 10,
	}
	rapid.Check(t, func(rt *rapid.T) {
		_, h := simulate(t)
		for _, err := range h.Apply(ipvs.Diff(nil, fake.Tables().Draw(rt, "table"))) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		want, err := h.Read()
		if err != nil {
			rt.Fatal(err)
		}
		list, err := h.List()
		if err != nil {
			rt.Fatal(err)
		}
		got := ipvs.Table{}
		for _, s := range list {
			if alone, err := h.ListService(s.ID); err != nil || alone.ID != s.ID || len(alone.Dests) != len(s.Dests) {
				rt.Fatalf("alone %+v (%v), in the list %+v", alone, err, s)
			}
			service := ipvs.Service{Settings: s.Settings, Dests: map[ipvs.DestID]ipvs.DestSettings{}}
			if s.Counters != counters {
				rt.Fatalf("counters %+v", s.Counters)
			}
			for _, d := range s.Dests {
				service.Dests[d.ID] = d.Settings
				if want := (ipvs.DestStats{Counters: counters, Active: 1, Inactive: 2, Persistent: 3}); d.Stats != want {
					rt.Fatalf("statistics %+v", d.Stats)
				}
			}
			if s.Settings.Scheduler == ipvs.Maglev {
				service.History = &ipvs.History{Order: make([]ipvs.DestID, 0, len(s.Dests))}
				for _, d := range slices.Backward(s.Dests) {
					service.History.Order = append(service.History.Order, d.ID)
				}
			}
			got[s.ID] = service
		}
		if !reflect.DeepEqual(got, want) {
			rt.Fatalf("the list is\n%s\nthe table\n%s", ipvs.Format(got), ipvs.Format(want))
		}
	})
}

func TestZeroAndInfo(t *testing.T) {
	k, h := simulate(t)
	web, mail := service(ipvs.TCP, "10.0.0.1:80"), service(ipvs.TCP, "10.0.0.1:25")
	for _, id := range []ipvs.ServiceID{web, mail} {
		if errs := h.Apply([]ipvs.Command{{Op: ipvs.AddService, Service: id, Settings: ipvs.ServiceSettings{Scheduler: "rr"}}}); errs != nil {
			t.Fatal(errs)
		}
		k.ipvs.SetStats(id, ipvs.ServiceStats{Counters: ipvs.Counters{Connections: 7}})
	}
	connections := func() (n [2]uint64) {
		for i, id := range []ipvs.ServiceID{web, mail} {
			s, err := k.ipvs.Stats(id)
			if err != nil {
				t.Fatal(err)
			}
			n[i] = s.Connections
		}
		return n
	}
	if err := h.ZeroService(web); err != nil || connections() != [2]uint64{0, 7} {
		t.Errorf("after the zero of one: %v, %v", connections(), err)
	}
	if err := h.Zero(); err != nil || connections() != [2]uint64{0, 0} {
		t.Errorf("after the zero of all: %v, %v", connections(), err)
	}
	absent := service(ipvs.UDP, "10.0.0.9:53")
	err := h.ZeroService(absent)
	if want := "setting the counters of service [10.0.0.9]:udp:53 to 0: no such process"; !errors.Is(err, syscall.ESRCH) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := h.ListService(absent); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("got %v, want ESRCH", err)
	}
	if i, err := h.Info(); err != nil || i != (ipvs.Info{Version: [3]uint8{1, 2, 1}, TableSize: 4096}) {
		t.Errorf("info %+v, %v", i, err)
	}
	k.denied = true
	_, listErr := h.List()
	_, infoErr := h.Info()
	for _, err := range []error{listErr, infoErr, h.Zero()} {
		if !errors.Is(err, syscall.EPERM) {
			t.Errorf("got %v, want EPERM", err)
		}
	}
}
