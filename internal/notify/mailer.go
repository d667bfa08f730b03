package notify

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
)

// letter is one alert.
type letter struct {
	mail    config.Mail
	subject string
	body    string
}

const (
	maxSessions = 8   // at the same time
	maxLetters  = 256 // waiting for a session
	// lastConnect is how long a server may take to answer at all when the daemon is
	// stopping: one that is gone must not hold up a restart for long.
	lastConnect = 5 * time.Second
)

// mailer sends letters, one session each, without anybody waiting for it.
type mailer struct {
	log      *zap.Logger
	tally    *tally
	ctx      context.Context // of sessions
	stop     context.CancelFunc
	dialing  context.Context // of sessions that wait for the server to answer at all
	stopDial context.CancelFunc
	sessions chan struct{}
	running  sync.WaitGroup

	mu     sync.Mutex
	unsent []*letter
}

func newMailer(log *zap.Logger) *mailer {
	m := &mailer{log: log, tally: &tally{}, sessions: make(chan struct{}, maxSessions)}
	m.ctx, m.stop = context.WithCancel(context.Background())
	m.dialing, m.stopDial = context.WithCancel(m.ctx)
	return m
}

func (m *mailer) send(l letter) {
	if !m.accept(&l) {
		m.tally.mailsFailed.Add(1)
		m.log.Warn(fmt.Sprintf("SMTP alert dropped, %d are waiting for the server: %s", maxLetters, l.subject))
		return
	}
	// Not in the goroutine: finish may wait before that has begun.
	m.running.Add(1)
	// The date of what happened: a letter may wait for its session.
	at := time.Now()
	go func() {
		defer m.running.Done()
		defer m.done(&l)
		select {
		// At most maxSessions at the same time: a burst of transitions is no burst of connections.
		case m.sessions <- struct{}{}:
			defer func() { <-m.sessions }()
		case <-m.ctx.Done():
			return // finish has named it
		}
		if err := m.deliver(l, at); err != nil {
			m.tally.mailsFailed.Add(1)
			m.log.Warn(err.Error())
			return
		}
		m.tally.mails.Add(1)
		m.log.Info("SMTP alert successfully sent.")
	}()
}

func (m *mailer) accept(l *letter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.unsent) >= maxLetters {
		return false
	}
	m.unsent = append(m.unsent, l)
	return true
}

func (m *mailer) done(l *letter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unsent = slices.DeleteFunc(m.unsent, func(u *letter) bool { return u == l })
}

// waiting is the number of letters that are not sent yet.
func (m *mailer) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.unsent)
}

// finish waits until all letters are sent or given up, for no longer than limit, and
// names those that are left then.
func (m *mailer) finish(limit time.Duration) {
	// Whatever is left then is cut off: its goroutines end by the closing of their connections.
	defer m.stop()
	// A server that has answered has until limit; one that says nothing at all only until then.
	hurry := time.AfterFunc(lastConnect, m.stopDial)
	defer hurry.Stop()
	sent := make(chan struct{})
	go func() {
		m.running.Wait()
		close(sent)
	}()
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-sent:
		return
	case <-late.C:
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.unsent {
		m.log.Warn(fmt.Sprintf("SMTP alert not sent, the server did not take it within %v: %s", limit, l.subject))
	}
}
