package notify

import (
	"slices"
	"sync/atomic"

	"holdfast/internal/metric"
)

// A tally is what a Notifier has done; any goroutine may count.
type tally struct {
	scripts, lines, mails                   atomic.Uint64
	scriptsFailed, linesFailed, mailsFailed atomic.Uint64
	running                                 atomic.Int64 // scripts
}

// Metrics is what the Notifier of a role has done, and what it has still to do.
func (n *Notifier) Metrics() metric.Table {
	var t metric.Table
	t.Rows.Add("role", string(n.opt.Role.Name))
	add := func(family, labels string, value float64) { t.Add(family, labels, metric.Numbers(value)) }
	add(metric.NotifyQueue, "", float64(n.queue.waiting()))
	add(metric.NotifyRunning, "", float64(n.tally.running.Load()))
	add(metric.NotifyMailQueue, "", float64(n.mailer.waiting()))
	var done, failed []metric.Column
	for _, c := range []struct {
		kind         string
		done, failed *atomic.Uint64
	}{
		{"script", &n.tally.scripts, &n.tally.scriptsFailed}, {"fifo", &n.tally.lines, &n.tally.linesFailed},
		{"mail", &n.tally.mails, &n.tally.mailsFailed},
	} {
		kind := metric.Labels("kind", c.kind)
		one := func(n uint64) metric.Values { return metric.Numbers(float64(n)) }
		done = append(done, metric.Column{Family: metric.Notified, Labels: kind, Values: one(c.done.Load())})
		failed = append(failed, metric.Column{Family: metric.NotifyFailures, Labels: kind, Values: one(c.failed.Load())})
	}
	t.Columns = slices.Concat(t.Columns, done, failed)
	return t
}

// waiting is how many functions have not begun.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}
