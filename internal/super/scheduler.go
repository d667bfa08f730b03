package super

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/internal/role"
)

// A Scheduler sees to it that the kernel runs this process as the configuration says (cli 4.6), and, where that is
// asked for, with a higher priority from the moment that timers are late.
type Scheduler struct {
	log   *zap.Logger
	title string // of the role
	// worth is the lateness in nanoseconds that counts; 0 = nobody asks yet.
	worth atomic.Int64
	late  chan time.Duration

	mu      sync.Mutex
	want    role.Scheduling
	raised  int  // SCHED_RR priority that late timers have given, 0 = none
	resting bool // from real time, after the limit was exceeded
	pinned  bool // to the processors of the configuration
	started started
	said    time.Time // when it was last logged that the limit was exceeded
}

// started is what this process was started with and gets back when the configuration does not ask for anything else.
type started struct {
	known bool
	cpus  unix.CPUSet
	limit unix.Rlimit // RLIMIT_RTTIME
}

// NewScheduler gives the Scheduler of the process of a role.
func NewScheduler(r role.Role, log *zap.Logger) *Scheduler {
	return &Scheduler{log: log, title: r.Title, late: make(chan time.Duration, 1)}
}

// Late is told how late a timer was met. It never waits.
func (s *Scheduler) Late(by time.Duration) {
	if worth := s.worth.Load(); worth == 0 || by <= time.Duration(worth) {
		return
	}
	select {
	case s.late <- by:
	default: // one that came at the same time is dealt with already
	}
}

// run deals with late timers and with the limit of real-time work until ctx ends.
func (s *Scheduler) run(ctx context.Context) {
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGXCPU)
	defer signal.Stop(over)
	for {
		select {
		case <-ctx.Done():
			return
		case by := <-s.late:
			s.raise(by)
		case <-over:
			s.rest()
		}
	}
}

// apply takes a configuration over.
func (s *Scheduler) apply(want role.Scheduling) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember()
	s.want = want
	// A priority that was raised stays, as far as it would be given now.
	s.raised = max(min(s.raised, want.AutoMax), 0)
	s.worth.Store(int64(want.AutoAfter))
	s.schedule()
	s.limit()
	s.pin()
	if want.Locked {
		// MCL_ONFAULT: only what is touched is locked, not all that the Go runtime has reserved.
		if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT); err != nil {
			s.log.Warn(fmt.Sprintf("Unable to lock process in memory - %v", needing("CAP_IPC_LOCK", err)))
		}
	}
}

// realtime is the SCHED_RR priority in force, 0 = none.
func (s *Scheduler) realtime() int { return max(s.want.Realtime, s.raised) }

// raise makes the priority one higher than it is, up to what the configuration allows.
func (s *Scheduler) raise(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.Info(fmt.Sprintf("A thread timer expired %.6f seconds ago", by.Seconds()))
	now := s.realtime()
	if now >= s.want.AutoMax {
		return
	}
	s.raised = now + 1
	if s.schedule() {
		s.log.Info(fmt.Sprintf("Set realtime priority %d", s.raised))
	}
	s.limit()
}

// schedule gives every thread of this process its nice value or SCHED_RR priority. Threads made later
// inherit it. What cannot be had is logged.
func (s *Scheduler) schedule() bool {
	realtime := s.realtime()
	if s.resting {
		realtime = 0
	}
	if err := eachThread(func(tid int) error { return schedule(tid, s.want.Nice, realtime) }); err != nil {
		s.log.Warn(fmt.Sprintf("Unable to set process priority (nice %d, realtime %d) - %v",
			s.want.Nice, realtime, needing("CAP_SYS_NICE", err)))
		return false
	}
	return true
}

// limit has the kernel watch how long a thread runs at real-time priority without a pause. Nothing is watched that
// nobody asked for: the 10 ms of 2.2.7 are less than the language's own work may take.
func (s *Scheduler) limit() {
	limit := s.started.limit
	if s.want.RTTime > 0 && s.realtime() > 0 {
		// Half of it is until the signal, as with keepalived. At the whole the kernel would kill the process for a
		// collection of garbage; and a hard limit, once set, can be raised again by few.
		limit.Cur = min(uint64(s.want.RTTime.Microseconds()/2), limit.Max)
	}
	var now unix.Rlimit
	err := unix.Prlimit(0, unix.RLIMIT_RTTIME, nil, &now)
	if err == nil && now != limit {
		err = unix.Prlimit(0, unix.RLIMIT_RTTIME, &limit, nil)
	}
	if err != nil {
		s.log.Warn(fmt.Sprintf("Unable to limit real-time work to %v - %v", s.want.RTTime, err))
	}
}

const (
	// pause is how long the process leaves real time when it has exceeded its limit.
	pause = 50 * time.Millisecond
	// quiet is how long nothing is logged about that after a line.
	quiet = 10 * time.Second
)

// rest is what a process does that has exceeded its limit: for a moment it is scheduled like others, so that those
// get the processor too. The limit is there for that, and nobody has to be killed.
func (s *Scheduler) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resting || s.want.RTTime == 0 || s.realtime() == 0 {
		return
	}
	s.resting = true
	s.schedule()
	time.AfterFunc(pause, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.resting = false
		s.schedule()
		s.limit() // with its signal the kernel has put the first half off
	})
	if now := time.Now(); now.Sub(s.said) > quiet {
		s.said = now
		s.log.Warn(fmt.Sprintf("%s process has used too much CPU time, %s may need to be increased", s.title, s.want.RTName))
	}
}

// pin keeps all threads on the processors of the configuration.
func (s *Scheduler) pin() {
	set := s.started.cpus
	if len(s.want.CPUs) > 0 {
		set.Zero()
		for _, n := range s.want.CPUs {
			set.Set(int(n))
		}
	} else if !s.pinned {
		return // whoever started us, or moved us since, knows why
	}
	s.pinned = len(s.want.CPUs) > 0
	if err := eachThread(func(tid int) error { return unix.SchedSetaffinity(tid, &set) }); err != nil {
		s.log.Warn(fmt.Sprintf("Unable to run on processors %v only - %v", s.want.CPUs, err))
	}
}

// remember notes what this process was started with, before anything is changed.
func (s *Scheduler) remember() {
	if s.started.known {
		return
	}
	s.started.known = true
	// Both are always there to be read.
	_ = unix.SchedGetaffinity(0, &s.started.cpus)
	_ = unix.Prlimit(0, unix.RLIMIT_RTTIME, nil, &s.started.limit)
}
