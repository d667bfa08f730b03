package finding

import (
	"encoding/json"
	"io"

	"holdfast/config/syntax"
)

// JSONVersion is the version of the object that JSON writes. It changes when a
// field goes or means something else, not when one is added.
const JSONVersion = 1

// report is the object that JSON writes.
type report struct {
	Version  int       `json:"version"`
	Findings []finding `json:"findings"`
}

// finding is one of them. Related and trail are never null.
type finding struct {
	ID       string      `json:"id"`       // one of Rules
	Severity string      `json:"severity"` // "error", "warning" or "note"
	Fatal    bool        `json:"fatal"`    // the configuration cannot be run
	Class    int         `json:"class"`    // exit status of -t that this leads to, 0 for none
	at                   // of the finding
	Text     string      `json:"text"`
	Related  []placeText `json:"related"`
	Trail    []placeText `json:"trail"`
}

// at is a place; line and columns count from 1, columns in bytes. What is not known is left out.
type at struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Col    int32  `json:"col,omitempty"`
	EndCol int32  `json:"end_col,omitempty"` // the one after the word
}

type placeText struct {
	at
	Text string `json:"text"`
}

// JSON writes one object, see docs/language.md.
func JSON(w io.Writer, diags []syntax.Diagnostic, opt Options) error {
	// Without a finding it is an empty list and not null: a program need not look at two cases.
	r := report{Version: JSONVersion, Findings: []finding{}}
	for _, d := range diags {
		f := finding{
			ID: d.ID, Severity: d.Severity.String(), Fatal: d.Severity == syntax.Fatal, Class: int(d.Class),
			at: opt.at(d.Pos), Text: d.Text, Related: []placeText{}, Trail: []placeText{},
		}
		// The text decides: a related place may be one without a line, as a whole file is.
		if d.RelatedText != "" {
			f.Related = append(f.Related, placeText{opt.at(d.Related), d.RelatedText})
		}
		for _, t := range d.Trail {
			f.Trail = append(f.Trail, placeText{opt.at(t.Pos), t.String()})
		}
		r.Findings = append(r.Findings, f)
	}
	e := json.NewEncoder(w)
	// It is no HTML, and \u003c would have to be read by people too.
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func (o Options) at(pos syntax.Pos) at {
	return at{File: pos.File, Line: pos.Line, Col: pos.Col, EndCol: o.end(pos)}
}
