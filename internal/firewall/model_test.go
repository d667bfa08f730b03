package firewall

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/netip"
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
	unread int // so many looks fail with refuse
	looks  int
	hold   chan struct{} // if it is not nil a change waits until it is closed
}

type modelTable struct {
	table
	damaged bool // rules are not ours
}

func newModelTable(like shape) *modelTable {
	return &modelTable{table: table{like, map[string]elements{}}}
}

// put makes a table of these addresses, as somebody else would.
func (m *model) put(key string, addrs ...string) {
	f := ip4
	name, is := strings.CutPrefix(key, "ip ")
	if !is {
		f, name = ip6, strings.TrimPrefix(key, "ip6 ")
	}
	t := Blocks{Settings{Table: name}, true, blocked(addrs...)}.tables()[f]
	m.tables[key] = &modelTable{table: t}
}

// same reports whether two tables of one shape have the same elements.
func (t table) same(other table) bool {
	for _, s := range t.sets {
		if !maps.Equal(t.elements[s.name], other.elements[s.name]) {
			return false
		}
	}
	return true
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
		copied := newModelTable(t.shape)
		copied.damaged = t.damaged
		for name, of := range t.elements {
			copied.elements[name] = maps.Clone(of)
		}
		next[key] = copied
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
		all[key] = newModelTable(s.table)
		return nil
	case t == nil:
		return errors.New(key + " does not exist")
	case len(s.elements) == 0:
		return errors.New("nothing to do for " + key)
	}
	at := slices.IndexFunc(t.sets, func(one set) bool { return one.name == s.set })
	if at < 0 {
		return fmt.Errorf("%s has no set %s", key, s.set)
	}
	of := t.elements[s.set]
	if of == nil {
		of = elements{}
		t.elements[s.set] = of
	}
	for _, e := range s.elements {
		// The kernel takes one that is there for done, but nothing of ours depends on it.
		if of[e] == (s.do == add) {
			return fmt.Errorf("%v in %s: %v", textOf(e, t.sets[at], t.family), key, of[e])
		}
		if delete(of, e); s.do == add {
			if err := fits(e, of, t.sets[at]); err != nil {
				return fmt.Errorf("%s of %s: %w", s.set, key, err)
			}
			of[e] = true
		}
	}
	return nil
}

// fits says why an element cannot be added to others.
func fits(e element, of elements, s set) error {
	for other := range of {
		if !s.marks {
			break
		}
		// Each part of a key is compared for itself.
		n := len(e.key) - 4
		if e.key[n:] == other.key[n:] && e.key[:n] <= other.last[:n] && other.key[:n] <= e.last[:n] {
			return fmt.Errorf("%+v overlaps with %+v", e, other)
		}
	}
	if e.last < e.key && s.marks {
		return fmt.Errorf("%+v ends before it begins", e)
	}
	return nil
}

func (m *model) intact(tables []table) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.looks++
	if m.unread > 0 {
		m.unread--
		return false, m.refuse
	}
	for _, want := range tables {
		t := m.tables[fmt.Sprint(want.family, " ", want.name)]
		if t == nil || t.damaged || !want.same(t.table) {
			return false, nil
		}
	}
	return true, nil
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
		for _, one := range t.sets {
			for e := range t.elements[one.name] {
				list = append(list, textOf(e, one, t.family))
			}
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

// textOf is an element for people.
func textOf(e element, s set, f family) string {
	size := 4
	if f == ip6 {
		size = 16
	}
	addr := func(key string) netip.Addr {
		a, _ := netip.AddrFromSlice([]byte(key[:size]))
		return a
	}
	first, rest := addr(e.key), []byte(e.key[size:])
	switch s.key {
	case byLinkName:
		return first.String() + " " + string(bytes.TrimRight(rest, "\x00"))
	case byLinkIndex:
		return fmt.Sprint(first, " ", binary.NativeEndian.Uint32(rest))
	case byPort:
		return fmt.Sprintf("%v-%v . %d : %d", first, addr(e.last), binary.BigEndian.Uint16(rest), e.mark)
	case byProtocol:
		return fmt.Sprintf("%v-%v . %s : %d", first, addr(e.last), protocolName(rest[0]), e.mark)
	}
	return first.String()
}
