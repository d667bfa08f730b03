package super

import (
	"context"
	"sync"

	"holdfast/internal/news"
)

// newsBatch is how many items are in one message: few enough for what is more urgent not to
// wait for them.
const newsBatch = 256

// A Listener is an Engine that follows topics (see role.Role). Everything that other roles
// had told when the process was started is heard before the first Prepare; from then on Hear
// is called from a goroutine of its own, one item at a time. While it takes its time, of each thing only the
// latest state is kept.
type Listener interface {
	Hear(it news.Item)
}

// A Teller takes what an engine tells the other roles. An engine tells of everything it has
// before Commit returns: what its former life told and it does not is taken for gone then.
type Teller struct{ feed *feed }

// NewTeller gives a Teller for ChildOptions and the engine.
func NewTeller() *Teller { return &Teller{newFeed()} }

// Tell tells the roles that follow the topic of an item the state of a thing, or that it is
// gone. It never waits, and of what cannot be sent yet only the latest is kept.
func (t *Teller) Tell(it news.Item) { t.feed.put(it) }

// A feed is a news.Queue between two goroutines.
type feed struct {
	mu    sync.Mutex
	queue news.Queue
	more  chan struct{} // has one when something may be in the queue
}

func newFeed() *feed { return &feed{more: make(chan struct{}, 1)} }

func (f *feed) put(items ...news.Item) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, it := range items {
		f.queue.Put(it)
	}
	select {
	case f.more <- struct{}{}:
	default: // whoever takes has not looked yet
	}
}

// pass has items count as taken that somebody gets in another way: of what nobody has been told, the end is not told.
func (f *feed) pass(items ...news.Item) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, it := range items {
		f.queue.Put(it)
	}
	f.queue.Take(f.queue.Len())
}

func (f *feed) take(n int) []news.Item {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.queue.Take(n)
}

func (f *feed) len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.queue.Len()
}

// tell sends what the engine tells.
func (c *roleChild) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.Teller.feed.more:
		}
		for c.sendNews() {
		}
	}
}

// sendNews sends a message of news, and reports whether there was any.
func (c *roleChild) sendNews() bool {
	c.writes.Lock()
	defer c.writes.Unlock()
	// Taken while nobody else can write: two who take and then write could swap the states of a thing.
	items := c.Teller.feed.take(newsBatch)
	if len(items) == 0 {
		return false
	}
	c.write(message{Kind: kindNews, News: items})
	return true
}

// toldAll sends what the engine has told so far. What it tells meanwhile may be left.
func (c *roleChild) toldAll() {
	if c.Teller == nil {
		return
	}
	for n := c.Teller.feed.len(); n > 0; n -= newsBatch {
		c.sendNews()
	}
}

// told has the engine hear items: at once before it is briefed, else when it has time.
func (c *roleChild) told(items []news.Item, briefed bool) {
	switch {
	case c.Listener == nil:
	case briefed:
		c.heard.put(items...)
	default:
		c.heard.pass(items...)
		for _, it := range items {
			c.Listener.Hear(it)
		}
	}
}

// hear has the engine hear what it is told.
func (c *roleChild) hear(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.heard.more:
		}
		for ctx.Err() == nil && c.hearOne() {
		}
	}
}

// hearOne has the engine hear one item, and reports whether there was one. While it hears that, the next may be
// outdated.
func (c *roleChild) hearOne() bool {
	c.ears.Lock()
	defer c.ears.Unlock()
	items := c.heard.take(1)
	if len(items) == 0 {
		return false
	}
	c.Listener.Hear(items[0])
	return true
}

// hearAll has the engine hear all that waits now.
func (c *roleChild) hearAll() {
	if c.Listener == nil {
		return
	}
	for n := c.heard.len() + 1; n > 0 && c.hearOne(); n-- { // one may be taken and not heard yet
	}
}
