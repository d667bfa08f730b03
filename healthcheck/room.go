package healthcheck

import "context"

const (
	// smallPage is how much of a page an attempt keeps for its pattern without asking for
	// room: nearly all pages are smaller.
	smallPage = 64 << 10
	// largePages are kept, and searched, at once. One takes up to searchLimit, and seven
	// times that while a backtracking pattern looks at it.
	largePages = 8
	// smallSearches run at once.
	smallSearches = 64
)

// Room bounds the memory of the searches of all attempts together. Small pages have places
// of their own, so that they do not wait for large ones.
type Room struct {
	larges, smalls chan struct{}
}

// NewRoom is the room for one process.
func NewRoom() *Room {
	return &Room{larges: make(chan struct{}, largePages), smalls: make(chan struct{}, smallSearches)}
}

// large waits for the place of a large page. It gives the function that frees the place, nil
// when ctx ended first.
func (r *Room) large(ctx context.Context) (free func()) {
	if r == nil {
		return func() {}
	}
	return place(ctx, r.larges)
}

// small waits for a place to search a small page, as large does.
func (r *Room) small(ctx context.Context) (free func()) {
	if r == nil {
		return func() {}
	}
	return place(ctx, r.smalls)
}

func place(ctx context.Context, places chan struct{}) (free func()) {
	select {
	case places <- struct{}{}:
		return func() { <-places }
	case <-ctx.Done():
		return nil
	}
}
