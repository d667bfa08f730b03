package track

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/logging"
	"holdfast/internal/sockbuf"
)

const (
	// breath is the pause between two looks at what the kernel has told: what short-lived processes come
	// and go in the meantime costs one look.
	breath = 10 * time.Millisecond
	// answerTime is what the kernel gets to answer.
	answerTime = time.Second
	// scanTime is how often processes are looked for where the kernel tells nothing.
	scanTime = time.Second
	// reconnectScans is after how many such looks the kernel is asked again, if it has told something before.
	reconnectScans = 10
)

// Processes watches the vrrp_track_processes of a configuration. The value of one is 1 while as many
// processes run as there shall be (semantics 5.14).
type Processes struct {
	log     *zap.Logger
	tell    teller
	connect func() (*connector, error)
	every   time.Duration // of the look at processes the kernel does not tell of

	mu      sync.Mutex
	watched map[ID]*quorum
	stop    func()     // nil while nothing is watched
	conn    *connector // what the kernel tells comes from; nil if it tells nothing
	said    bool       // that it tells nothing
	closed  bool
	ended   sync.WaitGroup
}

// Count is what is known of the processes of an object.
type Count struct {
	Running        int
	Forked, Exited bool // fork_delay or terminate_delay is running
}

// quorum is the processes of one vrrp_track_process.
type quorum struct {
	id     ID
	cfg    config.TrackProcess
	pids   map[int]bool
	have   bool // what was reported
	timer  *time.Timer
	timers int // that were set before
	cause  cause
}

// cause is what made the number of processes change.
type cause uint8

const (
	other  cause = iota // a program begins, or a process has another name: that counts at once
	forked              // counts after fork_delay
	exited              // counts after terminate_delay
)

// NewProcesses gives a Processes that watches nothing yet.
func NewProcesses(log *zap.Logger, reports Report) *Processes {
	if log == nil {
		log = zap.NewNop()
	}
	return &Processes{
		log: log, tell: teller{reports: reports},
		connect: openConnector, every: scanTime, watched: map[ID]*quorum{},
	}
}

// Configure watches the processes asked for. All values are known when it returns.
func (p *Processes) Configure(cfg *config.Config, objects []Object) Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := Outcome{Values: map[ID]int{}}
	if p.closed {
		return out
	}
	for _, q := range p.watched {
		// All are made anew below: a delay that was counted for the former ones says nothing now.
		q.cancel() // what was waited for is looked at anew
	}
	p.watched = make(map[ID]*quorum, len(objects))
	for _, o := range objects {
		i := slices.IndexFunc(cfg.TrackProcesses, func(t config.TrackProcess) bool { return t.Name == o.Name })
		if i < 0 {
			out.Disabled = append(out.Disabled, o.ID)
			continue
		}
		p.watched[o.ID] = &quorum{id: o.ID, cfg: cfg.TrackProcesses[i], pids: map[int]bool{}}
	}
	switch {
	case len(p.watched) == 0:
		p.end()
	case p.stop == nil:
		p.begin() // before the look, so that nothing falls in between
	}
	if p.conn != nil {
		if err := p.conn.resize(sockbuf.Size(cfg.Global.Buffers.ProcessMonitor)); err != nil {
			p.log.Warn("cannot size the receive buffer of process events", zap.Error(err))
		}
	}
	p.scan()
	for id, q := range p.watched {
		// Without fork_delay or terminate_delay: at first there is no change that could wait.
		q.have = q.reached()
		out.Values[id] = truth(q.have)
	}
	return out
}

// begin starts to listen.
func (p *Processes) begin() {
	c, err := p.connect()
	if err == nil {
		p.conn = c
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	p.ended.Go(func() { p.watch(ctx, c, err) })
}

// watch listens to a connector, and looks for processes where there is none. One that breaks is replaced.
func (p *Processes) watch(ctx context.Context, c *connector, err error) {
	answered := false
	for ctx.Err() == nil {
		if err == nil {
			var told bool
			told, err = p.listen(ctx, c)
			answered = answered || told
		}
		// Not after the end, which is why listen has failed then.
		if ctx.Err() == nil {
			c = p.poll(ctx, err, answered)
			err = nil
		}
	}
}

// say notes whether the kernel tells of processes, and reports whether that is to be said.
func (p *Processes) say(tells bool) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	news = p.said == tells
	p.said = !tells
	return news
}

// replace makes c what the kernel's news come from, unless nobody wants any more.
func (p *Processes) replace(ctx context.Context, c *connector) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil {
		_ = c.close() // nobody has heard of it
		return false
	}
	if p.conn != nil {
		_ = p.conn.close() // it has failed before
	}
	p.conn = c
	return true
}

// end stops listening.
func (p *Processes) end() {
	if p.stop != nil {
		p.stop()
		if p.conn != nil {
			if err := p.conn.close(); err != nil {
				p.log.Warn("cannot end watching processes", zap.Error(err))
			}
		}
		p.stop, p.conn = nil, nil
	}
}

// listen follows what the kernel tells until that fails, and reports whether it has told anything.
func (p *Processes) listen(ctx context.Context, c *connector) (told bool, err error) {
	buf := make([]byte, 1<<12)
	if err := c.answered(buf, answerTime); err != nil {
		return false, err
	}
	if p.say(true) {
		p.log.Info("the kernel tells of processes again")
	}
	p.again() // what came before the answer
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		list, err := c.read(buf)
		if err != nil {
			return true, err
		}
		p.happened(list)
		// From here on, so that there is a pause even when the work above took longer than one.
		pause.Reset(breath)
		select {
		case <-pause.C:
		case <-ctx.Done():
			return true, ctx.Err()
		}
	}
}

// poll looks for processes every second, because the kernel does not tell of them. If it may again, the end is another
// connector.
func (p *Processes) poll(ctx context.Context, why error, mayAgain bool) *connector {
	if p.say(false) {
		p.log.Warn(fmt.Sprintf("the kernel does not tell of processes (%v): they are looked for every second", why))
	}
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for n := 1; ; n++ {
		p.again()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if !mayAgain || n%reconnectScans != 0 {
			continue
		}
		if c, err := p.connect(); err == nil && p.replace(ctx, c) {
			return c
		}
	}
}

// again looks at all processes.
func (p *Processes) again() {
	p.change(func() { p.scan() })
}

// happened does what a list of events asks for.
func (p *Processes) happened(list []procEvent) {
	p.change(func() {
		for i, e := range list {
			switch e.what {
			case procLost:
				p.scan()
				return // it has seen all that the rest of the list tells
			case procFork:
				for _, q := range p.watched {
					if q.pids[e.parent] {
						q.set(e.pid, true, forked)
					}
				}
			case procExit:
				for _, q := range p.watched {
					q.set(e.pid, false, exited)
				}
			default:
				// Its number may be another process's by now; the end comes later in the same list.
				ends := slices.ContainsFunc(list[i:], func(l procEvent) bool { return l.what == procExit && l.pid == e.pid })
				p.look(e.pid, !ends)
			}
		}
	})
}

// look finds out what a process is now.
func (p *Processes) look(pid int, alive bool) {
	var c command
	if alive {
		c, alive = commandOf(pid, p.needArguments())
	}
	for _, q := range p.watched {
		q.set(pid, alive && matches(&q.cfg, c), other)
	}
}

func (p *Processes) needArguments() bool {
	for _, q := range p.watched {
		if q.cfg.FullCommand {
			return true
		}
	}
	return false
}

// scan looks at all processes there are.
func (p *Processes) scan() {
	if len(p.watched) == 0 {
		return
	}
	pids, err := processes()
	if err != nil {
		p.log.Error(err.Error())
		return
	}
	// First those that are gone, so that a number which was used again counts for what it is now.
	there := make(map[int]bool, len(pids))
	for _, pid := range pids {
		there[pid] = true
	}
	for _, q := range p.watched {
		for pid := range q.pids {
			if !there[pid] {
				q.set(pid, false, exited)
			}
		}
	}
	for _, pid := range pids {
		p.look(pid, true)
	}
}

// set notes whether a process is one of those that count, and why.
func (q *quorum) set(pid int, counts bool, why cause) {
	// What does not change anything must not change the cause, either: a delay may hang on that.
	if q.pids[pid] == counts {
		return
	}
	if counts {
		q.pids[pid] = true
	} else {
		delete(q.pids, pid)
	}
	q.cause = why
}

func (q *quorum) reached() bool {
	n := len(q.pids)
	return n >= q.cfg.Quorum && (q.cfg.QuorumMax < 0 || n <= q.cfg.QuorumMax)
}

// change does something to the numbers of processes and reports what comes of it.
func (p *Processes) change(do func()) {
	var news []ID
	p.mu.Lock()
	if !p.closed {
		do()
		for _, id := range slices.Sorted(maps.Keys(p.watched)) { // lines of the log have an order
			if p.decide(p.watched[id]) {
				news = append(news, id)
			}
		}
	}
	p.mu.Unlock()
	for _, id := range news {
		p.tell.tell(id, p.value)
	}
}

func (p *Processes) value(id ID) (v int, watched bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.watched[id]
	if q == nil || p.closed {
		return 0, false
	}
	return truth(q.have), true
}

// turn is the other state.
func (p *Processes) turn(q *quorum) {
	q.have = !q.have
	what := [...]string{"lost", "gained"}[truth(q.have)]
	p.log.Info(fmt.Sprintf("Quorum %s for tracked process %s", what, q.cfg.Name), logging.Instance(q.cfg.Name))
}

// decide compares what is with what was reported, and reports whether to report: at once, or when the delay of
// what made it so is over and it is still so.
func (p *Processes) decide(q *quorum) (news bool) {
	if q.reached() == q.have {
		q.cancel()
		return false
	}
	delay := [...]time.Duration{other: 0, forked: q.cfg.ForkDelay, exited: q.cfg.TerminateDelay}[q.cause]
	if delay > 0 {
		// A delay that runs goes on: it counts from the first change, not from the last one.
		if q.timer == nil {
			// A timer that has fired may wait for the lock while it is stopped: by its number it
			// sees so.
			n := q.timers
			q.timer = time.AfterFunc(delay, func() { p.over(q, n) })
		}
		return false
	}
	q.cancel()
	p.turn(q)
	return true
}

// over is the end of a delay.
func (p *Processes) over(q *quorum, n int) {
	p.mu.Lock()
	// Another may have been set, or a configuration taken over, while this one waited for the lock.
	late := p.closed || q.timers != n || p.watched[q.id] != q
	if !late {
		q.cancel()
		p.turn(q)
	}
	p.mu.Unlock()
	if !late {
		p.tell.tell(q.id, p.value)
	}
}

func (q *quorum) cancel() {
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
		q.timers++
	}
}

// Describe tells of all objects what there is behind their values.
func (p *Processes) Describe() map[ID]Count {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(map[ID]Count, len(p.watched))
	for id, q := range p.watched {
		waits := q.timer != nil
		all[id] = Count{Running: len(q.pids), Forked: waits && q.cause == forked, Exited: waits && q.cause == exited}
	}
	return all
}

// Stop ends all watching.
func (p *Processes) Stop() {
	p.mu.Lock()
	p.closed = true
	for _, q := range p.watched {
		q.cancel()
	}
	// end closes what listen reads from: that is how it wakes up.
	p.end()
	p.mu.Unlock()
	p.ended.Wait()
}
