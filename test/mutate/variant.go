package mutate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A Variant is a text made from another.
type Variant struct {
	Name string // of the file it was made of, or the keyword
	Kind string
	Line int // from 1: the line that was changed; 0 unknown
	Text string
	ID   string // configuration id, "" for the host's
}

// values are words of all kinds, in place of another word.
func values() []string {
	return []string{
		"foo", "-1", "0", "1", "2", "3", "10", "99", "100", "101", "254", "255", "256", "1000", "1001", "4294", "4295",
		"65535", "65536",
		"2678400", "2678401", "2147483647", "2147483648", "4294967295", "4294967296", "99999999999999999999", "0.5",
		"1.5", "0.0000001", "2.", ".5",
		"0x10", "010", "1s", "+7", "5x", "true", "yes", "off", "True", "10.0.0.1", "10.0.0.1/24", "10.0.0.1/33",
		"10.0.0.256", "fe80::1", "2001:db8::1/64",
		"224.0.0.18", "ff02::12", "eth0", "eth9", "/bin/true", "/nonexistent/x", `"/bin/true a"`, `"a b"`, `""`, "'a",
		"a/b", "MASTER", "weight", "reverse",
		"TCP", "NAT", "rr", "PASS", "inet6", "nobody", "nosuchuser", "-254", "-253", "253", "-20", "19", "20", "none",
		"default", "abcdefghijklmnopqrstuvwxyz0123456789",
	}
}

// A change gives a variant of lines at i, false if it cannot be made there.
type change struct {
	kind string
	make func(rng *rand.Rand, lines []Line, i int) ([]Line, bool)
}

func one(f func(rng *rand.Rand, l Line) (string, bool)) func(*rand.Rand, []Line, int) ([]Line, bool) {
	return func(rng *rand.Rand, lines []Line, i int) ([]Line, bool) {
		if !lines[i].plain() {
			return nil, false
		}
		text, ok := f(rng, lines[i])
		if !ok {
			return nil, false
		}
		out := append([]Line(nil), lines...)
		out[i].Text = text
		return out, true
	}
}

func replaceRange(lines []Line, from, to int, with ...Line) []Line {
	if to < from {
		return nil
	}
	out := append([]Line(nil), lines[:from]...)
	out = append(out, with...)
	return append(out, lines[to:]...)
}

func changes() []change {
	return slices.Concat(wordChanges(), lineChanges(), objectChanges())
}

// wordChanges change the words of one line.
func wordChanges() []change {
	return []change{
		{"value", one(func(rng *rand.Rand, l Line) (string, bool) {
			if len(l.Words) < 2 {
				return "", false
			}
			w := append([]string(nil), l.Words...)
			w[1+rng.IntN(len(w)-1)] = pick(rng, values())
			return l.rewrite(w...), true
		})},
		{"first word of entry", one(func(rng *rand.Rand, l Line) (string, bool) {
			w := append([]string(nil), l.Words...)
			w[0] = pick(rng, values())
			return l.rewrite(w...), true
		})},
		{"misspelt", one(func(rng *rand.Rand, l Line) (string, bool) {
			w := append([]string(nil), l.Words...)
			w[0] = Misspell(rng, w[0])
			return l.rewrite(w...), true
		})},
		{"no arguments", one(func(_ *rand.Rand, l Line) (string, bool) {
			return l.rewrite(l.Words[0]), len(l.Words) > 1
		})},
		{"word dropped", one(func(rng *rand.Rand, l Line) (string, bool) {
			if len(l.Words) < 2 {
				return "", false
			}
			i := rng.IntN(len(l.Words))
			return l.rewrite(append(append([]string(nil), l.Words[:i]...), l.Words[i+1:]...)...), true
		})},
		{"word added", one(func(rng *rand.Rand, l Line) (string, bool) {
			return l.rewrite(append(append([]string(nil), l.Words...), pick(rng, values()))...), true
		})},
		{"word doubled", one(func(rng *rand.Rand, l Line) (string, bool) {
			i := rng.IntN(len(l.Words))
			return l.rewrite(append(append(append([]string(nil), l.Words[:i]...), l.Words[i]), l.Words[i:]...)...), true
		})},
		{"quoted", one(func(rng *rand.Rand, l Line) (string, bool) {
			w := append([]string(nil), l.Words...)
			i := rng.IntN(len(w))
			w[i] = pick(rng, []string{`"`, `'`}) + strings.Trim(w[i], `"`) + pick(rng, []string{`"`, `'`, ""})
			return l.rewrite(w...), true
		})},
		{"case", one(func(_ *rand.Rand, l Line) (string, bool) {
			w := append([]string(nil), l.Words...)
			w[len(w)-1] = swapCase(w[len(w)-1])
			return l.rewrite(w...), w[len(w)-1] != l.Words[len(w)-1]
		})},
	}
}

// lineChanges change whole lines and braces.
func lineChanges() []change {
	return []change{
		{"line dropped", func(_ *rand.Rand, ls []Line, i int) ([]Line, bool) {
			return replaceRange(ls, i, i+1), len(ls[i].Words) > 0
		}},
		{"line doubled", func(_ *rand.Rand, ls []Line, i int) ([]Line, bool) {
			return replaceRange(ls, i, i, ls[i]), ls[i].plain() && ls[i].Open == 0
		}},
		{"line moved", func(rng *rand.Rand, ls []Line, i int) ([]Line, bool) {
			if !ls[i].plain() || ls[i].Open > 0 {
				return nil, false
			}
			rest := replaceRange(ls, i, i+1)
			j := rng.IntN(len(rest) + 1)
			return replaceRange(rest, j, j, ls[i]), true
		}},
		{"block dropped", func(_ *rand.Rand, ls []Line, i int) ([]Line, bool) {
			return replaceRange(ls, i, ls[i].Match+1), ls[i].Match > i
		}},
		{"block doubled", func(_ *rand.Rand, ls []Line, i int) ([]Line, bool) {
			if ls[i].Match <= i {
				return nil, false
			}
			return replaceRange(ls, i, i, ls[i:ls[i].Match+1]...), true
		}},
		{"block moved", func(rng *rand.Rand, ls []Line, i int) ([]Line, bool) {
			if ls[i].Match <= i {
				return nil, false
			}
			part := ls[i : ls[i].Match+1]
			rest := replaceRange(ls, i, ls[i].Match+1)
			j := rng.IntN(len(rest) + 1)
			return replaceRange(rest, j, j, part...), true
		}},
		{"block emptied", func(_ *rand.Rand, ls []Line, i int) ([]Line, bool) {
			return replaceRange(ls, i+1, ls[i].Match), ls[i].Match > i+1
		}},
		{"brace dropped", func(_ *rand.Rand, ls []Line, i int) ([]Line, bool) {
			return replaceRange(ls, i, i+1,
				Line{Text: strings.NewReplacer("{", "", "}", "").Replace(ls[i].Text)}), ls[i].Open+ls[i].Close > 0
		}},
		{"brace added", func(rng *rand.Rand, ls []Line, i int) ([]Line, bool) {
			return replaceRange(ls, i, i+1,
				Line{Text: ls[i].Text + pick(rng, []string{" {", " }", "\n}", "\n{"})}), len(ls[i].Words) > 0
		}},
	}
}

// objectChanges change what refers to what, and numbers a little.
func objectChanges() []change {
	return []change{
		{"object renamed", func(_ *rand.Rand, ls []Line, i int) ([]Line, bool) {
			if ls[i].Match <= i || len(ls[i].Words) < 2 {
				return nil, false
			}
			w := slices.Clone(ls[i].Words)
			w[1] = strings.Trim(w[1], `"`) + "x"
			return replaceRange(ls, i, i+1, Line{Text: ls[i].rewrite(w...)}), true
		}},
		{"objects swapped", func(rng *rand.Rand, ls []Line, i int) ([]Line, bool) {
			var later []int
			for j := i + 1; j < len(ls); j++ {
				if ls[j].Path == ls[i].Path && ls[j].Match > j && j > ls[i].Match {
					later = append(later, j)
				}
			}
			if ls[i].Match <= i || len(later) == 0 {
				return nil, false
			}
			j := later[rng.IntN(len(later))]
			first, between, second := ls[i:ls[i].Match+1], ls[ls[i].Match+1:j], ls[j:ls[j].Match+1]
			return replaceRange(ls, i, ls[j].Match+1, slices.Concat(second, between, first)...), true
		}},
		{"number nudged", one(func(rng *rand.Rand, l Line) (string, bool) {
			w := slices.Clone(l.Words)
			for i, word := range w {
				if n, err := strconv.Atoi(word); err == nil && i > 0 {
					w[i] = strconv.Itoa([]int{n - 1, n + 1, n * 100, -n, 0}[rng.IntN(5)])
					return l.rewrite(w...), true
				}
			}
			return "", false
		})},
	}
}

// Mutants are n random variants of a text, named after it.
func Mutants(rng *rand.Rand, name, text string, n int) []Variant {
	lines := Scan(text)
	all := changes()
	var out []Variant
	for try := 0; len(out) < n && try < 20*n; try++ {
		c, i := all[rng.IntN(len(all))], rng.IntN(len(lines))
		if ls, ok := c.make(rng, lines, i); ok {
			out = append(out, Variant{Name: name, Kind: c.kind, Line: i + 1, Text: Join(ls)})
		}
	}
	return out
}

// Pool is what files say in each block: lines and whole blocks, each once.
type Pool map[string][]string

// Add takes the parts of a text into the pool.
func (p Pool) Add(text string, seen map[string]bool) {
	lines := Scan(text)
	for i, l := range lines {
		part := ""
		switch {
		case l.Match > i && l.Match < i+40:
			part = Join(lines[i : l.Match+1])
		case l.plain() && l.Open == 0:
			part = l.Text + "\n"
		}
		key := l.Path + "\x00" + strings.Join(strings.Fields(part), " ")
		if part == "" || seen[key] {
			continue
		}
		seen[key] = true
		p[l.Path] = append(p[l.Path], part)
	}
}

// Splices put n parts of other files into a text, each into a block where such
// parts stand.
func (p Pool) Splices(rng *rand.Rand, name, text string, n int) []Variant {
	lines := Scan(text)
	var out []Variant
	for try := 0; len(out) < n && try < 20*n; try++ {
		i := rng.IntN(len(lines))
		parts := p[lines[i].Path]
		if len(parts) == 0 {
			continue
		}
		part := parts[rng.IntN(len(parts))]
		ls := replaceRange(lines, i, i, Line{Text: strings.TrimSuffix(part, "\n")})
		out = append(out, Variant{Name: name, Kind: "splice", Line: i + 1, Text: Join(ls)})
	}
	return out
}

// Mixes are n texts of three objects out of different files each, below head.
func (p Pool) Mixes(rng *rand.Rand, head string, n int) []Variant {
	var objects []string
	for _, part := range p[""] {
		if strings.Contains(part, "{") {
			objects = append(objects, part)
		}
	}
	var out []Variant
	for range n {
		text := head
		for range 3 {
			text += pick(rng, objects)
		}
		out = append(out, Variant{Name: "mix", Kind: "mix", Text: text})
	}
	return out
}

func pick(rng *rand.Rand, from []string) string { return from[rng.IntN(len(from))] }

// Misspell changes one letter of a word.
func Misspell(rng *rand.Rand, word string) string {
	if len(word) < 3 {
		return word + "x"
	}
	i := 1 + rng.IntN(len(word)-2)
	switch rng.IntN(3) {
	case 0:
		return word[:i] + word[i+1:]
	case 1:
		return word[:i] + string('a'+rune(rng.IntN(26))) + word[i:]
	default:
		if word[i] == word[i+1] {
			return word[:i] + word[i+1:]
		}
		return word[:i] + string(word[i+1]) + string(word[i]) + word[i+2:]
	}
}

func swapCase(s string) string {
	if up := strings.ToUpper(s); up != s {
		return up
	}
	return strings.ToLower(s)
}

// name of a keyword variant.
func keywordName(block, name string) string {
	if block == "" {
		return name
	}
	return fmt.Sprintf("%s/%s", block, name)
}
