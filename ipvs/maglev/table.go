package maglev

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"holdfast/ipvs"
)

// Slots is how many slots a table has in kernels that were built as most are
// (CONFIG_IP_VS_MH_TAB_INDEX=12). Which number a kernel has cannot be asked.
const Slots = 4093

// A Server is a destination of a service.
type Server struct {
	ID ipvs.DestID
	// Weight is the last one it had that was not 0; 0 if it never had one, and it has no slots then.
	Weight int32
	// Out is set if it gets no clients now: its weight is 0, or its threshold is reached.
	Out bool
}

// A Service is one with the scheduler mh.
type Service struct {
	Family ipvs.Family // of the service; destinations may have the other one
	// Port and Fallback are the flags mh-port and mh-fallback.
	Port, Fallback bool
	Servers        []Server // in the order in which they were added
}

// A Table is the slots of a service. Values of it do not change.
type Table struct {
	service Service
	slots   []int32 // indices of servers
}

// nobody is what a slot has that belongs to no server.
const nobody = -1

// New is the table of a service with a number of slots, which is a prime. Where there are
// more servers than slots the kernel makes none, and goes on with the one it had; then it has no
// slots here.
func New(s Service, slots int) *Table {
	t := &Table{service: s}
	if len(s.Servers) > slots {
		return t
	}
	t.slots = make([]int32, slots)
	for i := range t.slots {
		t.slots[i] = nobody
	}
	t.fill(Turns(s.Servers, slots))
	return t
}

// fill lets the servers take slots by turns until there is none left.
func (t *Table) fill(turns []int) {
	size := uint32(len(t.slots))
	type place struct{ at, step uint32 }
	next := make([]place, len(turns))
	anybody := false
	for i, s := range t.service.Servers {
		word := t.word(s.ID.Addr, s.ID.Port)
		next[i] = place{position.hash(word) % size, stride.hash(word)%(size-1) + 1}
		anybody = anybody || turns[i] > 0
	}
	for taken := uint32(0); anybody; {
		for i := len(turns) - 1; i >= 0; i-- {
			for range turns[i] {
				p := &next[i]
				for t.slots[p.at] != nobody {
					p.at = (p.at + p.step) % size
				}
				t.slots[p.at] = int32(i)
				if taken++; taken == size {
					return
				}
			}
		}
	}
}

// Turns is how many slots each server takes in a turn: its weight beside those of the others, as far as a table
// of so many slots tells weights apart.
func Turns(servers []Server, slots int) []int {
	divisor, largest := uint32(0), uint32(0)
	for _, s := range servers {
		divisor = gcd(divisor, uint32(s.Weight))
		largest = max(largest, uint32(s.Weight))
	}
	out := make([]int, len(servers))
	if divisor == 0 {
		return out
	}
	cut := max(0, bits.Len32(largest/divisor)-bits.Len(uint(slots))/2)
	for i, s := range servers {
		if s.Weight > 0 {
			out[i] = max(1, int(uint32(s.Weight)/divisor)>>cut)
		}
	}
	return out
}

func gcd(a, b uint32) uint32 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// word is what is hashed of an address and a port. An address is read as one of the
// service's family: one of four bytes in a service of IPv6 has zeros behind it, and of
// one of sixteen a service of IPv4 sees the first four.
func (t *Table) word(a netip.Addr, port uint16) uint32 {
	b := a.As16()
	if a.Is4() {
		four := a.As4()
		return binary.BigEndian.Uint32(four[:]) + uint32(port)
	}
	word := binary.BigEndian.Uint32(b[0:])
	if t.service.Family == ipvs.IPv6 {
		for at := 4; at < len(b); at += 4 {
			word ^= binary.BigEndian.Uint32(b[at:])
		}
	}
	return word + uint32(port)
}

// Pick is the index of the server that a new flow of a client gets; false if it gets none.
func (t *Table) Pick(client netip.AddrPort) (int, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	port := client.Port()
	if !t.service.Port {
		port = 0
	}
	word := t.word(client.Addr(), port)
	if i, ok := t.try(word); ok || !t.service.Fallback {
		return i, ok
	}
	// The kernel goes on with other hashes of the client, as many as there are slots, from
	// the number of its first slot on.
	size := uint32(len(t.slots))
	first := position.hash(word) % size
	for n := range size {
		if i, ok := t.try(word + (first+n)%size); ok {
			return i, true
		}
	}
	return 0, false
}

// try is the server in the slot of a word, if it is one that gets clients.
func (t *Table) try(word uint32) (int, bool) {
	i := t.slots[position.hash(word)%uint32(len(t.slots))]
	if i == nobody || t.service.Servers[i].Out {
		return 0, false
	}
	return int(i), true
}

// Of is a service as the kernel has it.
func Of(id ipvs.ServiceID, s ipvs.Service) Service {
	m := Service{
		Family:   id.Canonical().Family,
		Port:     s.Settings.Flags&ipvs.MaglevPort != 0,
		Fallback: s.Settings.Flags&ipvs.MaglevFallback != 0,
	}
	for _, d := range s.Added() {
		last, _ := s.Last(d)
		m.Servers = append(m.Servers, Server{ID: d, Weight: last, Out: s.Dests[d].Weight == 0})
	}
	return m
}

// WithoutSlots is how many servers have a weight and yet no slot: those that were added first have their turn
// when none is left.
func (t *Table) WithoutSlots() int {
	has := make([]bool, len(t.service.Servers))
	for _, i := range t.slots {
		if i != nobody {
			has[i] = true
		}
	}
	n := 0
	for i, s := range t.service.Servers {
		if s.Weight > 0 && !has[i] {
			n++
		}
	}
	return n
}
