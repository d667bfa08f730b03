package netif

import (
	"cmp"
	"container/heap"
	"net/netip"
	"slices"
	"time"
)

// This file is what is owed to whom and whose turn it is: no frames, no sockets. An
// address of an owner is in it once, with the number of frames that it is still owed.
// Whoever has had fewer frames goes first, so that the first announcement of every address
// comes before the second of any; among equals the owner goes first that has waited
// longest, and an owner's addresses go in the order in which it named them.

// A debtKey tells debts apart.
type debtKey struct {
	owner Owner
	dev   string
	addr  netip.Addr
}

// A debt is the frames that one address is owed.
type debt struct {
	debtKey
	place int           // in what the owner asked for last
	sent  int           // since something was owed without a break
	left  int           // still to be sent
	pause time.Duration // after each of them
}

// An account is the debts to one owner on one line.
type account struct {
	owner *owner
	line  *line
	debts []*debt // by place; one that is paid stays until the round is over
	next  int     // whose turn it is
	round int     // the least that one of those who are owed something has had
	left  int     // of all debts
	pos   int     // in the line's heap
}

// Owner is whom announcements are for: a number that the caller chooses.
type Owner uint32

// An owner is whom something is owed.
type owner struct {
	id       Owner
	seq      uint64 // in the order of arrival
	served   uint64 // when it was last served, 0 if never
	accounts []*account
}

// A line is what waits for one family on one interface: frames through a gate have pauses between
// them, and lines do not wait for each other unless they share one.
type line struct {
	dev      *device
	accounts accountHeap
	gate     *gate
}

// A gate is what frames have pauses between them at: one line's own, or that of a group of interfaces.
type gate struct {
	next  time.Time // not before
	group bool
	pause time.Duration // of a group, whatever is asked for
}

// after is the pause that follows a frame for which one was asked for.
func (g *gate) after(asked time.Duration) time.Duration {
	if g.group {
		return g.pause
	}
	return asked
}

// turns is all debts of an Announcer.
type turns struct {
	owners map[Owner]*owner
	debts  map[debtKey]*debt
	active []*line // that owe something
	clock  uint64
}

func newTurns() turns { return turns{owners: map[Owner]*owner{}, debts: map[debtKey]*debt{}} }

// owe makes sure that t is owed repeat frames. A pause that was asked for before does not
// count any more.
func (q *turns) owe(id Owner, l *line, t Target, place, repeat int, pause time.Duration) *account {
	k := debtKey{id, t.Dev, t.Addr}
	a := q.account(id, l)
	d := q.debts[k]
	if d == nil {
		d = &debt{debtKey: k}
		q.debts[k] = d
		a.debts = append(a.debts, d)
	}
	d.place, d.pause = place, pause
	// Only up to repeat: who asks again and again is not owed more and more.
	if more := repeat - d.left; more > 0 {
		d.left += more
		a.left += more
	}
	return a
}

// account is that of an owner on a line; it is made if need be.
func (q *turns) account(id Owner, l *line) *account {
	o := q.owners[id]
	if o == nil {
		q.clock++
		o = &owner{id: id, seq: q.clock}
		q.owners[id] = o
	}
	if i := slices.IndexFunc(o.accounts, func(a *account) bool { return a.line == l }); i >= 0 {
		return o.accounts[i]
	}
	a := &account{owner: o, line: l}
	o.accounts = append(o.accounts, a)
	// Empty until now, so it is not among the active ones yet.
	if len(l.accounts) == 0 {
		q.active = append(q.active, l)
	}
	heap.Push(&l.accounts, a)
	return a
}

// reorder finds an account's place in the line after debts were added.
func (a *account) reorder() {
	byPlace := func(x, y *debt) int { return cmp.Compare(x.place, y.place) }
	if !slices.IsSortedFunc(a.debts, byPlace) {
		slices.SortStableFunc(a.debts, byPlace)
	}
	a.newRound()
	heap.Fix(&a.line.accounts, a.pos)
}

// newRound begins a round with the debts that have had least.
func (a *account) newRound() {
	a.next, a.round = -1, 0
	for i, d := range a.debts {
		if d.left > 0 && (a.next < 0 || d.sent < a.round) {
			a.next, a.round = i, d.sent
		}
	}
}

// advance goes on to the next debt of the round, or to the next round.
func (a *account) advance(paid func(*debt)) {
	for a.next++; a.next < len(a.debts); a.next++ {
		if d := a.debts[a.next]; d.left > 0 && d.sent <= a.round {
			return
		}
	}
	a.debts = slices.DeleteFunc(a.debts, func(d *debt) bool {
		if d.left == 0 {
			paid(d)
		}
		return d.left == 0
	})
	a.newRound()
}

// turn is the account whose turn it is of the lines for which ready is true, nil if nobody
// waits there.
func (q *turns) turn(ready func(*line) bool) *account {
	var first *account
	for _, l := range q.active {
		if a := l.accounts[0]; (first == nil || a.before(first)) && ready(l) {
			first = a
		}
	}
	return first
}

// current is the debt of a whose turn it is.
func (a *account) current() *debt { return a.debts[a.next] }

// served notes that the current debt of a has had its frame, or that there cannot be one.
func (q *turns) served(a *account) {
	q.clock++
	a.owner.served = q.clock
	d := a.current()
	d.sent++
	d.left--
	a.left--
	if a.left == 0 {
		q.drop(a)
	} else {
		a.advance(func(d *debt) { delete(q.debts, d.debtKey) })
	}
	// On all lines of the owner: it was served, so it stands further behind everywhere.
	for _, of := range a.owner.accounts {
		heap.Fix(&of.line.accounts, of.pos)
	}
}

// drop forgets an account with its debts.
func (q *turns) drop(a *account) {
	for _, d := range a.debts {
		delete(q.debts, d.debtKey)
	}
	if heap.Remove(&a.line.accounts, a.pos); len(a.line.accounts) == 0 {
		q.active = slices.DeleteFunc(q.active, func(l *line) bool { return l == a.line })
	}
	o := a.owner
	o.accounts = slices.DeleteFunc(o.accounts, func(of *account) bool { return of == a })
	if len(o.accounts) == 0 {
		delete(q.owners, o.id)
	}
	if len(q.owners) == 0 {
		*q = newTurns() // maps do not shrink
	}
}

// forget drops all accounts of an owner.
func (q *turns) forget(id Owner) {
	if o := q.owners[id]; o != nil {
		// drop takes them out of the list that is walked.
		for _, a := range slices.Clone(o.accounts) {
			q.drop(a)
		}
	}
}

// clear drops all accounts of a line.
func (q *turns) clear(l *line) {
	for len(l.accounts) > 0 {
		q.drop(l.accounts[0])
	}
}

// before reports whether it is a's turn rather than b's.
func (a *account) before(b *account) bool {
	return cmp.Or(
		cmp.Compare(a.round, b.round),
		cmp.Compare(a.owner.served, b.owner.served),
		cmp.Compare(a.owner.seq, b.owner.seq),
		cmp.Compare(a.place(), b.place()),
	) < 0
}

// place is that of the current debt; an account that is being filled has none yet.
func (a *account) place() int {
	if a.next < 0 || a.next >= len(a.debts) {
		return 0
	}
	return a.debts[a.next].place
}

// An accountHeap has the account whose turn it is in front (heap.Interface).
type accountHeap []*account

func (h accountHeap) Len() int           { return len(h) }
func (h accountHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h accountHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = i, j
}

// Push appends an account.
func (h *accountHeap) Push(x any) {
	a := x.(*account)
	a.pos = len(*h)
	*h = append(*h, a)
}

// Pop takes the last account off.
func (h *accountHeap) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	// So that the list does not keep alive what was taken off.
	(*h)[last] = nil
	*h = (*h)[:last]
	return a
}
