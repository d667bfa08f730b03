package news

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func told(b *Board, it Item) []Item {
	if it, news := b.Tell(it); news {
		return []Item{it}
	}
	return nil
}

// by makes an item another teller's.
func by(teller string, it Item) Item {
	it.Teller = teller
	return it
}

// standing writes items with what they are worth.
func standing(items []Item) string {
	var all []string
	for _, it := range items {
		all = append(all, fmt.Sprintf("%s.%s=%s%s", it.Teller, it.Name, it.State, []string{"", "?", "-"}[it.Standing]))
	}
	return strings.Join(all, " ")
}

func TestBoard(t *testing.T) {
	for _, c := range []struct {
		what        string
		do          func(b *Board) []Item
		want, board string
	}{
		{"news", func(b *Board) []Item { return told(b, item("a", "1")) }, "t.a=1", "t.a=1"},
		{"no news", func(b *Board) []Item {
			told(b, item("a", "1"))
			return told(b, item("a", "1"))
		}, "", "t.a=1"},
		{"another version is news", func(b *Board) []Item {
			told(b, item("a", "1"))
			it := item("a", "1")
			it.Version = 2
			return told(b, it)
		}, "t.a=1", "t.a=1"},
		{"the end", func(b *Board) []Item {
			told(b, item("a", "1"))
			return told(b, gone("a"))
		}, "t.a=-", ""},
		{"the end of nothing", func(b *Board) []Item { return told(b, gone("a")) }, "", ""},
		{"two tellers, one name", func(b *Board) []Item {
			told(b, item("a", "1"))
			return told(b, by("u", item("a", "2")))
		}, "u.a=2", "t.a=1 u.a=2"},
		{"a death makes stale", func(b *Board) []Item {
			told(b, item("b", "1"))
			told(b, by("u", item("a", "2")))
			told(b, item("a", "1"))
			return b.Died("t")
		}, "t.b=1? t.a=1?", "u.a=2 t.b=1? t.a=1?"},
		{"two deaths", func(b *Board) []Item {
			told(b, item("a", "1"))
			b.Died("t")
			return b.Died("t")
		}, "", "t.a=1?"},
		{"the same state is news when it was stale", func(b *Board) []Item {
			told(b, item("a", "1"))
			b.Died("t")
			return told(b, item("a", "1"))
		}, "t.a=1", "t.a=1"},
		{"what a new life does not have is gone", func(b *Board) []Item {
			told(b, item("a", "1"))
			told(b, item("b", "1"))
			b.Died("t")
			told(b, item("b", "2"))
			return b.Ready("t")
		}, "t.a=-", "t.b=2"},
		{"a death before it was ready", func(b *Board) []Item {
			told(b, item("a", "1"))
			told(b, item("b", "1"))
			b.Died("t")
			told(b, item("b", "2"))
			return b.Died("t")
		}, "t.b=2?", "t.a=1? t.b=2?"},
		{"one that stops for good", func(b *Board) []Item {
			told(b, item("a", "1"))
			told(b, item("b", "1"))
			b.Died("t")
			told(b, item("b", "2"))
			told(b, by("u", item("b", "1")))
			return b.Left("t")
		}, "t.a=- t.b=-", "u.b=1"},
	} {
		var b Board
		if got := standing(c.do(&b)); got != c.want {
			t.Errorf("%s: told %q, want %q", c.what, got, c.want)
		}
		if got := standing(b.On([]Topic{Sessions})); got != c.board {
			t.Errorf("%s: the board has %q, want %q", c.what, got, c.board)
		}
		if got := b.On([]Topic{Instances}); got != nil {
			t.Errorf("%s: %v on another topic", c.what, got)
		}
	}
}

// However tellers tell, die, come back and leave, and whenever listeners come: each of them knows
// in the end what the board has, hears the items of each key in order, and has no more
// waiting than the keys that it knows or that are there.
func TestListenersKnowTheBoard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Board
		var all []*listener
		n := 0
		pass := func(items []Item) {
			for _, l := range all {
				l.put(items...)
			}
		}
		teller := func(t *rapid.T) string { return rapid.SampledFrom([]string{"t", "u"}).Draw(t, "teller") }
		t.Repeat(map[string]func(*rapid.T){
			"tell": func(t *rapid.T) {
				n++
				pass(told(&b, by(teller(t), item(names(t), fmt.Sprint(n%3)))))
			},
			"withdraw": func(t *rapid.T) { pass(told(&b, by(teller(t), gone(names(t))))) },
			"die":      func(t *rapid.T) { pass(b.Died(teller(t))) },
			"leave":    func(t *rapid.T) { pass(b.Left(teller(t))) },
			"ready": func(t *rapid.T) {
				who := teller(t)
				pass(b.Ready(who))
				if slices.ContainsFunc(b.On([]Topic{Sessions}), func(it Item) bool { return it.Teller == who && it.Standing == Stale }) {
					t.Fatalf("%s is ready and has stale news", who)
				}
			},
			"come": func(*rapid.T) {
				l := newListener()
				l.put(b.On([]Topic{Sessions})...)
				all = append(all, l)
			},
			"listen": func(t *rapid.T) {
				if len(all) > 0 {
					all[rapid.IntRange(0, len(all)-1).Draw(t, "who")].take(t, 2)
				}
			},
			"": func(t *rapid.T) {
				for _, l := range all {
					if most := len(l.knows) + len(b.latest); l.queue.Len() > most {
						t.Fatalf("%d wait, %d are known or there", l.queue.Len(), most)
					}
				}
			},
		})
		for _, l := range all {
			for l.take(t, 3) > 0 {
			}
			same(t, l.knows, b.latest)
		}
	})
}
