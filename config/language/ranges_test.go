package language

import (
	"fmt"
	"strings"
	"testing"
)

func TestRangesAreFoundInArgumentTexts(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "[]"},
		{"NAME", "[]"},
		{"1..99", "[{ 1 99 0}]"},
		{"N -20..19", "[{ -20 19 0}]"},
		{"SECONDS 1..300", "[{ 1 300 1}]"},
		{"SECONDS 0.001..30", "[{ 1000 30000000 2}]"},
		{"MILLISECONDS 1..4294967", "[{ 1000 4294967000 3}]"},
		{"MICROSECONDS 1..2", "[{ 1 2 4}]"},
		{"HOST|IP [PORT 1..65535]", "[{ 1 65535 0}]"},
		{"IF [id 0..255] [maxlen 1..65507]", "[{id 0 255 0} {maxlen 1 65507 0}]"},
		{"IF DOWN [UP], decimal seconds 0..255", "[{ 0 255000000 2}]"},
	} {
		got := []string{}
		for _, r := range rangesIn(tt.args) {
			got = append(got, fmt.Sprintf("{%s %d %d %d}", r.Word, r.Min, r.Max, r.Unit))
		}
		if text := fmt.Sprint(got); text != tt.want {
			t.Errorf("%q: %s, want %s", tt.args, text, tt.want)
		}
	}
}

func TestRangesAreWrittenAsInTheText(t *testing.T) {
	for _, tt := range []struct {
		r    Range
		want string
	}{
		{Range{Min: 1, Max: 99}, "N 1..99"},
		{Range{Min: 0, Max: 4294, Unit: WholeSeconds}, "SECONDS 0..4294"},
		{Range{Min: 10_000, Max: 255_000_000, Unit: DecimalSeconds}, "SECONDS 0.01..255"},
		{Range{Min: 1_000, Max: 4294_967_295, Unit: DecimalMillis}, "MILLISECONDS 1..4294967.295"},
		{Range{Min: 1, Max: 7, Unit: Micros}, "MICROSECONDS 1..7"},
	} {
		if got := tt.r.argument(); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

// What the argument text of a row says and what its form knows are the same.
func TestRangesAreThoseOfTheArgumentText(t *testing.T) {
	for _, k := range Table().Keywords() {
		for _, r := range k.Ranges() {
			if !strings.Contains(k.Args, r.String()) || r.Min > r.Max {
				t.Errorf("%s: range %s, arguments %q", k.Path(), r, k.Args)
			}
		}
		if n := strings.Count(strings.ReplaceAll(k.Args, "...", ""), ".."); len(k.Ranges()) > n {
			t.Errorf("%s: %d ranges, arguments %q", k.Path(), len(k.Ranges()), k.Args)
		}
	}
}
