package lab

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// beat is the metronome's interval.
const beat = 10 * time.Millisecond

// What makes a machine too busy for a verdict on anything that has a limit of 100 ms or more: that
// nobody ran for a while, that who only sleeps was kept waiting for some of a second, or that
// somebody was waiting for a processor for much of a second.
const (
	stallLimit    = 60 * time.Millisecond
	lateLimit     = 100 * time.Millisecond // in a second
	pressureLimit = 300 * time.Millisecond // in a second
)

// A Metronome watches how late the machine lets a process run that only sleeps, and how long
// processes wait for a processor, as far as the kernel tells (/proc/pressure).
// When the lab itself was stalled, what it saw of others proves nothing.
type Metronome struct {
	quit chan struct{}

	mu       sync.Mutex
	stalls   []stall
	pressure []pressure
}

// A stall is a beat that came late.
type stall struct {
	at   time.Time
	late time.Duration
}

// A pressure is how long processes had waited for a processor until then, since the machine started.
type pressure struct {
	at    time.Time
	total time.Duration
}

// StartMetronome starts to watch; when it returns, it does.
func StartMetronome() *Metronome {
	m := &Metronome{quit: make(chan struct{})}
	m.press()
	started := make(chan struct{})
	go func() {
		close(started)
		m.run()
	}()
	<-started
	return m
}

// Stop ends the watch.
func (m *Metronome) Stop() { close(m.quit) }

func (m *Metronome) run() {
	for n := 1; ; n++ {
		before := time.Now()
		select {
		case <-m.quit:
			return
		case <-time.After(beat):
		}
		if late := time.Since(before) - beat; late > time.Millisecond {
			m.mu.Lock()
			m.stalls = append(m.stalls, stall{at: time.Now(), late: late})
			m.mu.Unlock()
		}
		if n%50 == 0 {
			m.press()
		}
	}
}

// press reads how long processes have waited for a processor; a kernel that does not tell has no pressure.
func (m *Metronome) press() {
	b, err := os.ReadFile("/proc/pressure/cpu")
	if err != nil {
		return
	}
	_, rest, _ := strings.Cut(string(b), "total=")
	var us int64
	if _, err := fmt.Sscan(rest, &us); err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pressure = append(m.pressure, pressure{at: time.Now(), total: time.Duration(us) * time.Microsecond})
}

// worst is the longest stall that ended after since.
func (m *Metronome) worst(since time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var worst time.Duration
	for _, s := range m.stalls {
		if s.at.After(since) {
			worst = max(worst, s.late)
		}
	}
	return worst
}

// Busy tells how this machine kept its processes waiting since a moment, too long for what they did in
// time or not to prove anything; it is empty when the machine did not.
func (m *Metronome) Busy(since time.Time) string {
	m.press()
	return m.busy(since)
}

// busy is Busy by what was seen so far.
func (m *Metronome) busy(since time.Time) string {
	if worst := m.worst(since); worst > stallLimit {
		return fmt.Sprintf("this machine let nobody run for %v", worst.Round(time.Millisecond))
	}
	if lost := m.lost(since); lost > lateLimit {
		return fmt.Sprintf("this machine kept a process that only sleeps waiting for %v of a second",
			lost.Round(time.Millisecond))
	}
	if share := m.waited(since); share > pressureLimit {
		return fmt.Sprintf("somebody waited for a processor of this machine for %v of a second",
			share.Round(time.Millisecond))
	}
	return ""
}

// lost is the longest time by which beats of one second came late, since a moment.
func (m *Metronome) lost(since time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var worst, sum time.Duration
	first := 0
	for _, s := range m.stalls {
		sum += s.late
		for ; m.stalls[first].at.Before(s.at.Add(-time.Second)) || m.stalls[first].at.Before(since); first++ {
			sum -= m.stalls[first].late
			if first == len(m.stalls)-1 {
				return worst
			}
		}
		worst = max(worst, sum)
	}
	return worst
}

// waited is the longest time within one second in which somebody waited for a processor, since a moment.
func (m *Metronome) waited(since time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var worst time.Duration
	for i := 1; i < len(m.pressure); i++ {
		a, b := m.pressure[i-1], m.pressure[i]
		if span := b.at.Sub(a.at); b.at.After(since) && span > beat {
			worst = max(worst, time.Duration(float64(b.total-a.total)/span.Seconds()))
		}
	}
	return worst
}
