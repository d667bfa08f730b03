// Package difference words what sets two configurations apart, and what a reload
// from one to the other does, for people and for programs. It is pure.
package difference

import (
	"bufio"
	"encoding/json"
	"io"

	"holdfast/config/language"
)

// Text writes a line for each object that comes or goes and for each statement that
// differs - "vrrp_instance VI_1: changed: priority 100 -> 90" - and below an object
// what a reload does about it.
func Text(w io.Writer, all []language.Difference) error {
	out := bufio.NewWriter(w)
	if len(all) == 0 {
		out.WriteString("nothing changes\n")
	}
	// No write is looked at: the writer keeps its first error, and Flush tells it.
	for _, d := range all {
		head := title(d) + ": " + d.Kind.String()
		if len(d.Lines) == 0 {
			out.WriteString(head + "\n")
		}
		for _, l := range d.Lines {
			out.WriteString(head + ": " + l.String() + "\n")
		}
		if d.Effect != "" {
			out.WriteString("    on reload: " + d.Effect + "\n")
		}
	}
	return out.Flush()
}

func title(d language.Difference) string {
	if d.Name == "" {
		return d.Class
	}
	return d.Class + " " + d.Name
}

// JSONVersion is the version of the object that JSON writes. It changes when a field
// goes or means something else, not when one is added.
const JSONVersion = 1

type report struct {
	Version     int      `json:"version"`
	Differences []object `json:"differences"`
}

type object struct {
	Class  string      `json:"class"`
	Name   string      `json:"name"`
	Kind   string      `json:"kind"`
	Lines  []statement `json:"lines"`
	Effect string      `json:"effect,omitempty"`
}

// statement is a line that differs; In are the headers of the blocks around it below
// the object. Old is absent for one that is added, New for one that is removed.
type statement struct {
	In    []string `json:"in"`
	Kind  string   `json:"kind"`
	Old   string   `json:"old,omitempty"`
	New   string   `json:"new,omitempty"`
	Block bool     `json:"block,omitempty"`
}

// JSON writes one object: "differences" has an entry for each object, empty if
// nothing changes.
func JSON(w io.Writer, all []language.Difference) error {
	r := report{Version: JSONVersion, Differences: []object{}}
	for _, d := range all {
		o := object{Class: d.Class, Name: d.Name, Kind: d.Kind.String(), Lines: []statement{}, Effect: d.Effect}
		for _, l := range d.Lines {
			// In is copied into an empty list, so that JSON has [] and not null.
			o.Lines = append(o.Lines,
				statement{In: append([]string{}, l.In...), Kind: l.Kind.String(), Old: l.Old, New: l.New,
					Block: l.Block})
		}
		r.Differences = append(r.Differences, o)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
