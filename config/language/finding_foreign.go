package language

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast/config/syntax"
)

// ForeignFile is the rule of a file that is something else than a configuration.
const ForeignFile = "foreign-file"

// A stranger is a file that seems to be something else than a configuration.
type stranger struct {
	syntax.Foreign
	ours bool // it has blocks of a configuration all the same
}

// withForeign puts before the findings of a file that it seems to be something else.
func withForeign(strangers []stranger, diags []syntax.Diagnostic) []syntax.Diagnostic {
	for _, f := range strangers {
		var of, rest []syntax.Diagnostic
		at := -1
		for _, d := range diags {
			if d.Pos.File != f.File {
				rest = append(rest, d)
				continue
			}
			if at < 0 {
				at = len(rest)
			}
			of = append(of, d)
		}
		if slices.ContainsFunc(of, func(d syntax.Diagnostic) bool { return d.Severity > syntax.Note }) {
			diags = slices.Insert(rest, at, f.before(of)...)
		}
	}
	return diags
}

// before gives the findings of a file behind the one that it is something else, which is as bad as the
// worst of them and counts as they do.
func (f stranger) before(of []syntax.Diagnostic) []syntax.Diagnostic {
	head := syntax.Diagnostic{Pos: syntax.Pos{File: f.File, Line: 1, Col: 1}, Class: syntax.Class(ExitStatus(of)),
		ID:   ForeignFile,
		Text: "this is no configuration of keepalived: it " + f.What}
	for _, d := range of {
		head.Severity = max(head.Severity, d.Severity)
	}
	shown := of
	if !f.ours {
		shown = withoutCrop(of)
	}
	switch more := len(of) - len(shown); {
	case more == 1:
		head.Text += "; 1 more finding follows from that"
	case more > 1:
		head.Text += "; " + strconv.Itoa(more) + " more findings follow from that"
	}
	return append([]syntax.Diagnostic{head}, shown...)
}

// withoutCrop leaves three of the many errors of a file in which nothing is ours. Where there are so few
// that they can all be read, only advice goes.
func withoutCrop(of []syntax.Diagnostic) []syntax.Diagnostic {
	const most = 3
	var errors, faults []syntax.Diagnostic
	for _, d := range of {
		if d.Severity >= syntax.Error {
			errors = append(errors, d)
		}
		if d.Severity > syntax.Note {
			faults = append(faults, d)
		}
	}
	switch {
	case len(errors) == 0:
		return of
	case len(errors) > most:
		return errors[:most]
	}
	return faults
}

// strangers are the files that look like something else, and those without a statement that begins with
// a keyword or a word like one. What a slip can look like counts only without a block of ours.
func (l *Language) strangers(known []syntax.Foreign, statements syntax.Statements) (out []stranger) {
	top, suspect := l.block(""), len(known) > 0
	statements.Each(func(keyword string) bool { suspect = suspect || top[keyword] == nil; return false },
		func(syntax.Node) {})
	if !suspect {
		return nil
	}
	files := l.survey(statements)
	for _, f := range known {
		if ours := files.of(f.File).blocks; !f.Weak || !ours {
			out = append(out, stranger{f, ours})
		}
	}
	for _, name := range files.names {
		told := slices.ContainsFunc(known, func(f syntax.Foreign) bool { return f.File == name })
		if f := files.of(name); !told && !f.words && f.count > 1 { // one word is not much to tell by
			what := fmt.Sprintf("has no statement of keepalived: %d:%d '%s' is none", f.first.Pos.Line, f.first.Pos.Col,
				f.first.Text)
			out = append(out, stranger{syntax.Foreign{File: name, What: what, Weak: true}, false})
		}
	}
	return out
}

// A survey is what there is of a configuration in each file.
type survey struct {
	names []string // in the order of their first statements
	files map[string]*fileSurvey
}

type fileSurvey struct {
	blocks bool        // a statement at the top level is a block of ours
	words  bool        // a statement, or one within an unknown block, begins with a word of ours
	count  int         // words of the statements
	first  syntax.Word // of them
}

// of is what there is in a file.
func (s *survey) of(name string) *fileSurvey {
	if s.files[name] == nil {
		s.files[name] = &fileSurvey{}
	}
	return s.files[name]
}

func (l *Language) survey(statements syntax.Statements) survey {
	s := survey{files: map[string]*fileSurvey{}}
	top := l.block("")
	statements.Each(func(string) bool { return true }, func(n syntax.Node) {
		word, f := n.Keyword(), s.of(n.Pos().File)
		f.blocks = f.blocks || top[word] != nil && top[word].Opens && !n.Words[0].Quoted // JSON quotes it
		f.words = f.words || l.Nearest("", word) != "" || strings.HasPrefix(word, "$") || word == "}" || l.familiar(n)
		if f.count == 0 && len(n.Words) > 0 {
			s.names, f.first = append(s.names, n.Pos().File), n.Words[0]
		}
		f.count += len(n.Words)
		if n.Rest != "" {
			f.count++
		}
	})
	return s
}

// familiar reports whether a statement, or one in its block, begins with a keyword of any block: what is
// left of a block with a damaged first line has them.
func (l *Language) familiar(n syntax.Node) bool {
	return len(l.Blocks(n.Keyword())) > 0 || n.Block != nil && slices.ContainsFunc(n.Block.Nodes, l.familiar)
}
