package syntax

// pieces are memory for values that stay as long as the tree they are part of. A tree
// has very many small slices: they share larger ones.
type pieces[T any] struct{ free []T }

// pieceLength is how many values are allocated at once.
const pieceLength = 128

// keep copies values to where they stay.
func (p *pieces[T]) keep(values []T) []T {
	n := len(values)
	if n == 0 {
		return nil
	}
	if len(p.free) < n {
		p.free = make([]T, max(n, pieceLength))
	}
	kept := p.free[:n:n]
	p.free = p.free[n:]
	copy(kept, values)
	return kept
}

// one copies a value to where it stays.
func (p *pieces[T]) one(value T) *T { return &p.keep([]T{value})[0] }
