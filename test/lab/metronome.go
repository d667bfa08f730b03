package lab

import (
	"sync"
	"time"
)

// beat is the metronome's interval.
const beat = 10 * time.Millisecond

// A Metronome watches how late the machine lets a process run that only sleeps.
// When the lab itself was stalled, what it saw of others proves nothing.
type Metronome struct {
	quit chan struct{}

	mu     sync.Mutex
	stalls []stall
}

type stall struct {
	at   time.Time
	late time.Duration
}

// StartMetronome starts to watch; when it returns, it does.
func StartMetronome() *Metronome {
	m := &Metronome{quit: make(chan struct{})}
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
	for {
		before := time.Now()
		select {
		case <-m.quit:
			return
		case <-time.After(beat):
		}
		late := time.Since(before) - beat
		if late < beat {
			continue
		}
		m.mu.Lock()
		m.stalls = append(m.stalls, stall{at: time.Now(), late: late})
		m.mu.Unlock()
	}
}

// Worst is the longest stall that ended after since.
func (m *Metronome) Worst(since time.Time) time.Duration {
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
