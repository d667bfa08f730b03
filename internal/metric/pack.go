package metric

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// A packer compresses the text of a family, in a block with the codes of DEFLATE that need no table (RFC 1951, 3.2.6).
// It looks for nothing: who makes the text knows what a line shares with the one in the same column of the row before,
// and says so.
type packer struct {
	out   []byte             // what is complete
	bits  uint64             // what is not a whole word yet
	n     uint               // how many of them
	sum   uint32             // of the text so far (CRC-32)
	size  int                // of the text so far
	most  int                // bytes of a text since forget was called
	codes [256]code          // of bytes
	again [maxAgain + 1]code // of lengths

	// What is repeated, so far; its first bytes, as long as it is too short for that.
	length, distance int
	short            [minAgain - 1]byte
}

// A code is bits, the first one lowest, and how many.
type code struct {
	bits uint32
	n    uint
}

// The bounds of what can be repeated, and of how far behind it may be.
const (
	minAgain = 3
	maxAgain = 258
	window   = 32 << 10
)

func newPacker() *packer {
	p := &packer{}
	for b := range p.codes {
		p.codes[b] = symbol(b, 0, 0)
	}
	for length := minAgain; length <= maxAgain; length++ {
		p.again[length] = lengthCode(length)
	}
	return p
}

// begin begins another text.
func (p *packer) begin() {
	p.out, p.sum, p.size = p.out[:0], 0, 0
	p.put(code{0b010, 3}) // not the last block, with fixed codes
}

// endOfBlock is the symbol behind those of bytes.
const endOfBlock = 256

// symbol is the code of a symbol, with more bits behind it.
func symbol(s int, more uint32, n uint) code {
	base, length := 0, uint(8)
	switch {
	case s < 144:
		base = 0x30
	case s < endOfBlock:
		base, length = 0x190-144, 9
	case s < 280:
		base, length = -endOfBlock, 7
	default:
		base = 0xc0 - 280
	}
	return code{bits.Reverse32(uint32(base+s))>>(32-length) | more<<length, length + n}
}

func lengthCode(length int) code {
	n := length - minAgain
	switch {
	case length == maxAgain:
		return symbol(285, 0, 0)
	case n < 8:
		return symbol(257+n, 0, 0)
	}
	more := bits.Len(uint(n)) - 3
	return symbol(257+4*more+n>>more, uint32(n)&(1<<more-1), uint(more))
}

func distanceCode(distance int) code {
	n, more := distance-1, 0
	if n >= 4 {
		more = bits.Len(uint(n)) - 2
	}
	return code{uint32(bits.Reverse8(uint8(2*more+n>>more)))>>3 | uint32(n)&(1<<more-1)<<5, 5 + uint(more)}
}

func (p *packer) put(c code) {
	p.bits |= uint64(c.bits) << p.n
	if p.n += c.n; p.n >= 32 {
		p.out = binary.LittleEndian.AppendUint32(p.out, uint32(p.bits))
		p.bits >>= 32
		p.n -= 32
	}
}

// add is text that is like nothing before.
func (p *packer) add(text []byte) {
	if len(text) == 0 {
		return
	}
	p.end()
	p.bytes(text)
}

func (p *packer) bytes(text []byte) {
	for _, b := range text {
		p.put(p.codes[b])
	}
}

// repeat is text that is there so many bytes before as well, no more than a window.
func (p *packer) repeat(text []byte, distance int) {
	if len(text) == 0 {
		return
	}
	if distance != p.distance {
		p.end()
		p.distance = distance
	}
	if p.length < len(p.short) {
		copy(p.short[p.length:], text)
	}
	p.length += len(text)
}

// end puts what is repeated.
func (p *packer) end() {
	if p.length < minAgain {
		p.bytes(p.short[:p.length])
		p.length = 0
		return
	}
	distance := distanceCode(p.distance)
	for p.length > 0 {
		n := min(p.length, maxAgain)
		if rest := p.length - n; rest > 0 && rest < minAgain {
			n -= minAgain
		}
		p.put(p.again[n])
		p.put(distance)
		p.length -= n
	}
}

// written takes text that add, line and repeat were told of into the sum.
func (p *packer) written(text []byte) {
	p.sum = crc32.Update(p.sum, crc32.IEEETable, text)
	p.size += len(text)
}

// segment ends the text. An empty block that is not compressed ends it at a whole byte, so that another can follow.
func (p *packer) segment() segment {
	p.end()
	p.put(symbol(endOfBlock, 0, 0))
	p.put(code{0, 3})
	for ; p.n > 0; p.n -= min(p.n, 8) {
		p.out = append(p.out, byte(p.bits))
		p.bits >>= 8
	}
	p.bits = 0
	p.out = append(p.out, 0, 0, 0xff, 0xff)
	p.most = max(p.most, len(p.out))
	return segment{packed: bytes.Clone(p.out), sum: p.sum, size: p.size, shift: shiftOf(p.size)}
}

// forget gives up room that was not needed.
func (p *packer) forget() {
	if cap(p.out) > 4*p.most+chunk {
		p.out = nil
	}
	p.most = 0
}

// A segment is text that is compressed by itself.
type segment struct {
	packed []byte
	sum    uint32 // of the text (CRC-32)
	shift  uint32 // what the sum of text before it is multiplied by
	size   int    // of the text
}

// Sums are polynomials modulo that of CRC-32, the highest bit first that is of no power of x. So sums of parts give
// that of the whole.

// shiftOf is x to the power of the bits of a text.
func shiftOf(size int) uint32 {
	result, power := uint32(1)<<31, uint32(1)<<(31-8)
	for ; size > 0; size >>= 1 {
		if size&1 == 1 {
			result = multiplied(result, power)
		}
		power = multiplied(power, power)
	}
	return result
}

func multiplied(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		if a>>31 == 1 {
			product ^= b
		}
		b = b>>1 ^ crc32.IEEE&-(b&1)
	}
	return product
}

// A line is where one is, and how long its parts are: its name up to the labels of the row, these, what follows them up
// to its value, and that.
type line struct {
	row                int // whose it is, from 1; 0 = there is none
	at                 int
	name, labels, rest int
	value              []byte
}

// A change is what sets a row apart from the one before: so many bytes are as there, then own ones stand in the place
// of others.
type change struct{ same, own, other int }

// changes appends those from one row to the next. Between two quotes, where a label has its value, is one at most.
func changes(list []change, before, row []byte) []change {
	for len(row) > 0 || len(before) > 0 {
		c := change{same: prefix(before, row)}
		before, row = before[c.same:], row[c.same:]
		c.other, c.own = len(before), len(row)
		if c.other > 0 && c.own > 0 {
			c.other, c.own = upToQuote(before), upToQuote(row)
		}
		n := suffix(before[:c.other], row[:c.own])
		c.other, c.own = c.other-n, c.own-n
		before, row = before[c.other:], row[c.own:]
		list = append(list, c)
	}
	return list
}

func upToQuote(b []byte) int {
	if n := bytes.IndexByte(b, '"'); n >= 0 {
		return n
	}
	return len(b)
}

// prefix is how many bytes are the same at the beginning.
func prefix(a, b []byte) (n int) {
	for most := min(len(a), len(b)); n < most && a[n] == b[n]; {
		n++
	}
	return n
}

// suffix is how many are the same at the end.
func suffix(a, b []byte) (n int) {
	for most := min(len(a), len(b)); n < most && a[len(a)-1-n] == b[len(b)-1-n]; {
		n++
	}
	return n
}

// line is the next line of a column, whose parts are those of now, and what its row has changed; before is the one
// before, and becomes this one.
func (p *packer) line(text []byte, now line, before *line, changed []change) {
	now.at += p.size
	from := now.name + now.labels + now.rest
	like := before.row > 0 && now.name == before.name && now.rest == before.rest
	if d := now.at - before.at; !like || d+len(text) > window {
		p.add(text)
	} else {
		p.repeat(text[:now.name], d)
		at := now.name
		if now.row != before.row+1 {
			p.add(text[at : at+now.labels])
			d += now.labels - before.labels
			changed = nil
		}
		for _, c := range changed {
			p.repeat(text[at:at+c.same], d)
			at += c.same
			p.add(text[at : at+c.own])
			at += c.own
			d += c.own - c.other
		}
		p.repeat(text[from-now.rest:from], d)
		p.values(text[from:], before.value, d)
	}
	before.row, before.at = now.row, now.at
	before.name, before.labels, before.rest = now.name, now.labels, now.rest
	before.value = append(before.value[:0], text[from:]...)
}

// values is a value with its end of line behind another one.
func (p *packer) values(now, before []byte, d int) {
	head := prefix(before, now)
	tail := suffix(before[head:], now[head:])
	p.repeat(now[:head], d)
	p.add(now[head : len(now)-tail])
	p.repeat(now[len(now)-tail:], d+len(now)-len(before))
}
