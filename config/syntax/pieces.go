package syntax

// pieces are memory for values that stay as long as the tree they are part of. A tree
// has very many small slices: they share larger ones.
type pieces[T any] struct {
	all, free []T // the slice they share now, and what of it was not given yet
	given     int // values since the last reset
}

// pieceLength is how many values are allocated at once.
const pieceLength = 128

// keep copies values to where they stay.
func (p *pieces[T]) keep(values []T) []T {
	n := len(values)
	if n == 0 {
		return nil
	}
	if len(p.free) < n {
		p.all = make([]T, max(n, pieceLength))
		p.free = p.all
	}
	// Its capacity ends with it: an append must not run into the next piece.
	kept := p.free[:n:n]
	p.free = p.free[n:]
	p.given += n
	copy(kept, values)
	return kept
}

// one copies a value to where it stays.
func (p *pieces[T]) one(value T) *T { return &p.keep([]T{value})[0] }

// reset takes all values back. Their memory is used again, as one slice from then on.
func (p *pieces[T]) reset() {
	if p.given > len(p.all) {
		p.all = make([]T, p.given)
	} else {
		clear(p.all[:len(p.all)-len(p.free)])
	}
	p.free, p.given = p.all, 0
}
