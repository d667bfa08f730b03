package firewall

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A model is a kernel in memory: strict about what it is asked for, as the real one is.
type model struct {
	mu     sync.Mutex
	tables map[string]*modelTable // by family and name
	calls  int
	refuse error // every change, if it is not nil
	closed bool
	hold   chan struct{} // if it is not nil a change waits until it is closed
}

type modelTable struct {
	table   table
	blocked Blocked
	damaged bool // rules are not ours
}

func newModel() *model { return &model{tables: map[string]*modelTable{}} }

func (m *model) apply(steps []step) error {
	m.mu.Lock()
	hold := m.hold
	m.mu.Unlock()
	if hold != nil {
		<-hold
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.refuse != nil {
		return m.refuse
	}
	next := map[string]*modelTable{}
	for key, t := range m.tables {
		next[key] = &modelTable{t.table, maps.Clone(t.blocked), t.damaged}
	}
	for _, s := range steps {
		if err := take(next, s); err != nil {
			return err
		}
	}
	m.tables = next
	return nil
}

func take(all map[string]*modelTable, s step) error {
	key := fmt.Sprint(s.table.family, " ", s.table.name)
	t := all[key]
	switch {
	case s.do == unmake:
		delete(all, key)
		return nil
	case s.do == create && t != nil:
		return errors.New(key + " exists")
	case s.do == create:
		all[key] = &modelTable{table: s.table, blocked: Blocked{}}
		return nil
	case t == nil:
		return errors.New(key + " does not exist")
	case len(s.addrs) == 0:
		return errors.New("nothing to do for " + key)
	}
	for _, a := range s.addrs {
		if a.set() != s.set || a.family() != s.table.family {
			return fmt.Errorf("%v does not belong to %s of %s", a, s.set, key)
		}
		// The kernel takes one that is there for done, but nothing of ours depends on it.
		if t.blocked[a] == (s.do == add) {
			return fmt.Errorf("%v in %s: %v", a, key, t.blocked[a])
		}
		if delete(t.blocked, a); s.do == add {
			t.blocked[a] = true
		}
	}
	return nil
}

func (m *model) intact(tables []table, blocked Blocked) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, want := range tables {
		t := m.tables[fmt.Sprint(want.family, " ", want.name)]
		if t == nil || t.damaged || len(without(t.blocked, blocked)) > 0 {
			return false
		}
		for a := range blocked {
			if a.family() == want.family && !t.blocked[a] {
				return false
			}
		}
	}
	return true
}

func (m *model) own(port uint32) bool { return port == 1 }

func (m *model) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

// change does something to the model as somebody else would.
func (m *model) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// String is all tables, with their addresses.
func (m *model) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var lines []string
	for key, t := range m.tables {
		var list []string
		for a := range t.blocked {
			list = append(list, strings.TrimRight(fmt.Sprintf("%v %s", a.Addr, a.Dev), " "))
		}
		slices.Sort(list)
		damage := ""
		if t.damaged {
			damage = " damaged"
		}
		lines = append(lines, fmt.Sprintf("%s%s: %s", key, damage, strings.Join(list, ", ")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

func expect(t *testing.T, m *model, want string) {
	t.Helper()
	if got := m.String(); got != want {
		t.Errorf("in the kernel is %q, want %q", got, want)
	}
}
