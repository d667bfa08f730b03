package language

import (
	"fmt"
	"slices"
	"strings"

	"holdfast/config/syntax"
)

// strangers are the files that look like something else, and those without a statement that begins with
// a keyword or a word like one. What a slip can look like counts only without a block of ours.
func (l *Language) strangers(known []syntax.Foreign, statements syntax.Statements) (out []stranger) {
	top, suspect := l.block(""), len(known) > 0
	// Most files are what they should be: a first look at the keywords alone spares them the survey.
	// It wants no statement, so that no block is read for it.
	statements.Each(func(keyword string) bool { suspect = suspect || top[keyword] == nil; return false },
		func(syntax.Node) {})
	if !suspect {
		return nil
	}
	files := l.survey(statements)
	for _, f := range known {
		// A semicolon behind each line does not make something else of a file with a vrrp_instance in it.
		if ours := files.of(f.File).blocks; !f.Weak || !ours {
			out = append(out, stranger{f, ours})
		}
	}
	for _, name := range files.names {
		// A file of which its first bytes or lines tell more is in the list already.
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

// familiar reports whether a statement, or one in its block, begins with a keyword of any block: what is
// left of a block with a damaged first line has them.
func (l *Language) familiar(n syntax.Node) bool {
	return len(l.Blocks(n.Keyword())) > 0 || n.Block != nil && slices.ContainsFunc(n.Block.Nodes, l.familiar)
}

func (l *Language) survey(statements syntax.Statements) survey {
	s := survey{files: map[string]*fileSurvey{}}
	top := l.block("")
	statements.Each(func(string) bool { return true }, func(n syntax.Node) {
		word, f := n.Keyword(), s.of(n.Pos().File)
		f.blocks = f.blocks || top[word] != nil && top[word].Opens && !n.Words[0].Quoted // JSON quotes it
		// A misspelt keyword, a reference, or a brace too many: slips in a file of ours.
		f.words = f.words || l.Nearest("", word) != "" || strings.HasPrefix(word, "$") || word == "}" || l.familiar(n)
		// The first statement of the file: its first word is the one to show.
		if f.count == 0 && len(n.Words) > 0 {
			s.names, f.first = append(s.names, n.Pos().File), n.Words[0]
		}
		f.count += len(n.Words)
		// What stands behind a command is one piece, however many words it has.
		if n.Rest != "" {
			f.count++
		}
	})
	return s
}
