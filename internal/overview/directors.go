package overview

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"holdfast/internal/state"
)

// A Director is what one of several tells of itself.
type Director struct {
	Name string
	Told *state.All
}

// Alike writes where directors have different tables of a virtual server of which they are to have one, and which of
// them went by its configuration before the others. It reports whether all have one.
func Alike(w io.Writer, all []Director, s Style) bool {
	var names []string
	for _, d := range all {
		for _, v := range d.Told.Services {
			if v.TableHash != "" && !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	differ := 0
	for _, name := range names {
		var tables []string
		at := map[string][]string{}
		for _, d := range all {
			table := tableAt(d, name)
			if at[table] == nil {
				tables = append(tables, table)
			}
			at[table] = append(at[table], d.Name)
		}
		if len(tables) == 1 {
			continue
		}
		differ++
		for n, table := range tables {
			tables[n] = table + " at " + strings.Join(at[table], ", ")
		}
		fmt.Fprintf(w, "%s: %s\n", name, strings.Join(tables, "; "))
	}
	switch {
	case len(names) == 0:
		fmt.Fprintln(w, "no virtual server has mh or announce: there is nothing to compare")
		return false
	case differ == 0:
		fmt.Fprintf(w, "%d virtual servers have the same table on %d directors\n", len(names), len(all))
		return true
	}
	for _, d := range all {
		fmt.Fprintf(w, "%s: configuration %s, in force for %s\n", d.Name, d.Told.Config.File, s.ago(d.Told.Config.Loaded))
	}
	return false
}

// tableAt is the table of a virtual server on a director.
func tableAt(d Director, name string) string {
	for _, v := range d.Told.Services {
		switch {
		case v.Name != name:
		case v.TableHash == "":
			return "no known table"
		default:
			return "table " + v.TableHash
		}
	}
	return "no virtual server"
}
