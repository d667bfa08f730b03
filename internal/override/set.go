package override

import (
	"errors"
	"fmt"
	"slices"

	"holdfast/config"
)

// set puts another value into the place of one that the configuration has for an instance. The one of the configuration
// ends that.
func (l *List) set(r Request, c *config.Config, o Override) (Change, error) {
	at := slices.IndexFunc(c.Instances, func(i config.Instance) bool { return i.Name == r.Name })
	if at < 0 {
		return Change{}, fmt.Errorf("there is no vrrp_instance %s", r.Name)
	}
	i, same := &c.Instances[at], false
	switch {
	case r.Verb == AskPriority && r.Priority == 0, r.Verb == AskPreempt && r.Preempt == nil:
		return Change{}, errors.New("the value is not said")
	case r.Verb == AskPriority:
		o.Target, o.Action, o.Value = Target{Kind: PriorityOf, Name: r.Name}, Priority, int(r.Priority)
		same = r.Priority == i.Priority
	default:
		o.Target, o.Action = Target{Kind: PreemptOf, Name: r.Name}, Preempt
		if *r.Preempt {
			o.Value = 1
		}
		same = *r.Preempt == !i.NoPreempt
	}
	before, is := l.Of(o.Target)
	switch {
	case same && is:
		return l.end([]Override{before}, nil)
	case same:
		return Change{}, nil
	}
	return l.begin([]Target{o.Target}, o), nil
}
