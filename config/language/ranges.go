package language

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Unit is what a number among the arguments of a keyword counts.
type Unit uint8

// A plain number; whole seconds; microseconds, written as decimal seconds;
// microseconds, written as decimal milliseconds; whole microseconds.
const (
	Plain Unit = iota
	WholeSeconds
	DecimalSeconds
	DecimalMillis
	Micros
)

// String is the name in argument texts, "" for a plain number.
func (u Unit) String() string {
	return [...]string{"", "SECONDS", "SECONDS", "MILLISECONDS", "MICROSECONDS"}[u]
}

// A Range is what one number among the arguments of a keyword may be.
type Range struct {
	Word     string // the word it stands behind, "" for a number of its own
	Min, Max int64  // both allowed; microseconds where the unit is decimal
	Unit     Unit
}

// String is the range as argument texts have it: "0.01..255".
func (r Range) String() string { return r.text(r.Min) + ".." + r.text(r.Max) }

func (r Range) text(n int64) string {
	switch r.Unit {
	case DecimalSeconds:
		return secondsText(n)
	case DecimalMillis:
		return millisText(n)
	}
	return strconv.FormatInt(n, 10)
}

// argument is the range with the name of its unit.
func (r Range) argument() string {
	name := r.Unit.String()
	if name == "" {
		// A plain number has no unit; N stands for it, as in the texts of other forms.
		name = "N"
	}
	return name + " " + r.String()
}

// millisText is a number of microseconds as decimal milliseconds.
func millisText(micros int64) string {
	if micros%1000 == 0 {
		return strconv.FormatInt(micros/1000, 10)
	}
	return trimZeros(fmt.Sprintf("%d.%03d", micros/1000, micros%1000))
}

// span is a range as it stands in an argument text.
var span = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:(decimal seconds|\w+) )?(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)`)
})

// rangesIn finds the ranges in the argument text of a form of several words.
func rangesIn(args string) []Range {
	// Most argument texts have no range, and a regular expression is dear.
	if !strings.Contains(args, "..") {
		return nil
	}
	var out []Range
	for _, m := range span().FindAllStringSubmatch(args, -1) {
		r := Range{Word: m[1]}
		scale := int64(1)
		// The word in front of a range names its unit, or is a keyword that the number stands behind, as in `[weight
		// -253..253]`.
		switch m[1] {
		case "SECONDS", "seconds":
			r.Word, r.Unit = "", WholeSeconds
			// `SECONDS 0.001..4294` is decimal because its limits are.
			if strings.Contains(m[2]+m[3], ".") {
				r.Unit, scale = DecimalSeconds, microsPerSecond
			}
		case "decimal seconds":
			r.Word, r.Unit, scale = "", DecimalSeconds, microsPerSecond
		case "MILLISECONDS":
			r.Word, r.Unit, scale = "", DecimalMillis, 1000
		case "MICROSECONDS":
			r.Word, r.Unit = "", Micros
		case "N", "PORT", "PREFIX":
			r.Word = ""
		}
		r.Min, r.Max = scaled(m[2], scale), scaled(m[3], scale)
		out = append(out, r)
	}
	return out
}

// scaled is a decimal number in parts of scale.
func scaled(text string, scale int64) int64 {
	// The pattern of span lets only numbers through, so it cannot fail.
	n, _, _ := parseMicros(text, 6)
	return n / (microsPerSecond / scale)
}
