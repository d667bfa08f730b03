package vrrp

import (
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/conformance"
)

// TestFailoverTime: the backup takes over 3 intervals and its skew after the last
// advert of a master that crashed, and the skew after one that stopped.
func TestFailoverTime(t *testing.T) {
	conformance.Shows(t, "R39", "R49")
	for _, version := range []int{2, 3} {
		for _, stop := range []bool{false, true} {
			l := emptyLAN(1)
			for _, prio := range []uint8{100, 50} {
				in := baseInstance("VI_0")
				in.Priority, in.Version = prio, version
				l.add(Setup{Instances: []config.Instance{in}})
			}
			l.run(10 * time.Second)
			last, want := l.hosts[0].sent[0], masterDownInterval(version, 50, time.Second, 3)
			if stop {
				l.stop(l.hosts[0])
				last, want = l.now, skewTime(version, 50, time.Second)
			} else {
				l.crash(l.hosts[0])
			}
			for len(l.masters(0, 0)) == 0 && l.now.Before(epoch.Add(time.Minute)) {
				l.run(time.Millisecond)
			}
			if took := l.now.Sub(last); took < want || took > want+7*time.Millisecond {
				t.Errorf("version %d, stopped %v: %s, want %s and 5 ms on the way", version, stop, took, want)
			}
		}
	}
}

// TestGarbageOnTheLAN: packets of strangers do not disturb a pair.
func TestGarbageOnTheLAN(t *testing.T) {
	families := map[bool]bool{}
	for seed := range uint64(4) {
		l := newLAN(seed)
		families[l.six] = true
		garbageOnTheLAN(t, l)
	}
	if len(families) < 2 {
		t.Error("a family is missing")
	}
}

func garbageOnTheLAN(t *testing.T, l *lan) {
	l.run(l.settling())
	was := l.masters(0, 0)[0]
	for range 5000 {
		h := l.hosts[l.rng.IntN(len(l.hosts))]
		b := make([]byte, l.rng.IntN(60))
		for i := range b {
			b[i] = byte(l.rng.Uint32())
		}
		if len(b) > 1 {
			b[0], b[1] = byte(2+l.rng.IntN(2))<<4|1, byte(51+l.rng.IntN(2))
		}
		d := Datagram{Interface: "eth0", Src: l.address(199, 0), Dst: MulticastGroup(&h.setup.Instances[0])}
		d.TTL, d.HeaderLen, d.TotalLength, d.Payload = 255, 20, 20+len(b), b
		l.do(h, h.core.Receive(l.now, d))
		l.run(time.Duration(l.rng.IntN(3)) * time.Millisecond)
	}
	l.converged()
	if l.masters(0, 0)[0] != was {
		t.Error("mastership moved")
	}
}
