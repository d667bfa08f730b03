package sessions

import (
	"net/netip"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/golden"
)

func TestCLI6_DataFile(t *testing.T) {
	one := config.BFD{Name: "peer", Neighbor: netip.MustParseAddr("10.9.0.2"), Source: netip.MustParseAddr("10.9.0.1"),
		MinRX: 100 * time.Millisecond, MinTX: 50 * time.Millisecond, IdleTX: time.Second, Multiplier: 5, TTL: 255, VRRP: true}
	two := config.BFD{Name: "far", Neighbor: netip.MustParseAddr("2001:db8::2"), MinRX: 10 * time.Millisecond,
		MinTX: 10 * time.Millisecond, IdleTX: time.Second, Multiplier: 3, TTL: 64, MaxHops: 3, Multihop: true, Passive: true,
		VRRP: true, Checker: true}
	s := &Snapshot{
		Refused: map[bfd.Reason]uint64{bfd.TTLTooLow: 3, bfd.TooShort: 1},
		Sessions: []Session{
			{Status: bfd.Status{Config: &one, State: bfd.Up, Remote: bfd.Up, Mine: 0xc4c4e334, Yours: 5,
				RemoteDiag:  bfd.NeighborSignaledDown,
				RemoteMinTX: 150 * time.Millisecond, RemoteMinRX: 50 * time.Millisecond, RemoteDemand: true, RemoteMultiplier: 4,
				Polling: true, Interval: 50 * time.Millisecond, RemoteInterval: 150 * time.Millisecond,
				Detection: 600 * time.Millisecond, RemoteDetection: 250 * time.Millisecond,
				LastSeen: time.Date(2026, 11, 29, 21, 43, 18, 903942000, time.UTC),
				Counters: bfd.Counters{Sent: 51, Received: 35, Refused: 2, Up: 2, Down: 1}}},
			{Status: bfd.Status{Config: &two, State: bfd.Down, Remote: bfd.Down, Mine: 7, Diag: bfd.DetectionExpired,
				Interval: time.Second},
				SendFails: true},
		},
	}
	golden.Equal(t, "testdata/keepalived_bfd.data", string(Data(s, func(string, string) string { return "0:0" })))
}
