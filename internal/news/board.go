package news

import "slices"

// A Board has the latest news of every key. What its methods return is what listeners have to
// be told, in order, with serials.
//
// The death of a teller does not take its news away: whoever acts on the state of something - gives an
// address back, stops a daemon - would do so for the second that a new process needs, and undo it
// after that. The news becomes stale instead, and the listener decides how long it trusts it. The new
// process tells what it has; what it has not told of when it is ready is gone. The news of a teller that
// stops for good is taken away, because nobody will ever correct it.
type Board struct {
	latest map[Key]Item
	serial uint64
}

// Tell puts an item of a teller on the board. What the board has already is no news.
func (b *Board) Tell(it Item) (told Item, news bool) {
	old, there := b.latest[it.Key]
	if it.Standing == Gone {
		it.Version, it.State = 0, ""
		if !there {
			return Item{}, false
		}
	}
	it.Serial = old.Serial
	if there && it == old {
		return Item{}, false
	}
	return b.put(it), true
}

// put gives an item its serial. Serials are counted for all keys together, so that a key that
// was gone does not begin again below what its listeners have seen.
func (b *Board) put(it Item) Item {
	if b.latest == nil {
		b.latest = map[Key]Item{}
	}
	b.serial++
	it.Serial = b.serial
	if it.Standing == Gone {
		delete(b.latest, it.Key)
	} else {
		b.latest[it.Key] = it
	}
	return it
}

// Died notes that the process of a teller has died and will be started again.
func (b *Board) Died(teller string) []Item {
	return b.change(func(it Item) bool { return it.Teller == teller && it.Standing == Current }, Stale)
}

// Ready notes that the process of a teller has told all it has.
func (b *Board) Ready(teller string) []Item {
	return b.change(func(it Item) bool { return it.Teller == teller && it.Standing == Stale }, Gone)
}

// Left notes that a teller has stopped for good.
func (b *Board) Left(teller string) []Item {
	return b.change(func(it Item) bool { return it.Teller == teller }, Gone)
}

// change gives all items that are chosen another standing, in the order in which they were told.
func (b *Board) change(chosen func(Item) bool, to Standing) []Item {
	all := b.sorted(chosen)
	for i, it := range all {
		it.Standing = to
		if to == Gone {
			it.Version, it.State = 0, ""
		}
		all[i] = b.put(it)
	}
	return all
}

// All is everything on the board.
func (b *Board) All() []Item { return b.sorted(func(Item) bool { return true }) }

// Inherit puts on the board what another one had, in that order. It is stale, because no teller has told it here.
func (b *Board) Inherit(items []Item) {
	for _, it := range items {
		it.Standing = Stale
		b.put(it)
	}
}

// On is everything on the board about some topics.
func (b *Board) On(topics []Topic) []Item {
	return b.sorted(func(it Item) bool { return slices.Contains(topics, it.Topic) })
}

func (b *Board) sorted(chosen func(Item) bool) []Item {
	var all []Item
	for _, it := range b.latest {
		if chosen(it) {
			all = append(all, it)
		}
	}
	slices.SortFunc(all, bySerial)
	return all
}
