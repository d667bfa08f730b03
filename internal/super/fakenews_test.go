package super

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/internal/news"
)

// fakeNews is what a fake engine tells and hears. It obeys these orders:
//
//	ROLE tells KEYS ROUNDS  Commit tells that so many services have the weight 1, and then others tell
//	                        of 2, 3 ... ROUNDS, without a pause; services of a former commit are gone
//	ROLE shuts-up           the first commit of a process tells nothing
//	ROLE slow-hear MS       Hear takes so many milliseconds every hundredth time
//	ROLE stuck-hear         Hear does not return
//
// A dump says what was heard.
type fakeNews struct {
	say    func(string, ...any)
	form   news.Form[news.Service]
	teller *Teller

	told int           // services
	stop chan struct{} // ends the rounds
	done chan struct{} // the rounds have ended

	mu    sync.Mutex
	heard map[string]news.Item
	last  map[string]uint64 // serial
	calls int
	pause time.Duration
	stuck bool
}

func newFakeNews(say func(string, ...any)) *fakeNews {
	form, err := news.FormOf[news.Service]()
	if err != nil {
		panic(err)
	}
	return &fakeNews{say: say, form: form, teller: NewTeller(), heard: map[string]news.Item{}, last: map[string]uint64{}}
}

func (n *fakeNews) tell(key, weight int) {
	it, err := n.form.Item("k"+strconv.Itoa(key), news.Service{Weight: weight})
	if err != nil {
		panic(err)
	}
	n.teller.Tell(it)
}

func (n *fakeNews) prepare() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.heard) > 0 && n.last["first prepare"] == 0 {
		n.say("begins with %d", len(n.heard))
	}
	n.last["first prepare"] = 1
}

func (n *fakeNews) commit(order func(string) (string, bool)) {
	if n.stop != nil {
		close(n.stop)
		<-n.done
		n.stop = nil
	}
	n.mu.Lock()
	t, _ := order("slow-hear")
	ms, _ := strconv.Atoi(t)
	n.pause = time.Duration(ms) * time.Millisecond
	_, n.stuck = order("stuck-hear")
	n.mu.Unlock()
	if _, silent := order("shuts-up"); silent {
		return
	}
	keys, rounds := 0, 0
	if t, ok := order("tells"); ok {
		_, _ = fmt.Sscan(t, &keys, &rounds)
	}
	for k := range keys {
		n.tell(k, 1)
	}
	for k := keys; k < n.told; k++ {
		n.teller.Tell(n.form.Gone("k" + strconv.Itoa(k)))
	}
	n.told = keys
	n.stop, n.done = make(chan struct{}), make(chan struct{})
	go n.rounds(keys, rounds, n.stop, n.done)
}

func (n *fakeNews) rounds(keys, rounds int, stop, done chan struct{}) {
	defer close(done)
	for w := 2; w <= rounds; w++ {
		for k := range keys {
			select {
			case <-stop:
				return
			default:
				n.tell(k, w)
			}
		}
	}
	if rounds > 1 {
		n.say("told all %d rounds", rounds)
	}
}

// Hear makes it a Listener.
func (n *fakeNews) Hear(it news.Item) {
	n.mu.Lock()
	key := it.Teller + " " + it.Name
	if it.Serial <= n.last[key] {
		n.say("OUT OF ORDER: %s: %d after %d", key, it.Serial, n.last[key])
	}
	n.last[key] = it.Serial
	n.calls++
	if it.Standing == news.Gone {
		delete(n.heard, key)
	} else {
		n.heard[key] = it
	}
	pause, stuck := n.pause, n.stuck
	if n.calls%100 != 0 {
		pause = 0
	}
	n.mu.Unlock()
	if stuck {
		n.say("will not hear")
		select {}
	}
	if pause > 0 {
		time.Sleep(pause)
	}
}

// dump says "knows 7: 4 at 3, 3 at 3?": how many services have which weight; ? is for stale news.
func (n *fakeNews) dump() {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := map[string]int{}
	var kinds []string
	for _, it := range n.heard {
		s, err := n.form.Read(it)
		if err != nil {
			n.say("UNREADABLE: %v", err)
		}
		kind := fmt.Sprint(s.Weight) + []string{"", "?"}[it.Standing]
		if count[kind]++; count[kind] == 1 {
			kinds = append(kinds, kind)
		}
	}
	for i, k := range kinds {
		kinds[i] = fmt.Sprintf("%d at %s", count[k], k)
	}
	n.say("knows %d: %s; heard %d.", len(n.heard), strings.Join(kinds, ", "), n.calls)
}
