package metric

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"sync"
)

// A Press makes compressed text of tables, again and again. Most of what is told has not changed since the last time:
// what was made of it then is there, and only the rest is made anew. The zero value is ready, and may be used by
// several goroutines.
type Press struct {
	mu       sync.Mutex
	seed     maphash.Seed
	families map[string]*Family
	kept     map[string]kept // by names of families
	told     []*Family       // the last time
	writer   writer
	buffers  sync.Pool // of *bytes.Buffer, to write with
}

// A kept is what was made of a family the last time.
type kept struct {
	of      uint64 // the hash of what it tells
	segment        // is there when it has told that twice: what changes all the time takes no room
}

// Packed is text as gzip (RFC 1952).
type Packed struct {
	parts [][]byte
	press *Press
}

// Gzip is what Write writes, compressed.
func (p *Press) Gzip(tables []Table) Packed {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		p.seed, p.families, p.kept = maphash.MakeSeed(), byName(), map[string]kept{}
		p.writer = writer{pack: newPacker(), text: make([]byte, 0, chunk+chunk/4)}
	}
	// Method 8, no flags, no time, fast (the 4), any system.
	told := inOrder(p.told[:0], tables, p.families)
	p.told = told
	out := Packed{press: p, parts: make([][]byte, 0, len(told)+2)}
	out.parts = append(out.parts, []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255})
	sum, size := uint32(0), 0
	for _, f := range told {
		s := p.family(f, tables)
		out.parts = append(out.parts, s.packed)
		sum = multiplied(s.shift, sum) ^ s.sum
		size += s.size
	}
	p.writer.pack.forget()
	if len(p.kept) > len(told) {
		maps.DeleteFunc(p.kept, func(name string, _ kept) bool {
			return !slices.ContainsFunc(told, func(f *Family) bool { return f.Name == name })
		})
	}
	end := []byte{0b011, 0} // a last block with nothing in it
	end = binary.LittleEndian.AppendUint32(end, sum)
	out.parts = append(out.parts, binary.LittleEndian.AppendUint32(end, uint32(size)))
	return out
}

func (p *Press) family(f *Family, tables []Table) segment {
	of, was := p.hash(f, tables), p.kept[f.Name]
	if was.of == of && was.packed != nil {
		return was.segment
	}
	w := &p.writer
	w.begun = false
	w.pack.begin()
	for i := range tables {
		w.family(f, &tables[i])
	}
	w.flush()
	now := kept{of: of}
	made := w.pack.segment()
	if was.of == of {
		now.segment = made
	}
	p.kept[f.Name] = now
	return made
}

// hash is that of all that tables tell of a family.
func (p *Press) hash(f *Family, tables []Table) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	var n [binary.MaxVarintLen64]byte
	add := func(text []byte) {
		_, _ = h.Write(n[:binary.PutUvarint(n[:], uint64(len(text)))])
		_, _ = h.Write(text)
	}
	for i := range tables {
		t := &tables[i]
		told := false
		for c := range t.Columns {
			if of := &t.Columns[c]; of.Family == f.Name {
				if !told {
					told = true
					add(t.Rows.text)
				}
				_, _ = h.WriteString(of.Suffix)
				_ = h.WriteByte('{')
				_, _ = h.WriteString(of.Labels)
				_ = h.WriteByte('}')
				add(of.Values.text)
			}
		}
	}
	return h.Sum64()
}

// Len is how many bytes there are.
func (p Packed) Len() (n int) {
	for _, part := range p.parts {
		n += len(part)
	}
	return n
}

// atOnce is how many bytes are written at a time, if there are more.
const atOnce = 32 << 10

// WriteTo writes all to w.
func (p Packed) WriteTo(w io.Writer) (n int64, err error) {
	buffer, is := p.press.buffers.Get().(*bytes.Buffer)
	if !is {
		buffer = bytes.NewBuffer(make([]byte, 0, atOnce))
	}
	defer func() {
		buffer.Reset()
		p.press.buffers.Put(buffer)
	}()
	for i, part := range p.parts {
		for len(part) > 0 {
			fits := min(len(part), atOnce-buffer.Len())
			buffer.Write(part[:fits])
			if part = part[fits:]; buffer.Len() < atOnce && i+1 < len(p.parts) {
				continue
			}
			m, err := buffer.WriteTo(w)
			if n += m; err != nil {
				return n, err
			}
		}
	}
	return n, nil
}
