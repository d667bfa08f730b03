package language

import (
	"slices"
	"strings"
)

// Nearest gives the keyword of block that looks most like name, "" if none is
// close enough to be what was meant. Keywords that work come before others at
// the same distance.
func (l *Language) Nearest(block, name string) string {
	// A word of four letters may have two slips, and one of twenty six.
	limit := len(name)/4 + 1
	best, bestDistance, bestSupport := "", limit+1, NotYet
	for _, candidate := range l.names(block) {
		d := Distance(strings.ToLower(name), strings.ToLower(candidate))
		// Distance alone makes short words all alike.
		if !slipped(strings.ToLower(name), strings.ToLower(candidate), d) {
			continue
		}
		k := l.find(block, candidate)
		// It is proposed only where nothing else is as near.
		if k.Deprecated {
			d++
		}
		// Of those that are alike the first in the alphabet, as names gives them.
		if d < bestDistance || d == bestDistance && best != "" && k.Support < bestSupport {
			best, bestDistance, bestSupport = candidate, d, k.Support
		}
	}
	return best
}

// NearestAnywhere gives the keywords of the whole language that look most like
// name, all at the same distance and three at most; none if none is close enough.
func (l *Language) NearestAnywhere(name string) []string {
	const shown = 3
	best, bestDistance := []string(nil), len(name)/4+2
	for k := range l.all() {
		// A keyword that is in several blocks is one proposal.
		if k.Deprecated || slices.Contains(best, k.Name) {
			continue
		}
		switch d := Distance(strings.ToLower(name), strings.ToLower(k.Name)); {
		case d < bestDistance:
			best, bestDistance = []string{k.Name}, d
		// None is kept at the limit itself: best is nil until one is nearer.
		case d == bestDistance && best != nil && len(best) < shown:
			best = append(best, k.Name)
		}
	}
	return best
}

// slipped reports whether two words at a distance may be one, mistyped: where they differ,
// they must have more in common than not. "track_all" is no "track_bfd".
func slipped(a, b string, distance int) bool {
	// What they have in common at both ends goes; the rest is where they differ.
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return distance <= 2 || a == "" || b == "" || 2*distance <= max(len(a), len(b))
}

// nearestOf is Nearest among names.
func nearestOf(name string, candidates []string) string {
	// Nearer than a quarter of the letters and two.
	best, bestDistance := "", len(name)/4+2
	for _, c := range candidates {
		if d := Distance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// Distance is the number of insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func Distance(a, b string) int {
	// No keyword is that long, and the table of distances grows with both.
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	// Three lines of the table are enough: a swap looks two lines back.
	before, last, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(last[j]+1, cur[j-1]+1, last[j-1]+cost)
			// Two letters that changed places are one slip, and the most frequent one.
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, last, cur = last, cur, before
	}
	return last[len(b)]
}
