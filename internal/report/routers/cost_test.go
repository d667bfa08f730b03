package routers

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/memory/spent"
	"holdfast/internal/metric"
	"holdfast/vrrp"
)

// thousand is a thousand backups with an address each.
func thousand() *Snapshot {
	at := time.Unix(1764533930, 0)
	s := &Snapshot{At: at, Addresses: map[vrrp.ID][]Address{}}
	for n := range 1000 {
		vip := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 60, byte(n / 250), byte(1 + n%250)}), 32)
		id, dev := vrrp.ID(n+1), fmt.Sprint("eth", n/250)
		s.Instances = append(s.Instances, vrrp.Status{Router: id, State: vrrp.Backup, EffectivePriority: 100,
			Source: netip.MustParseAddr("10.60.0.1"), MasterAddr: netip.MustParseAddr("10.60.0.2"), MasterPriority: 200,
			LastTransition: at, DownInterval: 3 * time.Second, Counters: vrrp.Counters{AdvertReceived: uint64(1000 * n)},
			Config: &config.Instance{Name: fmt.Sprint("VI_", n), Interface: dev, VRID: uint8(1 + n%250), Version: 3,
				Priority: 100, AdvertInt: time.Second, VIPs: []config.Address{{Prefix: vip, Dev: dev}}}})
		s.Addresses[id] = []Address{{Prefix: vip, Dev: dev}}
	}
	return s
}

// What metrics of a thousand virtual routers leave to the collector is little more than what goes to the supervisor,
// and that is a few hundred KiB.
func TestMetricsCostWhatTheyAre(t *testing.T) {
	s := thousand()
	size := 0
	least := spent.Least(func() {
		r := Metrics(s)
		size = 0
		for n := range r.Tables {
			size += r.Tables[n].Size()
		}
	})
	if size > 160<<10 || least > uint64(size)*6 {
		t.Errorf("%d bytes, for which %d are allocated", size, least)
	}
}

func BenchmarkThousandRouters(b *testing.B) {
	s := thousand()
	b.Run("measure", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = Metrics(s)
		}
	})
	r := Metrics(s)
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		var w counter
		for b.Loop() {
			w = 0
			if err := metric.Write(&w, r.Tables); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(w), "bytes/scrape")
	})
}

// A counter counts bytes.
type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
