// Package exposed reads, for tests, the text of metrics as those do who wrote the format.
package exposed

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"holdfast/internal/metric"
)

// Text is the text of tables; it fails the test if it is not one that a scrape takes.
func Text(t testing.TB, tables []metric.Table) string {
	t.Helper()
	text := Plain(t, tables)
	Families(t, text)
	return text
}

// Plain is Text without asking those who wrote the format, for texts by the thousand.
func Plain(t testing.TB, tables []metric.Table) string {
	t.Helper()
	var b strings.Builder
	if err := metric.Write(&b, tables); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Families are those of a text.
func Families(t testing.TB, text string) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(model.LegacyValidation)
	all, err := p.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("not a text that Prometheus reads: %v\n%s", err, text)
	}
	return all
}

// Lint fails the test for what the conventions of Prometheus advise against, but for families that others have named.
func Lint(t testing.TB, text string, but ...string) {
	t.Helper()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !slices.Contains(but, p.Metric) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// Series are the samples of a text by their names and labels as they are written; a second one with the same fails the
// test, because a scrape with it is refused.
func Series(t testing.TB, text string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		if _, twice := all[line[:at]]; twice {
			t.Errorf("%s is there twice", line[:at])
		}
		all[line[:at]] = strings.TrimSpace(line[at:])
	}
	return all
}

// Complete fails the test if a family of a role is in no text, or a text has one of somebody else.
func Complete(t testing.TB, from string, texts ...string) {
	t.Helper()
	want := map[string]bool{}
	for _, f := range metric.Families() {
		if f.From == from {
			want[f.Name] = true
		}
	}
	for _, text := range texts {
		for _, name := range slices.Sorted(maps.Keys(Families(t, text))) {
			delete(want, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("nobody tells %s", name)
	}
}
