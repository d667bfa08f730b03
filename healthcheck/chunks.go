package healthcheck

// chunks follows a body that comes in chunks to its end, without taking it apart: digest
// and pattern see what was sent.
type chunks struct {
	at   chunkPart
	left int64 // bytes of the chunk that are still to come
	size int64
	text int // bytes of the line so far, without those of its end
}

type chunkPart uint8

// Parts of a body in chunks. In chunkBroken nothing is known any more.
const (
	chunkSize    chunkPart = iota // hexadecimal digits
	chunkExtra                    // the rest of the line of the size
	chunkData                     // the chunk
	chunkEnd                      // the end of line after it
	chunkTrailer                  // lines after the last chunk, the last of them empty
	chunkDone
	chunkBroken
)

// ended reports whether the empty line after the last chunk was read.
func (c *chunks) ended() bool { return c.at == chunkDone }

// take looks at one piece.
func (c *chunks) take(p []byte) {
	// Behind the end, and where the chunks make no sense, nothing counts any more.
	for len(p) > 0 && c.at < chunkDone {
		if c.at == chunkData {
			n := min(c.left, int64(len(p)))
			p, c.left = p[n:], c.left-n
			if c.left == 0 {
				c.at = chunkEnd
			}
			continue
		}
		c.next(p[0])
		p = p[1:]
	}
}

// next looks at one byte outside of the data.
func (c *chunks) next(b byte) {
	switch c.at {
	case chunkSize, chunkExtra:
		c.line(b)
	case chunkEnd:
		switch b {
		// Lines end with LF; a CR in front of it is not needed.
		case '\r':
		case '\n':
			c.at, c.size, c.text = chunkSize, 0, 0
		default:
			c.at = chunkBroken
		}
	case chunkTrailer:
		switch b {
		case '\r':
		case '\n':
			// The empty line: it ends the trailer, and the body with it.
			if c.text == 0 {
				c.at = chunkDone
			}
			c.text = 0
		default:
			c.text++
		}
	}
}

// line looks at one byte of the line with the size of a chunk.
func (c *chunks) line(b byte) {
	digit := hexDigit(b)
	switch {
	case b == '\n' && c.text > 0:
		c.at, c.left, c.text = chunkData, c.size, 0
		if c.size == 0 {
			c.at = chunkTrailer
		}
	case b == '\r' || c.at == chunkExtra:
		// `1a;name=value`: extensions do not matter, only the end of the line does.
	case digit >= 0 && c.text < 15:
		// 15 digits fit into an int64.
		c.size = c.size<<4 | int64(digit)
		c.text++
	case c.text > 0 && (b == ';' || b == ' ' || b == '\t'):
		c.at = chunkExtra
	default:
		c.at = chunkBroken
	}
}

// hexDigit is the value of a hexadecimal digit, -1 for anything else.
func hexDigit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	}
	return -1
}
