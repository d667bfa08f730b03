package maglev

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"

	"holdfast/ipvs"
)

// Moved is the share of new flows, 0 to 1, that get another server by b than by a when
// all servers are up: the share of slots with another owner.
// Where only one of them hashes ports, the slots of a flow have nothing to do with each other: then
// it is what chance leaves.
func Moved(a, b *Table) float64 {
	if len(a.slots) != len(b.slots) || a.service.Port != b.service.Port {
		return 1 - meet(a, b)
	}
	if len(a.slots) == 0 {
		return 0
	}
	moved := 0
	for i := range a.slots {
		x, served := a.owner(i)
		y, still := b.owner(i)
		if x != y || served != still {
			moved++
		}
	}
	return float64(moved) / float64(len(a.slots))
}

// meet is how likely a slot of a and a slot of b, drawn by chance, have the same owner.
func meet(a, b *Table) float64 {
	shares := func(t *Table) map[ipvs.DestID]float64 {
		of := map[ipvs.DestID]float64{}
		for i := range t.slots {
			id, _ := t.owner(i)
			of[id] += 1 / float64(len(t.slots))
		}
		return of
	}
	same, other := 0.0, shares(b)
	for id, share := range shares(a) {
		same += share * other[id]
	}
	return same
}

// owner is the server to which a slot belongs; false if to none.
func (t *Table) owner(slot int) (ipvs.DestID, bool) {
	i := t.slots[slot]
	if i == nobody {
		return ipvs.DestID{}, false
	}
	return t.service.Servers[i].ID, true
}

// Fingerprint is the same for two lists of tables that send each new flow to the same servers while
// all servers are up, and else most likely another one: 16 hexadecimal digits.
func Fingerprint(tables ...*Table) string {
	sum := fnv.New64a()
	for _, t := range tables {
		t.write(sum)
	}
	return fmt.Sprintf("%016x", sum.Sum64())
}

// write writes what a table is made of to a hash, none of which fails.
func (t *Table) write(sum io.Writer) {
	of := make([][]byte, len(t.service.Servers))
	for i, s := range t.service.Servers {
		of[i] = binary.BigEndian.AppendUint16(s.ID.Addr.AsSlice(), s.ID.Port)
	}
	if t.service.Port {
		sum.Write([]byte("port"))
	}
	for _, i := range t.slots {
		if i != nobody {
			sum.Write(of[i])
		}
		sum.Write([]byte{';'})
	}
}
