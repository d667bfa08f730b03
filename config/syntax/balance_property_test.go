package syntax_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/config/syntax"
)

// A written is a generated text, line by line, with what is known of every line.
type written struct {
	lines []string
	depth []int // of the block a line is in
	roots []int // lines of the blocks at the root
}

// write adds a block or a statement.
func (w *written) write(indent, text string, depth int) {
	if depth == 0 && strings.HasSuffix(text, "{") {
		w.roots = append(w.roots, len(w.lines))
	}
	w.lines = append(w.lines, strings.Repeat(indent, depth)+text)
	w.depth = append(w.depth, depth)
}

// matching draws a configuration in which braces match.
func matching(t *rapid.T) *written {
	w := &written{}
	indent := rapid.SampledFrom([]string{"    ", "\t", "  "}).Draw(t, "indent")
	several := func(most int, what string, each func(n int)) {
		for n := range rapid.IntRange(1, most).Draw(t, what) {
			each(n)
		}
	}
	several(6, "roots", func(n int) {
		put := func(depth int, text string) { w.write(indent, text, depth) }
		if rapid.Bool().Draw(t, "router") {
			put(0, fmt.Sprintf("vrrp_instance V%d {", n))
			put(1, "interface eth0")
			several(3, "lists", func(int) {
				put(1, rapid.SampledFrom([]string{"virtual_ipaddress {", "track_interface {", "unicast_peer {"}).Draw(t, "list"))
				several(3, "entries", func(k int) { put(2, fmt.Sprintf("10.0.%d.%d", n, k)) })
				put(1, "}")
				put(1, "priority 100")
			})
			put(0, "}")
			return
		}
		put(0, fmt.Sprintf("virtual_server 10.0.%d.1 80 {", n))
		put(1, "lb_algo rr")
		several(3, "servers", func(k int) {
			put(1, fmt.Sprintf("real_server 10.0.%d.%d 80 {", n, k+2))
			put(2, "weight 1")
			put(2, "TCP_CHECK {")
			put(3, "connect_timeout 3")
			put(2, "}")
			put(1, "}")
		})
		put(0, "}")
	})
	return w
}

// around are the lines of the block at the root that line i is in, and of the one after.
func (w *written) around(i int) (first, last int) {
	last = len(w.lines)
	for _, root := range w.roots {
		if root <= i {
			first = root
		}
	}
	for _, root := range slices.Backward(w.roots) {
		if root > i {
			last = root
		}
	}
	return first, last
}

// outside are the statements of blocks that do not begin between two lines, without
// their places.
func outside(text string, first, last, shift int) []string {
	tree, _ := repaired(text)
	var out []string
	for _, node := range tree.Nodes {
		line := node.Pos().Line - 1
		if line >= first && line < last+shift {
			continue
		}
		have := map[string]int{}
		paths(syntax.Block{Nodes: []syntax.Node{node}}, "", have)
		out = append(out, fmt.Sprint(have))
	}
	return out
}

// A '}' that is dropped is one finding: at its block, or where it is missed, which is at
// the latest the next statement of another level. Other blocks stay as they are.
func TestPropertyBraceDropped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := matching(t)
		var closing []int
		for i, line := range w.lines {
			if strings.TrimSpace(line) == "}" {
				closing = append(closing, i)
			}
		}
		at := rapid.SampledFrom(closing).Draw(t, "at")
		whole := strings.Join(w.lines, "\n")
		text := strings.Join(slices.Concat(w.lines[:at], []string{""}, w.lines[at+1:]), "\n")
		open := at
		for w.depth[open] != w.depth[at] || !strings.HasSuffix(w.lines[open], "{") {
			open--
		}
		_, found := repaired(text)
		if len(found) != 1 || found[0].ID != "missing-close-brace" {
			t.Fatalf("%v\n%s", found, text)
		}
		if line := found[0].Pos.Line - 1; line != open && (line < at || line > at+1) {
			t.Fatalf("'}' of line %d for line %d: %v\n%s", at+1, open+1, found, text)
		}
		first, last := w.around(at)
		if a, b := outside(whole, first, last, 0), outside(text, first, last, 0); !slices.Equal(a, b) {
			t.Fatalf("had %v\nhave %v", a, b)
		}
	})
}

// A '}' that is added after a statement is one finding, at it or at one of its like
// right behind it.
func TestPropertyBraceAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := matching(t)
		at := rapid.IntRange(0, len(w.lines)-1).Draw(t, "after")
		whole := strings.Join(w.lines, "\n")
		brace := w.lines[at][:len(w.lines[at])-len(strings.TrimLeft(w.lines[at], " \t"))] + "}"
		text := strings.Join(slices.Concat(w.lines[:at+1], []string{brace}, w.lines[at+1:]), "\n")
		_, found := repaired(text)
		if len(found) != 1 || found[0].ID != "extra-close-brace" {
			t.Fatalf("%v\n%s", found, text)
		}
		line := found[0].Pos.Line - 1
		near := line == at+1 || line > at+1 && strings.Trim(strings.Join(w.lines[at+1:line], ""), " \t}") == ""
		if !near && !(line == at && strings.TrimSpace(w.lines[at]) == "}") {
			t.Fatalf("'}' added in line %d: %v\n%s", at+2, found, text)
		}
		first, last := w.around(at)
		if a, b := outside(whole, first, last, 0), outside(text, first, last, 1); !slices.Equal(a, b) {
			t.Fatalf("had %v\nhave %v", a, b)
		}
	})
}
