package news

import (
	"fmt"

	"holdfast/internal/codec"
)

// A State is what can be told of a thing.
type State interface {
	// Topic is what kind of thing it is the state of.
	Topic() Topic
	// Version goes up whenever the fields of the type change: a listener that knows another
	// version must not guess.
	Version() uint16
}

// MaxState is how long a state may be in bytes. Whoever has more to tell tells of more things.
const MaxState = 4096

// A Form writes and reads the states of one topic.
type Form[S State] struct{ codec codec.Codec[S] }

// FormOf gives the Form of a type of state.
func FormOf[S State]() (Form[S], error) {
	c, err := codec.New[S]()
	return Form[S]{c}, err
}

// Item is the news that the thing called name is in state s.
func (f Form[S]) Item(name string, s S) (Item, error) {
	body, err := f.codec.Append(nil, &s)
	if err == nil && len(body) > MaxState {
		err = fmt.Errorf("a state of %d bytes is too long", len(body))
	}
	if err != nil {
		return Item{}, fmt.Errorf("tell of %s: %w", name, err)
	}
	return Item{Key: Key{Topic: s.Topic(), Name: name}, Version: s.Version(), State: string(body)}, nil
}

// Gone is the news that there is no such thing any more.
func (f Form[S]) Gone(name string) Item {
	var s S
	return Item{Key: Key{Topic: s.Topic(), Name: name}, Standing: Gone}
}

// Read gives the state that an item tells. It fails for an item of another topic or in
// another version, and for one that tells that the thing is gone.
func (f Form[S]) Read(it Item) (S, error) {
	var none S
	switch {
	case it.Topic != none.Topic():
		return none, fmt.Errorf("read news of %s: topic %d, want %d", it.Name, it.Topic, none.Topic())
	case it.Standing == Gone:
		return none, fmt.Errorf("read news of %s: it is gone", it.Name)
	case it.Version != none.Version():
		return none, fmt.Errorf("read news of %s: version %d, want %d", it.Name, it.Version, none.Version())
	}
	s, err := f.codec.Decode([]byte(it.State))
	if err != nil {
		return none, fmt.Errorf("read news of %s: %w", it.Name, err)
	}
	return s, nil
}
