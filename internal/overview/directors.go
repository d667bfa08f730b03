package overview

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"holdfast/internal/state"
)

// A Director is what one of several tells of itself.
type Director struct {
	Name string
	Told *state.All
}

// Alike writes where directors have different tables of a virtual server of which they are to have one, or have been
// told different things of one that they are compared by, and which of them go by files that are older than those of
// others who have been told something else. It reports whether all are alike.
func Alike(w io.Writer, all []Director, s Style) bool {
	var names []string
	for _, d := range all {
		for _, v := range d.Told.Services {
			if (v.TableHash != "" || v.ConfigHash != "") && !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	differ := 0
	behind := make([]bool, len(all))
	for _, name := range names {
		tables := whose(all, func(d Director) string { return tableAt(d, name) })
		asked := whose(all, func(d Director) string { return askedAt(d, name) })
		if len(tables) == 1 && len(asked) <= 1 {
			continue
		}
		differ++
		if len(tables) == 1 {
			tables = asked
		}
		fmt.Fprintf(w, "%s: %s\n", name, strings.Join(tables, "; "))
		if len(asked) == 1 && strings.HasSuffix(asked[0], " at "+strings.Join(namesOf(all), ", ")) {
			fmt.Fprintln(w, "  all are configured alike: not all have the same servers up, with the same weights")
		}
		for n := range all {
			behind[n] = behind[n] || isBehind(all, n, name)
		}
	}
	switch {
	case len(names) == 0:
		fmt.Fprintln(w, "no virtual server has mh or announce: there is nothing to compare")
		return false
	case differ == 0:
		fmt.Fprintf(w, "%d virtual servers have the same table on %d directors\n", len(names), len(all))
		return true
	}
	for n, d := range all {
		c := d.Told.Config
		fmt.Fprintf(w, "%s: configuration %s%s, in force for %s", d.Name, c.File, ofTime(c.Written), s.ago(c.Loaded))
		if behind[n] {
			fmt.Fprint(w, ": ", s.red("it is behind"))
		}
		fmt.Fprintln(w)
	}
	return false
}

func namesOf(all []Director) (names []string) {
	for _, d := range all {
		names = append(names, d.Name)
	}
	return names
}

// whose says which directors have what, what the first has first. One of which it is not known is left out.
func whose(all []Director, what func(Director) string) (list []string) {
	var has []string
	at := map[string][]string{}
	for _, d := range all {
		it := what(d)
		if it == "" {
			continue
		}
		if at[it] == nil {
			has = append(has, it)
		}
		at[it] = append(at[it], d.Name)
	}
	for _, it := range has {
		list = append(list, it+" at "+strings.Join(at[it], ", "))
	}
	return list
}

const nowhere = "no virtual server"

// serviceAt is a virtual server of a director, nil if it has none of the name.
func serviceAt(d Director, name string) *state.Service {
	n := slices.IndexFunc(d.Told.Services, func(v state.Service) bool { return v.Name == name })
	if n < 0 {
		return nil
	}
	return &d.Told.Services[n]
}

// tableAt is the table of a virtual server on a director.
func tableAt(d Director, name string) string {
	switch v := serviceAt(d, name); {
	case v == nil:
		return nowhere
	case v.TableHash == "":
		return "no known table"
	default:
		return "table " + v.TableHash
	}
}

// askedAt is what a director has been told of a virtual server, "" if it does not say: its program is an older one.
func askedAt(d Director, name string) string {
	switch v := serviceAt(d, name); {
	case v == nil:
		return nowhere
	case v.ConfigHash != "":
		return "configured as " + v.ConfigHash
	case v.TableHash != "":
		return ""
	default:
		return "neither mh nor announce"
	}
}

// isBehind reports whether a director was told something else of a virtual server than the one with the newest files,
// by older ones.
func isBehind(all []Director, n int, name string) bool {
	written := func(d Director) time.Time { return d.Told.Config.Written }
	newest := slices.MaxFunc(all, func(a, b Director) int { return written(a).Compare(written(b)) })
	mine, its := askedAt(all[n], name), askedAt(newest, name)
	at := written(all[n])
	return mine != its && mine != "" && its != "" && !at.IsZero() && at.Before(written(newest))
}

// ofTime is the time of a file behind its name, as this host writes times.
func ofTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(" of 2006-01-02 15:04:05")
}
