package super

import (
	"slices"

	"go.uber.org/zap/zapcore"

	"holdfast/config/finding"
	"holdfast/config/language"
	"holdfast/config/syntax"
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
	cfg, diags := s.o.Bind(snap)
	// A configuration that is refused later has a number as well: none is used twice.
	s.generation++
	return candidate{loaded{s.generation, cfg, language.ErrorTexts(diags)}, snap.Main, diags}, nil
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
