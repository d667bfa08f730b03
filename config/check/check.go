// Package check looks at configuration files with everything this program knows
// about them: what keepalived would refuse or correct, what it does without, and
// advice. It is stricter than a configuration test where a file names another that
// is not there, and needs no host to run on: what only a host can tell is looked at
// when the caller gives the answers. It is pure; files come from a syntax.Source.
package check

import (
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/advice"
	"holdfast/config/language"
	"holdfast/config/syntax"
)

// Options are what a check depends on beside the files.
type Options struct {
	ConfigID string                   // of @ lines
	Dir      string                   // working directory
	Getenv   func(name string) string // for ${_ENV NAME}
	// Env answers for a host. The zero Env asks none.
	Env language.Env
	// Host is what else a host answers, for advice.
	Host advice.Host
	// AllowEmpty is set when a file with nothing to run is meant, as one that others include.
	AllowEmpty bool
}

// A Result is what there is to say about one file and what it includes.
type Result struct {
	File     string
	Findings []syntax.Diagnostic // in the order of the text
	// Unread tells that the file itself could not be read; Findings say why.
	Unread bool
	// Own is how many lines only this program reads, or only keepalived, see syntax.OwnID.
	Own int
}

// A Read is a file that was read, with what there is to say about it.
type Read struct {
	Result
	Config   *config.Config // nil if Unread
	Snapshot syntax.Snapshot
}

// File checks a file.
func File(src syntax.Source, name string, o Options) Result { return ReadFile(src, name, o).Result }

// ReadFile reads a file and checks it.
func ReadFile(src syntax.Source, name string, o Options) Read {
	s := o.load(src, name, false)
	if len(s.Files) == 0 {
		return Read{Result: Result{File: name, Findings: s.Diagnostics, Unread: true}}
	}
	env := o.Env
	env.Test = true
	c, found := language.Bind(s, env)
	if !o.AllowEmpty {
		condemnEmpty(found)
	}
	found = append(found, withoutConsequences(found, advice.Of(c, o.Host))...)
	if s.Own > 0 {
		found = append(found, forKeepalived(found, o.load(src, name, true), env)...)
	}
	return Read{Result{File: name, Findings: language.InFileOrder(s, found), Own: s.Own}, c, s}
}

// load reads a file as this program does, or as keepalived does.
func (o Options) load(src syntax.Source, name string, keepalived bool) syntax.Snapshot {
	return syntax.Load(src, name, syntax.Options{ConfigID: o.ConfigID, Dir: o.Dir, Getenv: o.Getenv, MissingIsError: true,
		Keepalived: keepalived})
}

// condemnEmpty makes it an error that there is nothing to run. keepalived and -t have nothing
// against such a file, but it is what a full disk or a failed template leaves, and a reload of a
// director to it is refused. Where there are errors, it comes of them.
func condemnEmpty(found []syntax.Diagnostic) {
	if slices.ContainsFunc(found, func(d syntax.Diagnostic) bool { return d.Severity >= syntax.Error }) {
		return
	}
	if !slices.ContainsFunc(found, func(d syntax.Diagnostic) bool { return d.ID == "nothing-to-run" }) {
		return
	}
	for i := range found {
		// which is as bad as what it stands before
		if found[i].ID == "nothing-to-run" || found[i].ID == language.ForeignFile {
			found[i].Severity = syntax.Error
		}
	}
}

// withoutConsequences drops advice about what nothing leads to where an object may be left
// out because of an error: the error is what there is to mend.
func withoutConsequences(found, advised []syntax.Diagnostic) []syntax.Diagnostic {
	if !slices.ContainsFunc(found, func(d syntax.Diagnostic) bool { return d.Severity >= syntax.Error }) {
		return advised
	}
	return slices.DeleteFunc(advised, func(d syntax.Diagnostic) bool {
		switch d.ID {
		case "unused-script", "no-checker", "service-without-vip", "vip-without-service", "sync-daemon-unknown-router":
			return true
		}
		return false
	})
}

// Counts are how many findings there are of each severity.
type Counts struct{ Errors, Warnings, Notes int }

// Count counts findings.
func Count(found []syntax.Diagnostic) Counts {
	var c Counts
	for _, d := range found {
		switch {
		case d.Severity >= syntax.Error:
			c.Errors++
		case d.Severity == syntax.Warning:
			c.Warnings++
		default:
			c.Notes++
		}
	}
	return c
}

// The exit statuses of a check.
const (
	StatusClean  = 0
	StatusFound  = 1
	StatusUnread = 2
)

// A Policy says which findings beside errors make a file fail.
type Policy struct {
	Strict           bool // warnings
	AllowUnsupported bool // what is in the file and would not be run: not even that
}

func (p Policy) decides(d syntax.Diagnostic) bool {
	return d.Severity >= syntax.Error || p.Strict && d.Severity >= syntax.Warning ||
		!p.AllowUnsupported && isUnsupported(d)
}

// Status is StatusUnread if a file could not be read, StatusFound if there is something that
// makes a file fail, and else StatusClean.
func Status(results []Result, p Policy) int {
	status := StatusClean
	for _, r := range results {
		switch {
		case r.Unread:
			return StatusUnread
		case slices.ContainsFunc(r.Findings, p.decides):
			status = StatusFound
		}
	}
	return status
}

// Deciding are the findings that Status depends on.
func Deciding(found []syntax.Diagnostic, p Policy) []syntax.Diagnostic {
	return slices.DeleteFunc(slices.Clone(found), func(d syntax.Diagnostic) bool { return !p.decides(d) })
}

func isUnsupported(d syntax.Diagnostic) bool { return d.About.Unbuilt != "" }

// Unsupported names what is in a file and will not be run, each once, in the order of the text.
func Unsupported(found []syntax.Diagnostic) []string {
	var names []string
	for _, d := range found {
		if name := d.About.Unbuilt; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Lines gives the lines of files, counted from 1, as the renderers of findings want
// them. Each file is read once, when a line of it is asked for.
func Lines(src syntax.Source) func(file string, line int) (string, bool) {
	files := map[string][]string{}
	return func(file string, line int) (string, bool) {
		lines, ok := files[file]
		if !ok {
			text, err := src.ReadFile(file, syntax.MaxBytes)
			if err == nil {
				lines = strings.Split(text, "\n")
			}
			files[file] = lines
		}
		if line < 1 || line > len(lines) {
			return "", false
		}
		return strings.TrimSuffix(lines[line-1], "\r"), true
	}
}
