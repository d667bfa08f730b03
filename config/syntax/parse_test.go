package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawBlock makes up the nodes of a block: words, and blocks inside.
func drawBlock(t *rapid.T, depth int) []Node {
	var nodes []Node
	for range rapid.IntRange(0, 4).Draw(t, "nodes") {
		var node Node
		for range rapid.IntRange(1, 4).Draw(t, "words") {
			word := Word{Quoted: rapid.Bool().Draw(t, "quoted")}
			pattern := `[a-z0-9./:_'-]{1,8}`
			if word.Quoted {
				pattern = `[a-z0-9 {}#!'\t]{0,8}`
			}
			word.Text = rapid.StringMatching(pattern).Draw(t, "text")
			node.Words = append(node.Words, word)
		}
		if word := &node.Words[0]; strings.HasPrefix(word.Text, "include") {
			word.Text = "x" + word.Text
		}
		if depth < 3 && rapid.Bool().Draw(t, "block") {
			node.Block = &Block{Nodes: drawBlock(t, depth+1)}
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// write prints nodes in one of the many layouts that mean the same.
func write(t *rapid.T, b *strings.Builder, nodes []Node) {
	blank := rapid.SampledFrom([]string{" ", "\t", "  \t "})
	end := rapid.SampledFrom([]string{"\n", " \r\n", " # x { } \"\n", "!\n\n"})
	for _, node := range nodes {
		b.WriteString(rapid.SampledFrom([]string{"", "\t", "\n  ", "# }\n"}).Draw(t, "indent"))
		for i, word := range node.Words {
			if i > 0 {
				b.WriteString(blank.Draw(t, "blank"))
			}
			if word.Quoted {
				b.WriteString(`"` + word.Text + `"`)
			} else {
				b.WriteString(word.Text)
			}
		}
		if node.Block != nil {
			b.WriteString(rapid.SampledFrom([]string{"{", " {", "\n{", " # x\n\n {"}).Draw(t, "open"))
			b.WriteString(rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "gap"))
			write(t, b, node.Block.Nodes)
			b.WriteString("}" + rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "close"))
			continue
		}
		b.WriteString(end.Draw(t, "end"))
	}
}

// TestLayoutDoesNotMatter writes trees in random layouts and reads them back.
func TestLayoutDoesNotMatter(t *testing.T) {
	ignore := cmp.Options{
		cmpopts.IgnoreFields(Node{}, "Rest", "RestPos"),
		cmpopts.IgnoreFields(Block{}, "Open", "Close"),
		cmpopts.IgnoreFields(Word{}, "Pos"),
	}
	rapid.Check(t, func(t *rapid.T) {
		want := Block{Nodes: drawBlock(t, 0)}
		var b strings.Builder
		write(t, &b, want.Nodes)
		snap := load(b.String())
		got, findings := Parse(snap, nil)
		if diff := cmp.Diff(want, got, ignore); diff != "" || len(findings)+len(snap.Diagnostics) > 0 {
			t.Fatalf("%q: %v%v -want +got:\n%s", b.String(), snap.Diagnostics, findings, diff)
		}
	})
}

// A walk checks every position in a tree against the files it came from.
type walk struct {
	files map[string][]string // lines of each file
	plain bool                // nothing was expanded: words stand at their position
}

func newWalk(files MapSource) walk {
	w := walk{files: map[string][]string{}, plain: true}
	for name, text := range files {
		w.files[name] = strings.Split(text, "\n")
		w.plain = w.plain && !strings.ContainsAny(text, `$\`)
	}
	return w
}

func (w walk) pos(pos Pos) error {
	lines, ok := w.files[pos.File]
	if !ok {
		return fmt.Errorf("%v: no such file", pos)
	}
	if pos.Line < 1 || pos.Line > len(lines) {
		return fmt.Errorf("%v: the file has %d lines", pos, len(lines))
	}
	if pos.Col < 1 || int(pos.Col) > len(lines[pos.Line-1])+1 {
		return fmt.Errorf("%v: the line has %d bytes", pos, len(lines[pos.Line-1]))
	}
	return nil
}

// origins checks that the bytes of a line are those at the place in the value they
// come from, or at their position, and the places on the way there.
func (w walk) origins(snap Snapshot, line Line) error {
	for i, span := range line.spans() {
		end := len(line.Text)
		if i+1 < len(line.spans()) {
			end = line.spans()[i+1].Start
		}
		for at := span.Start; at < end; at++ {
			pos := line.At(at)
			f, inside, ok := snap.step(pos.Via)
			if span.Inside && !inside || ok != (pos.Via != 0) {
				return fmt.Errorf("at %d: inside %v, step %v %v %v", at, span.Inside, f, inside, ok)
			}
			switch {
			case span.Inside:
				pos = f.Pos
			case span.Fixed:
				continue
			}
			if err := w.pos(pos); err != nil {
				return err
			}
			if text := w.files[pos.File][pos.Line-1]; int(pos.Col) > len(text) || text[pos.Col-1] != line.Text[at] {
				return fmt.Errorf("byte %q at %d is not at %v: %q", line.Text[at], at, pos, text)
			}
		}
	}
	for _, frame := range snap.Trail(line.At(0)) {
		if err := w.pos(frame.Pos); err != nil || frame.Text == "" {
			return fmt.Errorf("frame %v: %v", frame, err)
		}
	}
	return nil
}

// text checks that a text stands at its position.
func (w walk) text(pos Pos, text string) error {
	if err := w.pos(pos); err != nil || !w.plain {
		return err
	}
	if line := w.files[pos.File][pos.Line-1]; !strings.HasPrefix(line[pos.Col-1:], text) {
		return fmt.Errorf("%v: want %q in %q", pos, text, line)
	}
	return nil
}

func (w walk) block(block Block, depth int) error {
	if depth > MaxBlockDepth {
		return fmt.Errorf("blocks nest %d deep", depth)
	}
	for _, node := range block.Nodes {
		if err := w.node(node, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w walk) node(node Node, depth int) error {
	if len(node.Words) == 0 {
		return fmt.Errorf("node without words")
	}
	for _, word := range node.Words {
		text := word.Text
		if word.Quoted {
			text = `"` + text // the quote at its end may not be there
		}
		if err := w.text(word.Pos, text); err != nil {
			return err
		}
	}
	if err := w.text(node.RestPos, strings.TrimSuffix(node.Rest, `"`)); err != nil {
		return err
	}
	if node.Block == nil {
		return nil
	}
	if err := w.pos(node.Block.Open); err != nil {
		return err
	}
	if node.Block.Close.IsValid() {
		if err := w.text(node.Block.Close, "}"); err != nil {
			return err
		}
	}
	return w.block(*node.Block, depth+1)
}

// check loads and parses files and checks all positions that come out.
func (w walk) check(src MapSource, shape Shape) error {
	snap := loadWithin(smallBounds(), src, "k.conf", goldenOptions())
	tree, findings := Parse(snap, shape)
	if err := w.block(tree, 0); err != nil {
		return err
	}
	for _, line := range snap.Lines {
		if line.Text == "" || strings.ContainsAny(line.Text, "\n\x00") {
			return fmt.Errorf("line %q", line.Text)
		}
		for i := range len(line.Text) + 1 {
			if err := w.pos(line.At(i)); err != nil {
				return fmt.Errorf("%+v at %d: %v", line, i, err)
			}
		}
		if err := w.origins(snap, line); err != nil {
			return fmt.Errorf("%+v: %v", line, err)
		}
	}
	for _, d := range append(snap.Diagnostics, findings...) {
		if err := w.pos(d.Pos); err != nil {
			return fmt.Errorf("%v: %v", d, err)
		}
	}
	return nil
}

func fuzzSeeds() []string {
	return []string{
		"", "a", "}", "{", "a{b{c", "a}}\n{", "\"", "a\"b\"{c}", "\\", "\\#", "a \\", "#", "!{", "\ufeffa", "a\r\nb\r",
		"\x00",
		"vrrp_instance VI_1 {\n interface eth0\n virtual_ipaddress {\n  10.0.0.1/24 dev eth0\n }\n}\n",
		"vrrp_instance \"VI 1 {\n}\nglobal_defs\n router_id a \\# b\n}\n",
		"$A=b\n$A ${A} ${_PWD} $B\n$M=a \\\n b$A \\\n\n$M\nx $M\n${_RANDOM 1 2}${_ENV X}${_HASH}",
		"@foo a\n@^foo b\n@ c\n@", "~SEQ(A,1,3) a$A { b }\n~LST({A,B},{1,2},{3}) ${A}${B}\n~SEQ(",
		"~SEQ(A,2)~LST(B,x,y) $A ${B}",
		"include b.conf\na { include *.conf\ninclude {b.conf,c}\nincludea c", "$A=${A}\n$A", "$A=$A \\\n$A\n$A",
		"include k.conf",
		"global_defs {\ninclude_check read +match\ninclude c\n}",
	}
}

// FuzzLoad gives Load and Parse any files: nothing may panic or run away, and
// every position must be one in the files.
func FuzzLoad(f *testing.F) {
	for _, seed := range fuzzSeeds() {
		f.Add(seed, "b { c }\n}")
	}
	f.Fuzz(func(t *testing.T, main, other string) {
		src := MapSource{"k.conf": main, "b.conf": other}
		for _, shape := range []Shape{nil, testShape} {
			if err := newWalk(src).check(src, shape); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzParse gives Parse lines that Load would not make.
func FuzzParse(f *testing.F) {
	for _, seed := range fuzzSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		snap := Snapshot{Main: "k.conf"}
		for i, line := range strings.Split(text, "\n") {
			snap.Lines = append(snap.Lines, Line{File: "k.conf", Line: int32(i + 1), Col: 1, Text: line})
		}
		w := newWalk(MapSource{"k.conf": text})
		for _, shape := range []Shape{nil, testShape} {
			tree, findings := Parse(snap, shape)
			if err := w.block(tree, 0); err != nil {
				t.Fatal(err)
			}
			if shape != nil {
				if diff := sameStatements(snap, shape, func(k string) bool { return len(k)%2 == 0 }); diff != "" {
					t.Fatalf("-tree +one by one:\n%s", diff)
				}
			}
			for _, d := range findings {
				if err := w.pos(d.Pos); err != nil {
					t.Fatalf("%v: %v", d, err)
				}
			}
		}
	})
}

// FuzzScriptWords checks that splitting ends, and that words without anything
// special in them are split at their blanks.
func FuzzScriptWords(f *testing.F) {
	for _, seed := range []string{"", "\f", "a\n\vb\r", "a b", `"a 'b c'" d`, `a\ b`, `\x41\101\cA\`, `"`, `'`, `\x`,
		`\c`, "a\x00", `"\"'"'`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, err := ScriptWords(Node{Rest: text})
		for _, word := range words {
			if strings.ContainsRune(word, 0) {
				t.Fatalf("%q: NUL in %q", text, word)
			}
		}
		if strings.ContainsAny(text, "\"'\\\x00") {
			return
		}
		want := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n\f\v\r", r) })
		if diff := cmp.Diff(want, words, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%q: %v -want +got:\n%s", text, err, diff)
		}
	})
}

func TestParseBoundsDepth(t *testing.T) {
	text := strings.Repeat("a{", 5000)
	src := MapSource{"k.conf": text}
	if err := newWalk(src).check(src, nil); err != nil {
		t.Error(err)
	}
	all := func([]string, string) Form { return FormBlock }
	text = strings.Repeat("a\n", 5000)
	src = MapSource{"k.conf": text}
	if err := newWalk(src).check(src, all); err != nil {
		t.Error(err)
	}
}

// large is a configuration of about n lines.
func large(n int) string {
	var b strings.Builder
	for i := 0; i < n/10; i++ {
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n    state BACKUP\n    interface eth%d\n    virtual_router_id %d # id\n", i,
			i, i%255)
		fmt.Fprintf(&b, "    priority 100\n    virtual_ipaddress {\n        10.%d.%d.1/24 dev eth%d label \"a b\"\n",
			i/256%256, i%256, i)
		fmt.Fprintf(&b, "    }\n    notify \"/usr/bin/true 'a b'\" root\n}\n")
	}
	return b.String()
}

func BenchmarkLoadAndParse40000(b *testing.B) {
	src := MapSource{"k.conf": large(40000)}
	b.SetBytes(int64(len(src["k.conf"])))
	b.ReportAllocs()
	for b.Loop() {
		snap := Load(src, "k.conf", Options{})
		if tree, findings := Parse(snap, testShape); len(tree.Nodes) != 4000 || len(findings) > 0 {
			b.Fatal(len(tree.Nodes), findings)
		}
	}
}
