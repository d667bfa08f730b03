package overview

import (
	"fmt"
	"io"
	"strings"

	"holdfast/config/difference"
	"holdfast/internal/state"
)

// Plan writes what a reload would do.
func Plan(w io.Writer, p *state.Plan, s Style) {
	switch {
	case p.Refused != "":
		fmt.Fprintf(w, "%s: a reload would be %s, and the running configuration would stay in force:\n    %s\n", p.File,
			s.red("refused"), p.Refused)
	case p.Changes:
		fmt.Fprintf(w, "%s: a reload takes place: %s\n", p.File, p.Summary)
	default:
		fmt.Fprintf(w, "%s: a reload would change nothing\n", p.File)
	}
	for _, f := range p.Findings {
		fmt.Fprintf(w, "new %s: %s\n", s.paint(f.Severity), found(f))
	}
	for _, f := range p.Fixed {
		fmt.Fprintln(w, "only a restart: "+f)
	}
	for _, g := range p.Gone {
		fmt.Fprintln(w, s.red("lost")+": "+g)
	}
	if p.Refused != "" && p.Changes {
		fmt.Fprintln(w, "\nWithout what refuses it:")
	}
	list(w, "What moves a virtual address, or may", p.Moves)
	for n, r := range p.Routers {
		heading(w, n, "Virtual routers")
		is := ""
		if r.State != "" {
			is = " (" + s.paint(r.State) + ")"
		}
		fmt.Fprintf(w, "  %s%s: %s\n", r.Name, is, r.Kind)
		for _, e := range r.Effect {
			fmt.Fprintln(w, "      "+e)
		}
	}
	for n, a := range p.Addresses {
		heading(w, n, "Addresses")
		fmt.Fprintln(w, "  "+address(a))
	}
	for n, v := range p.Services {
		heading(w, n, "Virtual servers")
		service(w, v)
	}
	for n, o := range p.Statements {
		heading(w, n, "Statements")
		statement(w, o)
	}
}

// heading begins a part before its first line.
func heading(w io.Writer, n int, title string) {
	if n == 0 {
		fmt.Fprintf(w, "\n%s\n", title)
	}
}

func list(w io.Writer, title string, lines []string) {
	for n, l := range lines {
		heading(w, n, title)
		fmt.Fprintln(w, "  "+l)
	}
}

// found is a finding with its place.
func found(f state.Warning) string {
	if f.File == "" {
		return f.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Text)
}

// signs begin the lines of what comes, goes and changes.
func sign(kind string) string {
	switch kind {
	case state.Added:
		return "+"
	case state.Removed:
		return "-"
	}
	return "~"
}

func address(a state.PlannedAddress) string {
	text := fmt.Sprintf("%s %s on %s", sign(a.Kind), a.Address, a.Interface)
	if a.Instance != "" {
		text += ", " + a.Instance
	} else {
		text += ", static"
	}
	if a.From != "" {
		text += ", before: " + a.From
	}
	if !a.Now {
		text += " (not seen now: not master)"
	}
	return text
}

func service(w io.Writer, v state.PlannedService) {
	text := fmt.Sprintf("  %s %s", sign(v.Kind), v.Name)
	if v.Moved != nil {
		text += ": " + difference.Percent(*v.Moved) + " of new flows get another server"
	}
	fmt.Fprintln(w, text)
	for _, r := range v.Servers {
		line := fmt.Sprintf("      %s %s, weight %d", sign(r.Kind), r.Name, r.Weight)
		switch {
		case r.Kind == state.Removed:
			line = fmt.Sprintf("      - %s, weight %d", r.Name, r.Was)
			if r.Connections != nil {
				line += fmt.Sprintf(", %d active connections now", *r.Connections)
			}
		case r.Kind == state.Changed && r.Was != r.Weight:
			line = fmt.Sprintf("      ~ %s, weight %d -> %d", r.Name, r.Was, r.Weight)
		}
		fmt.Fprintln(w, line)
	}
}

func statement(w io.Writer, o state.PlannedObject) {
	head := strings.TrimSpace(o.Class+" "+o.Name) + ": " + o.Kind
	if len(o.Lines) == 0 {
		fmt.Fprintln(w, "  "+head)
	}
	for _, l := range o.Lines {
		fmt.Fprintln(w, "  "+head+": "+l)
	}
}

func (s Style) red(word string) string {
	if !s.Color {
		return word
	}
	return "\x1b[31m" + word + "\x1b[0m"
}
