package netif

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"
)

// Rules implements what an Applier of rules needs.
func (f *Fake) Rules() ([]Rule, error) {
	f.Calls++
	return slices.Clone(f.rules), f.unread()
}

// ChangeRules implements what an Applier of rules needs.
func (f *Fake) ChangeRules(changes []Change[Rule]) []error {
	f.Calls++
	errs := make([]error, len(changes))
	for i, c := range changes {
		if f.RefuseRule != nil {
			if errs[i] = f.RefuseRule(c); errs[i] != nil {
				continue
			}
		}
		errs[i] = f.answer(f.changeRule(c))
	}
	return errs
}

func (f *Fake) changeRule(c Change[Rule]) error {
	r := c.What
	at := slices.Index(f.rules, r) // who has set it is part of it
	switch {
	// ENOENT, not ESRCH as for routes: see absent of the kind.
	case c.Op == Delete && at < 0:
		return unix.ENOENT
	case c.Op == Delete:
		f.rules = slices.Delete(f.rules, at, at+1)
		return nil
	case at >= 0:
		return unix.EEXIST
	// The kernel refuses a jump backwards, which could go round for ever.
	case r.Action == RuleGoto && r.Goto <= r.Priority:
		return unix.EINVAL
	}
	f.rules = append(f.rules, r)
	// Stable: of the same priority the later one stands behind, as in the kernel.
	slices.SortStableFunc(f.rules, func(a, b Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	return nil
}
