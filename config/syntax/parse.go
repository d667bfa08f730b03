package syntax

import (
	"fmt"
	"slices"
	"strings"
)

// Form is what may stand after a keyword.
type Form uint8

const (
	// FormUnknown is a word that is no keyword in its place, or one of which
	// nothing is known: a '{' makes it a block.
	FormUnknown Form = iota
	// FormLine is a keyword that ends with its line, or an entry of a value block:
	// a '{' after it is dropped (grammar 6.4).
	FormLine
	// FormBlock is a keyword that opens a block: a missing '{' is thought to
	// be there (grammar 6.3).
	FormBlock
)

// A Shape tells the form of a keyword inside the blocks opened by the keywords
// of path, the outermost first. It must not keep path, and is not asked of what is in
// the block of a FormUnknown. A nil Shape knows nothing, and the braces alone decide.
type Shape func(path []string, keyword string) Form

// MaxBlockDepth is how deep blocks may nest.
const MaxBlockDepth = 100

// Parse makes the tree of a snapshot. It never fails: statements that could not
// be read are left out and reported. Every Diagnostic is of ClassConfigError.
//
// One deviation from keepalived: if the first word of a statement that opens a
// block is no keyword, keepalived reads the block as part of the enclosing one
// (grammar 6.5). Here it becomes the Block of that statement, to be skipped as
// a whole.
//
// Where braces do not match, the keywords and the indentation around tell, with a
// Shape, which one is missing or too many: that is reported once, and the rest is
// read as it was meant. A statement with a quote that is not closed is left out;
// one that opens a block is read as if the quote ended with the line.
func Parse(s Snapshot, shape Shape) (Block, []Diagnostic) {
	if shape == nil {
		shape = func([]string, string) Form { return FormUnknown }
		return parse(s, &parser{shape: shape}).result()
	}
	p := parse(s, &parser{shape: shape})
	// Only then is it read again: the braces of nearly every text match.
	if p.unbalanced {
		p = mend(s, shape, p.tokens)
	}
	return p.result()
}

func (p *parser) result() (Block, []Diagnostic) {
	root := p.stack[0].block
	root.Nodes = p.nodes
	return root, p.diagnostics
}

// parse goes through a snapshot once.
func parse(s Snapshot, p *parser) *parser {
	p.push(Node{}, Pos{}, false)
	p.lines(s.Lines, 0)
	p.eof()
	return p
}

// lines goes through lines of a snapshot, of which the first has a number.
func (p *parser) lines(lines []Line, number int) {
	for i, line := range lines {
		p.number, p.before = number+i, p.tokens
		p.line(line)
	}
}

type parser struct {
	shape       Shape
	diagnostics []Diagnostic
	stack       []frame // open blocks; the root is always there
	path        []string
	last        pending
	nodes       []Node   // finished statements of the open blocks, the outermost first
	words       []Word   // of one line, before they are kept
	kept        struct { // what the tree is made of
		nodes  pieces[Node]
		words  pieces[Word]
		blocks pieces[Block]
	}
	number     int                  // of this line
	before     int                  // tokens before it
	begins     func(keyword string) // at the root, begins a statement
	skip       bool                 // no tree is made of what is read
	taken      func(Node)           // is given each tree, and nothing of it is kept
	unbalanced bool                 // braces do not match
	tokens     int                  // statements and braces so far
	at         spot                 // of the last one
	edits      map[spot]*edit       // what is done to tokens
	mended     map[site]bool        // statements whose blocks were closed by an edit
	events     *[]event             // where tokens are written down for blame
}

// A frame is an open block and the statement that opened it.
type frame struct {
	node    Node
	block   Block
	from    int  // where its statements begin in parser.nodes
	dropped bool // the statement was not understood: the block goes with it
	unknown bool // of FormUnknown, or in one that is
}

// pending is the statement just read, which may get a block yet.
type pending struct {
	ok      bool
	node    Node
	form    Form
	dropped bool
}

func (p *parser) report(pos Pos, id, format string, args ...any) {
	p.add(Diagnostic{Pos: pos, Severity: Error, Class: ClassConfigError, ID: id, Text: fmt.Sprintf(format, args...)})
}

func (p *parser) add(d Diagnostic) { p.diagnostics = addFinding(p.diagnostics, d) }

// line takes a line apart at its braces (grammar 6.1).
func (p *parser) line(line Line) {
	if !p.ordinary(line) {
		p.general(line)
	}
}

// keep gives the words of a statement to its node.
func (p *parser) keep(words []Word) []Word {
	if p.begins != nil && len(p.stack) == 1 {
		p.begins(words[0].Text)
	}
	if p.skip {
		return words // it lives as long as they do
	}
	return p.kept.words.keep(words)
}

// general is line for all lines.
func (p *parser) general(line Line) {
	for line = line.trim(spaces); line.Text != ""; line = line.trim(spaces) {
		brace := BraceAt(line.Text)
		if brace < 0 {
			p.statement(line)
			return
		}
		if head := line.cut(0, brace).trim(spaces); head.Text != "" {
			p.statement(head)
		}
		p.brace(line.Text[brace], line.At(brace))
		if brace == len(line.Text)-1 {
			return
		}
		line = line.cut(brace+1, len(line.Text))
	}
}

// ordinary takes a line of bare words with at most one brace, at its end, which most
// lines are: it needs no more than one look. False if the line is not like that.
func (p *parser) ordinary(line Line) bool {
	if !strings.HasPrefix(line.Text, "{") {
		p.settle() // while its words are there
	}
	text, words, brace := line.Text, p.words[:0], byte(0)
	start, rest, end := -1, 0, 0 // of a word, of the second one, of the last one
	for i := 0; i <= len(text); i++ {
		c := byte(' ') // what a word ends at
		if i < len(text) {
			c = text[i]
		}
		// Where this returns false no statement has begun yet, and general takes the whole line.
		switch c {
		case '"', '\\', '$':
			return false
		case '{', '}':
			if brace = c; i < len(text)-1 {
				return false
			}
			fallthrough
		case ' ', '\t', '\f', '\v', '\r':
			if start >= 0 {
				if len(words) == 1 {
					rest = start
				}
				words = append(words, Word{Text: text[start:i], Pos: line.At(start)})
				start, end = -1, i
			}
		default:
			if start < 0 {
				start = i
			}
		}
	}
	if p.words = words; len(words) > 0 {
		node := Node{Words: p.keep(words), RestPos: line.At(end), Own: line.Own}
		if len(words) > 1 {
			node.Rest, node.RestPos = text[rest:end], words[1].Pos
		}
		p.began(node)
	}
	if brace != 0 {
		p.brace(brace, line.At(len(text)-1))
	}
	return true
}

// began takes a statement that may get a block yet.
func (p *parser) began(node Node) {
	p.edit('s', node.Words[0].Pos, node.Words[0].Text)
	p.last = pending{ok: true, node: node}
	if !p.stack[len(p.stack)-1].unknown {
		p.last.form = p.shape(p.path, node.Words[0].Text)
	}
}

func (p *parser) brace(brace byte, pos Pos) {
	if p.edit(brace, pos, "") {
		return
	}
	if brace == '{' {
		p.open(pos)
	} else {
		p.close(pos)
	}
}

// statement takes the words before a brace or the end of the line.
func (p *parser) statement(line Line) {
	p.settle()
	line = p.unescape(line)
	if line.Text == "" {
		return
	}
	var braces Line
	words, whole := splitWords(line, p.words[:0])
	kept := len(words) // of a statement that is cut
	// A backslash before a quote is nothing to the words, but keepalived says so.
	if whole && unterminated(line.Text) {
		p.add(Diagnostic{Pos: line.At(0), Severity: Warning, Class: ClassConfigError, ID: "unterminated-quote",
			Text: "Unterminated quote '" + line.Text + "'"})
	}
	if !whole {
		if !unterminated(line.Text) {
			kept = 1
		}
		line, braces = p.closeQuote(line)
		words, _ = splitWords(line, words[:0])
	}
	p.words = words
	words = p.keep(words)
	node := Node{Words: words, Own: line.Own}
	after := len(words[0].Text)
	if words[0].Quoted {
		after += 2
	}
	if after < len(line.Text) {
		node.Rest = strings.TrimLeft(line.Text[after:], spaces)
		node.RestPos = line.At(len(line.Text) - len(node.Rest))
	} else {
		node.RestPos = line.At(len(line.Text))
	}
	p.began(node)
	if !whole && p.last.form != FormBlock {
		p.last.node = Node{Words: words[:max(1, kept)], RestPos: line.At(len(line.Text)), Cut: true,
			Own: line.Own}
		p.last.dropped = p.last.form == FormUnknown || words[0].Quoted
	}
	for i := range len(braces.Text) {
		if c := braces.Text[i]; c == '{' || c == '}' {
			p.brace(c, braces.At(i))
		}
	}
}

// closeQuote reports a quote that is not closed (grammar 4.3), and closes it at the
// end of the line; braces there were not meant to be in it.
func (p *parser) closeQuote(line Line) (closed, braces Line) {
	if unterminated(line.Text) {
		p.report(line.At(0), "unterminated-quote", "Unterminated quote '%s'", line.Text)
	} else {
		p.report(line.At(0), "unmatched-quote", "Unmatched quote: '%s'", line.Text)
	}
	end := len(strings.TrimRight(line.Text, spaces+"{}"))
	closed = line.cut(0, end)
	return closed.join(Line{File: closed.File, Text: `"`,
		Spans: []Span{{Pos: closed.At(end), Fixed: true}}}), line.cut(end, len(line.Text))
}

// unescape sees to '\#' and '\!' outside quotes (grammar 3.3): the process that
// reads global_defs takes the character as it is, the others take it as the
// beginning of a comment.
func (p *parser) unescape(line Line) Line {
	line = closeUp(line)
	i := escapedComment(line.Text)
	if i < 0 {
		return line
	}
	if len(p.path) > 0 && p.path[0] != "global_defs" {
		text := fmt.Sprintf("'%s' begins a comment outside global_defs, as in keepalived: quote the word instead",
			line.Text[i:i+2])
		p.add(Diagnostic{Pos: line.At(i), Severity: Warning, ID: "escaped-comment", Text: text})
		return line.cut(0, i).trim(spaces)
	}
	for ; i >= 0; i = escapedComment(line.Text) {
		line = line.cut(0, i).join(line.cut(i+1, len(line.Text)))
	}
	return line
}

// closeUp drops the spaces before a backslash at the end of a line: outside
// definitions it continues nothing and is part of the last word (grammar 7.3).
func closeUp(line Line) Line {
	head, ok := strings.CutSuffix(line.Text, `\`)
	if !ok {
		return line
	}
	end := len(strings.TrimRight(head, spaces))
	if end == len(head) || end == 0 {
		return line
	}
	return line.cut(0, end).join(line.cut(len(head), len(line.Text)))
}

// settle ends the statement before: no '{' came for it on its line, and what
// comes now is none.
func (p *parser) settle() {
	if !p.last.ok {
		return
	}
	if p.last.form == FormBlock {
		at := p.last.node.Pos()
		p.report(at, "missing-open-brace", "Missing '{' at beginning of configuration block '%s'",
			p.last.node.Keyword())
		p.open(at)
		return
	}
	p.append(p.last.node, p.last.dropped)
	p.last = pending{}
}

// append puts a finished statement into the innermost open block.
func (p *parser) append(node Node, dropped bool) {
	switch {
	case dropped || p.skip:
	case p.taken == nil || len(p.stack) > 1:
		p.nodes = append(p.nodes, node)
	default:
		p.taken(node)
		// Whoever was given the tree has done with it (see Statements.Each).
		p.kept.nodes.reset()
		p.kept.words.reset()
		p.kept.blocks.reset()
	}
}

func (p *parser) push(node Node, open Pos, dropped bool) {
	p.stack = append(p.stack, frame{node: node, block: Block{Open: open}, from: len(p.nodes), dropped: dropped})
}

func (p *parser) open(pos Pos) {
	if !p.last.ok || p.last.form == FormLine {
		p.report(pos, "unexpected-open-brace", "Unexpected '{' - ignoring")
		p.unbalanced = p.unbalanced || p.last.ok
		return
	}
	if len(p.path) == MaxBlockDepth {
		p.report(pos, "block-depth", "Unexpected '{' - ignoring: blocks nest more than %d deep", MaxBlockDepth)
		p.last.form = FormLine
		p.settle()
		return
	}
	last, unknown := p.last, p.stack[len(p.stack)-1].unknown
	p.last = pending{}
	p.push(last.node, pos, last.dropped)
	p.stack[len(p.stack)-1].unknown = unknown || last.form == FormUnknown
	p.path = append(p.path, last.node.Keyword())
}

func (p *parser) close(pos Pos) {
	p.settle()
	if len(p.stack) == 1 {
		p.report(pos, "extra-close-brace", "Extra '}' found")
		p.unbalanced = true
		return
	}
	p.pop(pos)
}

func (p *parser) pop(pos Pos) {
	top := &p.stack[len(p.stack)-1]
	p.stack = p.stack[:len(p.stack)-1]
	p.path = p.path[:len(p.path)-1]
	node := top.node
	if !p.skip {
		node.Block = p.kept.blocks.one(Block{Nodes: p.kept.nodes.keep(p.nodes[top.from:]), Open: top.block.Open,
			Close: pos})
	}
	// They have been copied into the block, and their room is used again.
	p.nodes = p.nodes[:top.from]
	p.append(node, top.dropped)
}

// notClosed is what is said of the outermost of some blocks that are not closed.
const notClosed = "There are %d missing '}'s or extra '{'s: the block '%s' opened here is not closed"

// eof finishes what is open (grammar 6.7).
func (p *parser) eof() {
	open := len(p.stack)
	p.settle()
	if len(p.stack) > open { // the last line opened a block that has nothing in it
		p.pop(Pos{})
	}
	missing := len(p.stack) - 1
	if missing == 0 {
		return
	}
	p.unbalanced = true
	// After the report, which needs the blocks that are open.
	defer func() {
		for len(p.stack) > 1 {
			p.pop(Pos{})
		}
	}()
	p.sayNotClosed(missing)
}

// sayNotClosed reports the outermost block that the file does not close, and notes those inside of it.
func (p *parser) sayNotClosed(missing int) {
	if !slices.ContainsFunc(p.stack[1:], func(f frame) bool { return !p.mended[f.node.Pos().site()] }) {
		return // the last turn of a loop lacks what all lack
	}
	outer := p.stack[1]
	p.report(outer.block.Open, "missing-close-brace", notClosed, missing, outer.node.Keyword())
	for _, inner := range p.stack[2:] {
		text := fmt.Sprintf("the block '%s' opened here is not closed", inner.node.Keyword())
		p.add(Diagnostic{Pos: inner.block.Open, Severity: Note, ID: "missing-close-brace", Text: text})
	}
}
