package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"holdfast/test/lab"
)

// url is what the client visits.
const url = "http://192.168.1.150/"

// patience is how long the client waits for an answer.
const patience = time.Second

// A visit is one request of the client.
type visit struct {
	at     time.Time // of the request
	ended  time.Time
	server string
	err    error
}

func knock(client *lab.Host) visit {
	v := visit{at: time.Now()}
	var code int
	code, v.server, v.err = client.Get(url, patience)
	if v.err == nil && code != 200 {
		v.err = fmt.Errorf("status %d: %s", code, v.server)
	}
	v.ended = time.Now()
	return v
}

// A visitor keeps asking until stopped.
type visitor struct {
	mu     sync.Mutex
	visits []visit
	quit   chan struct{}
	done   chan struct{}
}

// pause between two requests of a visitor.
const pause = 50 * time.Millisecond

func (w *world) startVisitor() *visitor {
	v := &visitor{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(v.done)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			got := knock(w.client)
			v.mu.Lock()
			v.visits = append(v.visits, got)
			v.mu.Unlock()
			select {
			case <-v.quit:
				return
			case <-tick.C:
			}
		}
	}()
	return v
}

// answered waits until a request sent from now on was answered.
func (v *visitor) answered() error {
	now := time.Now()
	return v.wait("an answer for the visitor", func(x visit) bool { return x.err == nil && x.at.After(now) }, 1)
}

// more waits for n more requests, answered or not.
func (v *visitor) more(n int) error {
	now := time.Now()
	return v.wait(fmt.Sprintf("%d more requests", n), func(x visit) bool { return x.at.After(now) }, n)
}

func (v *visitor) wait(what string, counts func(visit) bool, n int) error {
	return lab.Eventually(time.Duration(n+5)*patience, what, func() (bool, string) {
		v.mu.Lock()
		defer v.mu.Unlock()
		got := 0
		for _, x := range v.visits {
			if counts(x) {
				got++
			}
		}
		return got >= n, fmt.Sprintf("%d of %d requests", got, len(v.visits))
	})
}

func (v *visitor) stop() []visit {
	close(v.quit)
	<-v.done
	return v.visits
}

// failuresAfter lists the failed requests that were sent after t.
func failuresAfter(visits []visit, t time.Time) []visit {
	var out []visit
	for _, x := range visits {
		if x.err != nil && x.at.After(t) {
			out = append(out, x)
		}
	}
	return out
}

// outage is the longest time between two answered requests, and how many failed.
func outage(visits []visit) (longest time.Duration, failed int) {
	var last time.Time
	for _, x := range visits {
		if x.err != nil {
			failed++
			continue
		}
		if !last.IsZero() {
			longest = max(longest, x.ended.Sub(last))
		}
		last = x.ended
	}
	return longest, failed
}

// visitTimes asks n times and tells who answered, in order.
func (w *world) visitTimes(n int) ([]string, map[string]int, error) {
	var order []string
	count := map[string]int{}
	for range n {
		v := knock(w.client)
		if v.err != nil {
			return order, count, fmt.Errorf("request %d of %d: %w", len(order)+1, n, v.err)
		}
		order = append(order, v.server)
		count[v.server]++
	}
	return order, count, nil
}

func joined(order []string) string { return strings.Join(order, " ") }
