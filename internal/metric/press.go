package metric

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"io"
	"maps"
	"sync"
)

// A Press makes compressed text of tables, again and again. Most of what is told has not changed since the last time:
// what was made of it then is there, and only the rest is made anew. The zero value is ready, and may be used by
// several goroutines.
type Press struct {
	mu       sync.Mutex
	seed     maphash.Seed
	families map[string]*Family
	kept     map[place]*kept
	round    int       // how often Gzip was called
	told     []*Family // the last time
	rows     []uint64  // hashes of the rows of each table
	writer   writer
	buffers  sync.Pool // of *bytes.Buffer, to write with
}

// A place is where text stands: the number of a part of a family, from 1; 0 is what stands before them.
type place struct {
	family string
	n      int
}

// A kept is what was made of a part the last time.
type kept struct {
	of      uint64 // the hash of what it tells
	round   int
	segment // is there when it has told that twice: what changes all the time takes no room
}

// Packed is text as gzip (RFC 1952).
type Packed struct {
	parts [][]byte
	press *Press
	sum   uint32
	size  int // of the text
}

// Gzip is what Write writes, compressed.
func (p *Press) Gzip(tables []Table) Packed {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		p.seed, p.families, p.kept = maphash.MakeSeed(), byName(), map[place]*kept{}
		p.writer = writer{pack: newPacker(), text: make([]byte, 0, chunk+chunk/4), begun: true}
	}
	p.told = inOrder(p.told[:0], tables, p.families)
	p.rows = p.rows[:0]
	for i := range tables {
		p.rows = append(p.rows, maphash.Bytes(p.seed, tables[i].Rows.text))
	}
	p.round++
	// Method 8, no flags, no time, fast (the 4), any system.
	out := Packed{press: p, parts: make([][]byte, 0, len(p.kept)+2)}
	out.parts = append(out.parts, []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255})
	used := 0
	for _, f := range p.told {
		used += p.family(&out, f, tables)
	}
	p.writer.pack.forget()
	if len(p.kept) > used {
		maps.DeleteFunc(p.kept, func(_ place, k *kept) bool { return k.round != p.round })
	}
	end := []byte{0b011, 0} // a last block with nothing in it
	end = binary.LittleEndian.AppendUint32(end, out.sum)
	out.parts = append(out.parts, binary.LittleEndian.AppendUint32(end, uint32(out.size)))
	return out
}

// family appends the text of a family, and tells in how many places it looked.
func (p *Press) family(out *Packed, f *Family, tables []Table) (places int) {
	begun := false
	eachPart(f, tables, func(i int, columns []Column) {
		places++
		part := p.segment(place{f.Name, places}, p.hash(p.rows[i], columns), func() {
			p.writer.part(f, &tables[i], columns)
		})
		if part.size == 0 {
			return
		}
		if !begun {
			begun = true
			out.add(p.segment(place{f.Name, 0}, 0, func() { p.writer.head(f) }))
		}
		out.add(part)
	})
	if begun {
		places++
	}
	return places
}

func (p *Packed) add(s segment) {
	p.parts = append(p.parts, s.packed)
	p.sum = multiplied(s.shift, p.sum) ^ s.sum
	p.size += s.size
}

// segment is what stands at a place, which is made by write if something else was there.
func (p *Press) segment(at place, of uint64, write func()) segment {
	was := p.kept[at]
	if was == nil {
		was = &kept{of: ^of}
		p.kept[at] = was
	}
	was.round = p.round
	if was.of == of && was.packed != nil {
		return was.segment
	}
	p.writer.pack.begin()
	write()
	p.writer.flush()
	made := p.writer.pack.segment()
	if was.segment = (segment{}); was.of == of {
		was.segment = made
	}
	was.of = of
	return made
}

// hash is that of all that columns tell of rows.
func (p *Press) hash(rows uint64, columns []Column) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	var n [8]byte
	number := func(v uint64) { _, _ = h.Write(binary.LittleEndian.AppendUint64(n[:0], v)) }
	number(rows)
	for i := range columns {
		c := &columns[i]
		_, _ = h.WriteString(c.Suffix)
		_ = h.WriteByte('{')
		_, _ = h.WriteString(c.Labels)
		_ = h.WriteByte('}')
		number(uint64(len(c.Values.text)))
		_, _ = h.Write(c.Values.text)
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
