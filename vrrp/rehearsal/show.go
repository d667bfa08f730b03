package rehearsal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Text writes a rehearsal as lines of a time, a director, a virtual router and what happened, and then how each router
// was served. Lines of the directors' logs are left out unless they are wanted.
func Text(w io.Writer, r Result, logs bool) error {
	out := bufio.NewWriter(w)
	wide := len("router")
	for _, l := range r.Lines {
		wide = max(wide, utf8.RuneCountInString(l.Router))
	}
	fmt.Fprintf(out, "%10s  %-4s %-*s\n", "seconds", "who", wide, "router")
	for _, l := range r.Lines {
		switch {
		case l.Log && logs:
			fmt.Fprintf(out, "%10.3f  %-4s %-*s     log: %s\n", l.At.Seconds(), l.Director, wide, l.Router, l.Text)
		case !l.Log:
			fmt.Fprintf(out, "%10.3f  %-4s %-*s %s\n", l.At.Seconds(), l.Director, wide, l.Router, l.Text)
		}
	}
	out.WriteString("\n")
	for _, a := range r.Accounts {
		fmt.Fprintf(out, "%s: %s\n", a.Router, a.sentence(r))
	}
	return out.Flush()
}

// sentence is how a router was served.
func (a Account) sentence(r Result) string {
	end := "nobody has the addresses"
	switch n := len(a.Masters); {
	case n == 1:
		end = a.Masters[0] + " has the addresses"
	case n > 1:
		end = strings.Join(a.Masters, " and ") + " have the addresses at once"
	}
	return fmt.Sprintf("in %s they were nobody's for %s and of more than one director for %s; at the end %s",
		text(r.For), text(a.Without), text(a.Double), end)
}

// JSONVersion is the version of the object that JSON writes. It changes when a field goes or means something else, not
// when one is added.
const JSONVersion = 1

type report struct {
	Version int       `json:"version"`
	Seconds float64   `json:"seconds"`
	Lines   []line    `json:"lines"`
	Routers []account `json:"routers"`
}

type line struct {
	At       float64 `json:"at"`
	Director string  `json:"director,omitempty"`
	Router   string  `json:"router,omitempty"`
	Text     string  `json:"text"`
	Log      bool    `json:"log"`
}

type account struct {
	Router  string   `json:"router"`
	Without float64  `json:"seconds_without_master"`
	Double  float64  `json:"seconds_with_several"`
	Masters []string `json:"masters_at_end"`
}

// JSON writes a rehearsal as one object, with the lines of logs if they are wanted.
func JSON(w io.Writer, r Result, logs bool) error {
	out := report{Version: JSONVersion, Seconds: r.For.Seconds(), Lines: []line{}, Routers: []account{}}
	for _, l := range r.Lines {
		if !l.Log || logs {
			out.Lines = append(out.Lines, line{l.At.Seconds(), l.Director, l.Router, l.Text, l.Log})
		}
	}
	for _, a := range r.Accounts {
		out.Routers = append(out.Routers,
			account{a.Router, a.Without.Seconds(), a.Double.Seconds(), append([]string{}, a.Masters...)})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// Served reports whether exactly one director has the addresses of each router at the end.
func (r Result) Served() bool {
	for _, a := range r.Accounts {
		if len(a.Masters) != 1 {
			return false
		}
	}
	return true
}
