package super

import (
	"slices"
	"strings"

	"go.uber.org/zap/zapcore"

	"holdfast/config/finding"
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/state"
)

// candidate is a configuration with its diagnostics.
type candidate struct {
	loaded
	main  string // the file it was read from
	diags []syntax.Diagnostic
}

func (s *Supervisor) load() (candidate, error) {
	snap, err := s.o.Load()
	if err != nil {
		return candidate{}, err
	}
	// A configuration that is refused later has a number as well: none is used twice.
	s.generation++
	l := s.bind(snap, s.generation)
	s.saveCopy(l.config.Global.Files.SaveDir, snap, s.generation-1)
	return l, nil
}

// bind makes a candidate of files that were read.
func (s *Supervisor) bind(snap syntax.Snapshot, generation uint64) candidate {
	cfg, diags := s.o.Bind(snap)
	return candidate{loaded{generation: generation, config: cfg, errors: language.ErrorTexts(diags), file: snap.Main,
		written: snap.Written, findings: findingsOf(diags)}, snap.Main, diags}
}

// maxFindings is how many findings about what runs are kept for those who ask.
const maxFindings = 1000

// findingsOf are the findings that are worth a warning. Notes are for those who check a file.
func findingsOf(diags []syntax.Diagnostic) (list []state.Warning) {
	for _, d := range diags {
		if d.Severity == syntax.Note || len(list) == maxFindings {
			continue
		}
		w := state.Warning{Severity: state.Caution, About: "config", Name: strings.Clone(d.About.Object),
			Text: strings.Clone(d.Text), File: d.Pos.File, Line: d.Pos.Line, Column: int(d.Pos.Col)}
		if d.Severity >= syntax.Error {
			w.Severity = state.Error
		}
		list = append(list, w)
	}
	return list
}

// report logs the findings, each with its place, and returns the first that makes the configuration
// impossible to run, or what stands before it at the same place: what it comes of. Notes are for those
// who check a file.
func (s *Supervisor) report(diags []syntax.Diagnostic) (fatal string) {
	for _, d := range diags {
		level := zapcore.InfoLevel
		switch d.Severity {
		case syntax.Note:
			continue
		case syntax.Warning:
			level = zapcore.WarnLevel
		case syntax.Error, syntax.Fatal:
			level = zapcore.ErrorLevel
		}
		s.o.Log.Log(level, finding.Line(d))
		if d.Severity == syntax.Fatal && fatal == "" {
			// There always is one: d itself.
			cause := slices.IndexFunc(diags, func(o syntax.Diagnostic) bool {
				return o.Pos == d.Pos && o.Severity >= syntax.Error
			})
			fatal = finding.Line(diags[cause])
		}
	}
	return fatal
}
