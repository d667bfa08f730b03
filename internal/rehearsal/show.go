package rehearsal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// With says what is written besides what happened.
type With struct {
	Logs    bool // lines of the directors' logs
	Adverts bool // each advert
}

// shows reports whether a line is written.
func (w With) shows(l Line) bool { return (!l.Log || w.Logs) && (!l.Advert || w.Adverts) }

// Text writes a rehearsal as lines of a time, a director, a virtual router or server and what happened, and then how
// each router was served, and each virtual server of which there is more to say.
func Text(w io.Writer, r Result, with With) error {
	out := bufio.NewWriter(w)
	wide := len("router")
	for _, l := range r.Lines {
		if with.shows(l) {
			wide = max(wide, utf8.RuneCountInString(l.Router))
		}
	}
	fmt.Fprintf(out, "%10s  %-4s %-*s\n", "seconds", "who", wide, "router")
	for _, l := range r.Lines {
		if !with.shows(l) {
			continue
		}
		text := l.Text
		if l.Log {
			text = "    log: " + text
		}
		fmt.Fprintf(out, "%10.3f  %-4s %-*s %s\n", l.At.Seconds(), l.Director, wide, l.Router, text)
	}
	out.WriteString("\n")
	for _, end := range r.sentences() {
		fmt.Fprintln(out, end)
	}
	return out.Flush()
}

// sentences say how each virtual router was served, and each virtual server of which there is more to say.
func (r Result) sentences() []string {
	var all []string
	for _, a := range r.Accounts {
		all = append(all, a.Router+": "+a.sentence(r))
	}
	for _, v := range r.Services {
		if v.Notable {
			all = append(all, v.Name+": "+v.sentence(r))
		}
	}
	return all
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
	Version  int        `json:"version"`
	Seconds  float64    `json:"seconds"`
	Lines    []line     `json:"lines"`
	Routers  []account  `json:"routers"`
	Services []answered `json:"services"`
}

type line struct {
	At       float64 `json:"at"`
	Director string  `json:"director,omitempty"`
	Router   string  `json:"router,omitempty"`
	Text     string  `json:"text"`
	Log      bool    `json:"log"`
	Advert   bool    `json:"advert"`
}

type account struct {
	Router  string   `json:"router"`
	Without float64  `json:"seconds_without_master"`
	Double  float64  `json:"seconds_with_several"`
	Masters []string `json:"masters_at_end"`
}

type answered struct {
	Service    string   `json:"service"`
	Unanswered float64  `json:"seconds_unanswered"`
	Partly     float64  `json:"seconds_partly_answered"`
	Servers    []string `json:"servers_at_end"`
	Well       bool     `json:"all_answered_at_end"`
}

// JSON writes a rehearsal as one object.
func JSON(w io.Writer, r Result, with With) error {
	out := report{Version: JSONVersion, Seconds: r.For.Seconds(), Lines: []line{}, Routers: []account{},
		Services: []answered{}}
	for _, l := range r.Lines {
		if with.shows(l) {
			out.Lines = append(out.Lines, line{l.At.Seconds(), l.Director, l.Router, l.Text, l.Log, l.Advert})
		}
	}
	for _, a := range r.Accounts {
		out.Routers = append(out.Routers,
			account{a.Router, a.Without.Seconds(), a.Double.Seconds(), append([]string{}, a.Masters...)})
	}
	for _, v := range r.Services {
		out.Services = append(out.Services,
			answered{v.Name, v.Unanswered.Seconds(), v.Partly.Seconds(), append([]string{}, v.Servers...), v.Well})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// Served reports whether exactly one director has the addresses of each router at the end, and all clients of each
// virtual server are answered.
func (r Result) Served() bool {
	for _, v := range r.Services {
		if !v.Well {
			return false
		}
	}
	for _, a := range r.Accounts {
		if len(a.Masters) != 1 {
			return false
		}
	}
	return true
}
