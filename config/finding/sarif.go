package finding

import (
	"encoding/json"
	"io"
	"net/url"
	"path"
	"slices"
	"unicode/utf8"

	"holdfast/config/syntax"
)

const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://json.schemastore.org/sarif-2.1.0.json"
)

// What follows are the objects of SARIF 2.1.0 that are needed here, section 3 of
// the standard.
type (
	sarifLog struct {
		// Schema is for editors; who reads a log goes by the version.
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string       `json:"id"`
		Short sarifMessage `json:"shortDescription"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		// RuleIndex is the place of the rule in the list of the driver, see ruleIDs.
		RuleID     string          `json:"ruleId"`
		RuleIndex  int             `json:"ruleIndex"`
		Level      string          `json:"level"`
		Message    sarifMessage    `json:"message"`
		Locations  []sarifLocation `json:"locations,omitempty"`
		Related    []sarifLocation `json:"relatedLocations,omitempty"`
		Properties sarifProperties `json:"properties"`
	}
	sarifProperties struct {
		// Nothing of the standard: a property bag takes what a tool has of its own.
		Class int  `json:"class"`
		Fatal bool `json:"fatal"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Message  *sarifMessage  `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		// All count from 1. Without columns the region is the whole line.
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
)

// SARIF writes a log of the Static Analysis Results Interchange Format 2.1.0 with
// one run. Columns are in characters; without Options.Line only lines are told.
// Trails are related locations, after the related place of the finding.
func SARIF(w io.Writer, diags []syntax.Diagnostic, opt Options) error {
	// Only those that were broken: a log with two hundred rules and one result hides it.
	rules := ruleIDs(diags)
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "holdfast", Version: opt.Version, Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	for _, id := range rules {
		rule, _ := RuleOf(id)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{id, sarifMessage{rule.Help}})
	}
	for _, d := range diags {
		// The words for a severity, note, warning and error, are levels of the standard as well.
		result := sarifResult{
			RuleID: d.ID, RuleIndex: slices.Index(rules, d.ID), Level: d.Severity.String(),
			Message:    sarifMessage{d.Text},
			Properties: sarifProperties{Class: int(d.Class), Fatal: d.Severity == syntax.Fatal},
		}
		// A finding about everything has no place.
		if at := opt.physical(d.Pos); at != nil {
			result.Locations = []sarifLocation{{Physical: at}}
		}
		if d.RelatedText != "" {
			result.Related = append(result.Related,
				sarifLocation{opt.physical(d.Related), &sarifMessage{d.RelatedText}})
		}
		for _, f := range d.Trail {
			result.Related = append(result.Related, sarifLocation{opt.physical(f.Pos), &sarifMessage{f.String()}})
		}
		run.Results = append(run.Results, result)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{run}})
}

// ruleIDs are the rules of findings, sorted.
func ruleIDs(diags []syntax.Diagnostic) []string {
	var ids []string
	for _, d := range diags {
		ids = append(ids, d.ID)
	}
	// Sorted, so that a log does not depend on which rule was broken first.
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (o Options) physical(pos syntax.Pos) *sarifPhysical {
	if pos.File == "" {
		return nil
	}
	p := &sarifPhysical{Artifact: sarifArtifact{uri(pos.File)}}
	if !pos.IsValid() {
		return p
	}
	// Columns are in characters there and in bytes here, so they need the line itself.
	p.Region = &sarifRegion{StartLine: pos.Line}
	// A place may be right behind the last character: what is missing at the end is missing there.
	if line, ok := o.line(pos); ok && pos.Col > 0 && int(pos.Col) <= len(line)+1 {
		from := int(pos.Col) - 1
		p.Region.StartColumn = utf8.RuneCountInString(line[:from]) + 1
		// Without an end a region goes on to the end of its line.
		if n := width(line, pos.Col); n > 0 {
			p.Region.EndColumn = p.Region.StartColumn + utf8.RuneCountInString(line[from:from+n])
		}
	}
	return p
}

// uri is a file name as a URI: absolute, or relative to where the program runs.
func uri(file string) string {
	u := url.URL{Path: path.Clean(file)}
	if path.IsAbs(file) {
		u.Scheme = "file"
	}
	return u.String()
}
