package syntax

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// The bounds of Load. They are far beyond any configuration that works, and
// keep one that goes round in circles from eating the machine.
const (
	MaxIncludeDepth = 64        // files that include one another
	MaxFiles        = 10_000    // files read, each as often as it is included
	MaxLines        = 1_000_000 // lines of statements after the preprocessor
	MaxBytes        = 16 << 20  // bytes read, and bytes after the preprocessor
	MaxLineBytes    = 64 << 10  // bytes of one line, before and after expansion
	MaxExpansions   = 1_000     // replacements for one line
	MaxWork         = 256 << 20 // bytes that went through the preprocessor, with every repetition

	MaxExpansionDepth = 100 // definitions of several lines and loops inside one another
)

// MaxDiagnostics is how many findings Load and Parse report each; Fatal ones
// are always reported.
const MaxDiagnostics = 1_000

// What a line, and a pattern that files are looked for with, count for MaxWork
// beyond their bytes.
const (
	workPerLine    = 64
	workPerPattern = 4096
)

// keepalivedLine is what keepalived takes as one line (grammar 2.1).
const keepalivedLine = 1022

// Options are what the command line and the host add to the files.
type Options struct {
	ConfigID    string // -i: what @ lines compare with and ${_INSTANCE} gives
	AllIncludes bool   // -e: all include checks are on
	// Keepalived leaves the lines of OwnID out, as keepalived does: what it would make of the files.
	Keepalived bool
	// MissingIsError makes an include that finds nothing, or nothing it can read, an
	// error also where keepalived goes on without it. What may be empty stays so.
	MissingIsError bool
	Dir            string // absolute working directory, for ${_PWD} of relative file names
	// Getenv answers ${_ENV NAME}; nil is an empty environment.
	Getenv func(name string) string
	// Seed makes ${_RANDOM} repeatable.
	Seed uint64
}

// Load reads file and everything it includes, and runs the preprocessor
// (grammar 2, 3, 7). The file may be a pattern, as an include may.
// It never fails: what went wrong is in Snapshot.Diagnostics, and a snapshot
// without Files means that there is no usable configuration file.
// Findings about the main file count as ClassNone, with AllIncludes as
// ClassCannotRun (grammar 9.4); those about a checked include as
// ClassSecurityError.
func Load(src Source, file string, opt Options) Snapshot {
	return loadWithin(bounds{files: MaxFiles, lines: MaxLines, bytes: MaxBytes, work: MaxWork}, src, file, opt)
}

// bounds are those of a whole run, see the constants.
type bounds struct{ files, lines, bytes, work int }

func loadWithin(b bounds, src Source, file string, opt Options) Snapshot {
	l := &loader{
		bounds:      b,
		src:         src,
		opt:         opt,
		definitions: map[string]definition{},
		random:      rand.New(rand.NewPCG(opt.Seed, 0)),
		nextVia:     1,
		snap:        Snapshot{Main: file},
	}
	if opt.AllIncludes {
		l.checks = checkAll
	}
	l.mainFile(file)
	l.snap.Diagnostics = Once(l.snap.Diagnostics)
	l.snap.Trace(l.snap.Diagnostics)
	return l.snap
}

// A loader is one run of Load.
type loader struct {
	bounds
	src         Source
	opt         Options
	snap        Snapshot
	checks      check // in force now
	own         bool  // this line is for us alone
	ownTold     bool  // that it is not, on a host whose config-id is OwnID
	depth       int   // files open
	read        int   // bytes read
	written     int   // bytes in snap.Lines
	stopped     bool  // a bound was reached
	dropped     bool  // the rest of this line of the file is given up
	definitions map[string]definition
	collecting  string     // name of the definition of several lines that is being read
	pending     definition // its lines
	continued   bool       // the physical line ends with a backslash
	nesting     int        // of calls of statement
	outer       int        // of them, those around the include of this file
	worked      int        // bytes that went through statement
	blocks      int        // open
	root        string     // keyword of the outermost one
	random      *rand.Rand
	file        string // being read
	via         int32  // of its lines
	nextVia     int32  // not yet used
}

func (l *loader) report(pos Pos, severity Severity, class Class, id, format string, args ...any) {
	// Not even put into words: a loop can give one at each turn.
	if len(l.snap.Diagnostics) > MaxDiagnostics && severity != Fatal {
		return
	}
	l.snap.Diagnostics = addFinding(l.snap.Diagnostics,
		Diagnostic{Pos: pos, Severity: severity, Class: class, ID: id, Text: fmt.Sprintf(format, args...)})
}

// addFinding appends to findings within MaxDiagnostics.
func addFinding(all []Diagnostic, d Diagnostic) []Diagnostic {
	switch {
	case len(all) < MaxDiagnostics || d.Severity == Fatal:
		return append(all, d)
	// This one makes the list longer, so it is said once.
	case len(all) == MaxDiagnostics:
		return append(all,
			Diagnostic{Pos: d.Pos, Severity: Note, ID: "too-many-findings",
				Text: "more findings from here on are not reported"})
	}
	return all
}

// stop ends reading because of a bound.
func (l *loader) stop(pos Pos, id, format string, args ...any) {
	if l.stopped {
		return
	}
	l.stopped = true
	l.report(pos, Fatal, ClassCannotRun, id, format, args...)
}

// drop gives up on the line of the file that is being dealt with.
func (l *loader) drop(pos Pos, id, format string, args ...any) {
	l.dropped = true
	l.report(pos, Error, ClassConfigError, id, format, args...)
}

// ended reports whether nothing more is wanted from the line.
func (l *loader) ended() bool { return l.stopped || l.dropped }

// readFile reads one file. The state of include_check is its own.
func (l *loader) readFile(name string, from Pos) error {
	if l.depth == MaxIncludeDepth {
		l.stop(from, "bound-include-depth", "include '%s': files include one another more than %d deep", name,
			MaxIncludeDepth)
		return nil
	}
	if len(l.snap.Files) == l.files {
		l.stop(from, "bound-files", "include '%s': more than %d files", name, l.files)
		return nil
	}
	// One byte more than may be read, so that too much can be told from enough.
	text, err := l.src.ReadFile(name, l.bytes-l.read+1)
	if err != nil {
		return err
	}
	if l.read += len(text); l.read > l.bytes {
		l.stop(from, "bound-bytes", "file '%s': more than %d bytes of configuration", name, l.bytes)
		return nil
	}
	l.snap.Files = append(l.snap.Files, name)
	if f, ok := foreign(name, text); ok {
		l.snap.Foreign = append(l.snap.Foreign, f)
	}
	// They belong to the file around: include_check ends with the file it stands in (grammar 7.1).
	file, via, checks, outer := l.file, l.via, l.checks, l.outer
	l.file, l.depth, l.outer = name, l.depth+1, l.nesting
	if from.IsValid() {
		l.via = l.around(Frame{Pos: from, Text: "included from"})
	}
	l.snap.Lines = slices.Grow(l.snap.Lines, min(strings.Count(text, "\n"), l.bounds.lines-len(l.snap.Lines)))
	l.lines(text)
	l.file, l.via, l.depth, l.checks, l.outer = file, via, l.depth-1, checks, outer
	return nil
}

const byteOrderMark = "\ufeff"

// isUTF16 tells by its byte order mark that a text is not in bytes.
func isUTF16(text string) bool {
	return strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
}

// lines goes through the physical lines of a file (grammar 2).
func (l *loader) lines(text string) {
	line := Line{File: l.file, Line: 1, Col: 1, Via: l.via}
	if isUTF16(text) {
		l.report(line.At(0), Error, ClassConfigError, "embedded-nul",
			"configuration appears to have embedded NULs - ignoring the file: it is in UTF-16 (\"Unicode\" in "+
				"Windows); save it as UTF-8")
		return
	}
	if rest, ok := strings.CutPrefix(text, byteOrderMark); ok {
		l.report(line.At(0), Warning, ClassConfigError, "byte-order-mark",
			"file begins with a byte order mark: ignored here, but keepalived takes it as part of the first word")
		text = rest
		line.Col += int32(len(byteOrderMark))
	}
	for ; text != "" && !l.ended(); line.Line++ {
		line.Text, text, _ = strings.Cut(text, "\n")
		// Files of DOS (grammar 2.3).
		line.Text = strings.TrimRight(line.Text, "\r")
		l.physical(line)
		// The byte order mark has moved the first line only.
		line.Col = 1
	}
	if l.collecting != "" && l.depth == 1 { // else it goes on in the file around
		l.endDefinition()
	}
}

func (l *loader) physical(line Line) {
	if l.collecting == "" && l.nesting < MaxExpansionDepth {
		if part, brace, ok := ordinary(line); ok {
			if l.spend(len(part.Text)+workPerLine, part.At(0)) {
				l.emit(part, brace)
			}
			return
		}
	}
	if strings.IndexByte(line.Text, 0) >= 0 {
		l.report(line.At(strings.IndexByte(line.Text, 0)), Error, ClassConfigError, "embedded-nul",
			"configuration appears to have embedded NULs - ignoring line")
		return
	}
	// Before the comment goes: a backslash counts even at its end.
	l.continued = strings.HasSuffix(strings.TrimRight(line.Text, blanks), `\`)
	raw := line.Text
	l.commentInWord(line)
	line = uncomment(line)
	if l.collecting == "" && line.Text == "" && strings.HasSuffix(raw, `\`) {
		l.report(line.At(0), Warning, ClassConfigError, "comment-backslash",
			"a comment ends with a backslash, which keepalived 2.2.7 takes for a word; remove it")
	}
	if len(line.Text) > MaxLineBytes {
		l.report(line.At(0), Error, ClassConfigError, "line-too-long",
			"line too long - ignoring: %d bytes, at most %d are read",
			len(line.Text), MaxLineBytes)
		return
	}
	if len(line.Text) > keepalivedLine {
		l.report(line.At(0), Warning, ClassConfigError, "long-line",
			"line too long: its %d bytes are read as one line, but keepalived breaks lines after %d", len(line.Text),
			keepalivedLine)
	}
	if l.collecting == "" {
		lines, files := len(l.snap.Lines), len(l.snap.Files)
		l.statement(line)
		// What the line gave before it was dropped goes too, but not what an include has read.
		if l.dropped && len(l.snap.Files) == files {
			l.snap.Lines = l.snap.Lines[:lines]
		}
		l.dropped = false
	} else {
		l.continueDefinition(line) // a comment alone ends it, as the children of keepalived see it
	}
}

// ordinary is a line without the blanks at its ends, and the brace it ends with, 0 if
// there is none. It is ok if nothing in it means anything to the preprocessor, which
// is so for most lines: they go into the snapshot as they are.
func ordinary(line Line) (part Line, brace byte, ok bool) {
	from, to := 0, len(line.Text)
	for from < to && isBlank(line.Text[from]) {
		from++
	}
	for to > from && isBlank(line.Text[to-1]) {
		to--
	}
	text := line.Text[from:to]
	if text == "" || len(text) > keepalivedLine || text[0] == '@' || text[0] == '~' ||
		strings.HasPrefix(text, "include") {
		return line, 0, false
	}
	for i := range len(text) {
		switch text[i] {
		case 0, '"', '#', '!', '\\', '$':
			return line, 0, false
		case '{', '}':
			if brace = text[i]; i < len(text)-1 {
				return line, 0, false
			}
		}
	}
	line.Text = text
	line.Col += int32(from)
	return line, brace, true
}

// emit adds a finished line; brace is the one it ends with, 0 if there is none.
func (l *loader) emit(line Line, brace byte) {
	if l.written += len(line.Text); l.written > l.bytes {
		l.stop(line.At(0), "bound-bytes", "more than %d bytes of configuration after expansion", l.bytes)
		return
	}
	if len(l.snap.Lines) == l.bounds.lines {
		l.stop(line.At(0), "bound-lines", "more than %d lines of configuration", l.bounds.lines)
		return
	}
	// Few lines have one of these bytes, and only those are gone through.
	if strings.IndexByte(line.Text, 0xe2) >= 0 || strings.IndexByte(line.Text, 0xc2) >= 0 ||
		strings.IndexByte(line.Text, 0xef) >= 0 || strings.IndexByte(line.Text, '\r') >= 0 {
		l.lookalikes(line)
	}
	line.Own = l.own
	l.snap.Lines = append(doubled(l.snap.Lines), line)
	l.follow(line, brace)
}

// doubled is s with room for one more, for as many as it has if there was none: of a
// large slice append would make many copies.
func doubled[S ~[]E, E any](s S) S {
	if len(s) == cap(s) {
		return slices.Grow(s, max(1, len(s)))
	}
	return s
}

// pwd is the directory of the file being read, absolute if the loader knows how.
func (l *loader) pwd() string {
	dir := path.Dir(l.file)
	if path.IsAbs(dir) {
		return dir
	}
	return path.Join(l.opt.Dir, dir)
}
