package notify

import "sync"

// queue runs functions one after the other; putting one never waits.
type queue struct {
	mu     sync.Mutex
	more   *sync.Cond
	jobs   []func()
	closed bool
}

func newQueue() *queue {
	q := &queue{}
	q.more = sync.NewCond(&q.mu)
	return q
}

// put adds f; false when the queue is closed.
func (q *queue) put(f func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	// No limit: a limit would mean to wait, or to lose a notification.
	q.jobs = append(q.jobs, f)
	q.more.Signal()
	return true
}

// close lets run return after the functions already put.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	// What was put before runs still: next looks at closed only when nothing is left.
	q.closed = true
	q.more.Broadcast()
}

func (q *queue) run() {
	for {
		f := q.next()
		if f == nil {
			return
		}
		// Without the lock: f takes as long as it likes, and may put another one.
		f()
	}
}

func (q *queue) next() func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	// Again after each Wait: a Broadcast wakes up also when there is nothing to do.
	for len(q.jobs) == 0 {
		if q.closed {
			return nil
		}
		q.more.Wait()
	}
	f := q.jobs[0]
	q.jobs = q.jobs[1:]
	return f
}
