// Package syntax reads the text of keepalived.conf: it joins files and
// includes into one snapshot of lines, and parses a snapshot into a tree in
// which every word knows where it stands. It knows nothing of keywords beyond
// the shape they give to a line (see Shape).
//
// It reads what keepalived 2.2.7 reads, but for these, all of which it reports:
//
//   - a block after an unknown keyword is skipped as a whole (grammar 6.5);
//   - a statement with a quote that is not closed is left out, unless it opens a block (4.3);
//   - a brace that is missing or too many is put right, see Parse (6.6, 6.7);
//   - a line longer than keepalived's buffer is one line (2.1), and a byte
//     order mark is no part of the first word;
//   - a reference ${NAME} that nothing defines stays text: its braces are not
//     those of a block (7.4);
//   - what goes round in circles ends at a bound (see MaxIncludeDepth).
package syntax

import (
	"fmt"
	"time"
)

// Pos is a place in a configuration file. Line and Col count from 1; Col counts
// bytes. The zero Pos means "no place" (a finding about the whole configuration).
type Pos struct {
	File string
	Line int
	Col  int32
	// Via tells how the text of this place came into the configuration, see
	// Snapshot.Trail; 0 for text that stands in the main file as it is.
	Via int32
}

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String prints p as file:line:col, the form editors jump to.
func (p Pos) String() string {
	if !p.IsValid() {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// A Word is one token of a statement: bare text, or the content of a double
// quoted string (grammar 4.1).
type Word struct {
	Text   string
	Quoted bool
	Pos    Pos
}

// A Node is one statement: its words and, when it opens one, its block.
// Rest is the statement's text after the first word with comments removed, for
// keywords that read it with the script tokenizer (see ScriptWords).
type Node struct {
	Words   []Word
	Rest    string
	RestPos Pos
	Block   *Block
	// Cut tells that a quote was not closed: the finding is there already, and the
	// words from the quote on are not (grammar 4.3).
	Cut bool
	// Own tells that the first word stands on a line for this program alone, see OwnID.
	Own bool
}

// Pos is where the statement's first word stands.
func (n Node) Pos() Pos {
	if len(n.Words) == 0 {
		return n.RestPos
	}
	return n.Words[0].Pos
}

// Keyword is the text of the first word, "" if there is none.
func (n Node) Keyword() string {
	if len(n.Words) == 0 {
		return ""
	}
	return n.Words[0].Text
}

// Args are the words after the keyword.
func (n Node) Args() []Word {
	if len(n.Words) == 0 {
		return nil
	}
	return n.Words[1:]
}

// A Block is the part of the text between two braces; at the root, the whole text.
type Block struct {
	Nodes []Node
	Open  Pos // of the '{'; the zero Pos at the root
	Close Pos // of the '}'; the zero Pos if it is missing
}

// Severity orders findings.
type Severity uint8

// Note is advice, Warning is something corrected or ignored, Error is something
// wrong that costs a part of the configuration, Fatal makes it impossible to run.
const (
	Note Severity = iota
	Warning
	Error
	Fatal
)

// String is the word printed in a diagnostic.
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	default:
		return "error"
	}
}

// Class is what a finding counts as for the exit status of a configuration
// test (grammar 9.4): the numerically highest class wins.
type Class uint8

// The classes, numbered as the exit status they lead to.
const (
	ClassNone          Class = 0 // printed, not counted
	ClassMissingParam  Class = 2 // mandatory argument missing: stops at once
	ClassCannotRun     Class = 4
	ClassConfigError   Class = 5
	ClassSecurityError Class = 6 // also: a checked include is missing
)

// A Diagnostic is one finding about the configuration. Text says what is wrong
// and, where there is one, the way out, without the position.
type Diagnostic struct {
	Pos      Pos
	Severity Severity
	Class    Class
	// ID names the rule that was broken, in words that stay the same when Text
	// changes: "missing-close-brace". Package finding lists them.
	ID   string
	Text string
	// About is for those who decide by a finding: its Text is for people only.
	About About
	// Related points at a second place ("first defined here"), if there is one.
	Related     Pos
	RelatedText string
	// Trail is how the text at Pos came there, see Snapshot.Trace.
	Trail []Frame
}

// About is what a finding is about, as far as it was said while a statement was bound. The zero value
// says nothing: findings of reading files, and those about several objects, leave it so.
type About struct {
	Block   string // path of the blocks around the statement, "" at the top level
	Keyword string // of the statement
	Object  string // name of the vrrp object that the statement is of, "" if it is of none
	// Reference is the word at Pos if that is one to a definition which is not there: "$NAME".
	Reference string
	// Unbuilt is what the finding says has no effect yet: a keyword, perhaps with the value that has none.
	Unbuilt string
	Part    Part // which part of the program it concerns
}

// Part is a part of the program that can be left out of it.
type Part uint8

// The zero value concerns all parts.
const (
	WholeProgram Part = iota
	VRRPPart
	CheckerPart
)

// String prints "file:line:col: severity: text".
func (d Diagnostic) String() string {
	if !d.Pos.IsValid() && d.Pos.File == "" {
		return d.Severity.String() + ": " + d.Text
	}
	return d.Pos.String() + ": " + d.Severity.String() + ": " + d.Text
}

// A Line is one line of statements after the preprocessor, with where it came
// from: blanks at both ends and comments are gone, Text is never empty and holds
// no line end. File, Line, Col and Via are the place of the first byte of Text;
// Spans is nil if all of Text stands there as it is. See Line.At. Own tells that it is
// for this program alone, see OwnID.
type Line struct {
	File  string
	Line  int32
	Col   int32
	Via   int32
	Own   bool
	Text  string
	Spans []Span
}

// A Span says where a part of a line's text came from: the part from Start
// (an offset in Text) up to the next span's Start. If Fixed, every byte of it
// came from the one place Pos, as the value of a definition does from the
// reference to it; otherwise it stands in a row from Pos on. If Inside, which
// implies Fixed, Pos.Via is that of the first byte, and counts up.
type Span struct {
	Start  int
	Pos    Pos
	Fixed  bool
	Inside bool
}

// A Snapshot is the whole configuration as text, after includes were read: what
// the supervisor reads once and binds. It is immutable.
type Snapshot struct {
	Main        string // the file name given on the command line
	Lines       []Line
	Diagnostics []Diagnostic // findings of reading: missing includes, NUL bytes, ...
	Files       []string     // every file read, in order
	Written     time.Time    // when the newest of them was last written; zero if nobody knows. Not set by Load.
	Foreign     []Foreign    // those of them that seem to be something else
	Own         int          // lines that only this program reads, or only keepalived: @holdfast, @^holdfast
	Origins     []Origin     // what Pos.Via stands for; nil if nothing was expanded or included
}
