package super

import (
	"strings"

	"go.uber.org/zap"

	"holdfast/internal/logging"
	"holdfast/internal/news"
	"holdfast/internal/override"
)

// An Overridable is an Engine that an operator can override parts of.
type Overridable interface {
	// Override puts an override into force, or ends the one of the target with the zero Override. It is called before
	// the first Prepare with what is in force then. What is not for the role is to be ignored.
	Override(t override.Target, o override.Override)
}

// A Hastener is an Engine whose checks can be made before they are due.
type Hastener interface {
	// Hasten makes those of a real server of a virtual server due, by their names; empty ones are those of all.
	Hasten(service, server string)
}

// Overrides hears what an operator overrides, for an engine.
type Overrides struct {
	log  *zap.Logger
	form news.Form[override.Override]
	to   Overridable
}

// NewOverrides gives a Listener for a role; To says what it is for.
func NewOverrides(log *zap.Logger) (*Overrides, error) {
	form, err := news.FormOf[override.Override]()
	return &Overrides{log: log, form: form}, err
}

// To has an engine go by what is heard. It is to be called before anything is.
func (l *Overrides) To(e Overridable) *Overrides {
	l.to = e
	return l
}

// Hear takes news of an override (Listener).
func (l *Overrides) Hear(it news.Item) {
	if it.Topic != news.Overrides {
		return
	}
	t, o := targetOf(it.Name), override.Override{}
	if it.Standing != news.Gone {
		var err error
		if o, err = l.form.Read(it); err != nil {
			l.log.Error(err.Error()) // what is in force stays: nobody can say that it is otherwise
			return
		}
	}
	if t.Kind == override.Log {
		logging.Override(l.log, o.Level)
	}
	if l.to != nil {
		l.to.Override(t, o)
	}
}

// targetOf is the target that news is about (override.Target.Key).
func targetOf(key string) override.Target {
	kind, rest, _ := strings.Cut(key, "\x00")
	service, name, _ := strings.Cut(rest, "\x00")
	return override.Target{Kind: override.Kind(kind), Service: service, Name: name}
}

// Listeners are several as one.
type Listeners []Listener

// Hear has each of them hear it.
func (all Listeners) Hear(it news.Item) {
	for _, l := range all {
		l.Hear(it)
	}
}
