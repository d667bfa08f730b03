package super

import (
	"os"
	"sync"

	"holdfast/internal/news"
)

// outbox sends messages from a goroutine of its own, so that a child that does not
// read cannot stop the supervisor's loop.
type outbox struct {
	mu     sync.Mutex
	more   *sync.Cond
	queue  []message
	news   news.Queue // behind the messages: a child that hangs lets no more pile up than there are keys
	closed bool
}

func newOutbox(f *os.File) *outbox {
	o := &outbox{}
	o.more = sync.NewCond(&o.mu)
	// It ends when the outbox is closed and empty, or when the socket is closed under it.
	go o.run(f)
	return o
}

func (o *outbox) send(m message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, m)
	o.more.Signal()
}

// begin tells a child, before any other message, all there is of what it follows.
func (o *outbox) begin(items []news.Item) {
	o.mu.Lock()
	defer o.mu.Unlock()
	// In and out again: of items with the same key the last one is left.
	for _, it := range items {
		o.news.Put(it)
	}
	for o.news.Len() > 0 {
		o.queue = append(o.queue, message{Kind: kindNews, News: o.news.Take(newsBatch)})
	}
	o.more.Signal()
}

// tell tells a child what is new, when there is nothing else to send.
func (o *outbox) tell(it news.Item) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.news.Put(it)
	o.more.Signal()
}

func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.more.Signal()
}

func (o *outbox) next() (message, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) == 0 && o.news.Len() == 0 {
		// Only when all is sent: what was said before the close still goes out.
		if o.closed {
			return message{}, false
		}
		o.more.Wait()
	}
	// A commit does not wait behind news; a question does: what is asked has been told something.
	if len(o.queue) == 0 || o.queue[0].Kind == kindAsk && o.news.Len() > 0 {
		return message{Kind: kindNews, News: o.news.Take(newsBatch)}, true
	}
	m := o.queue[0]
	o.queue = o.queue[1:]
	return m, true
}

func (o *outbox) run(f *os.File) {
	for {
		m, ok := o.next()
		if !ok {
			return
		}
		if writeMessage(f, m) != nil {
			return // the reader side notices the end of the child
		}
	}
}
