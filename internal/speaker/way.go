package speaker

import "holdfast/internal/news"

// A Way is what BFD says of the way to a neighbour.
type Way uint8

// The ways there are. One whose BFD session was never up is no reason to speak with nobody (RFC 5882 section 4.1):
// the neighbour may know nothing of BFD. One that was up and is not any more is lost until it is up again.
const (
	WayUnproven Way = iota
	WayUp
	WayLost
)

// String is what is shown of it.
func (w Way) String() string {
	return [...]string{WayUnproven: "was not up yet", WayUp: "is up", WayLost: "is down"}[w]
}

// lostWay is why there is no session with a neighbour.
func lostWay(bfd string) string { return "BFD session " + bfd + " " + WayLost.String() }

// after is what a way is when its BFD session is told to be in a state. What nobody can tell, because the process that
// runs it is gone or new, changes nothing: sessions have a hold time for that.
func (w Way) after(state news.SessionState) Way {
	switch {
	case state == news.SessionUp:
		return WayUp
	case state == news.SessionDown && w == WayUp:
		return WayLost
	}
	return w
}

// Hear takes what the bfd role tells (super.Listener).
func (k *Keeper) Hear(it news.Item) {
	if it.Topic != news.Sessions {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if it.Standing == news.Gone {
		delete(k.ways, it.Name)
		k.wake()
		return
	}
	state, err := k.form.Read(it)
	if err != nil {
		k.opt.Log.Error("BGP: " + err.Error()) // what is known stays
		return
	}
	before := k.ways[it.Name]
	if after := before.after(state.State); after != before {
		k.ways[it.Name] = after
		k.wake()
	}
}
