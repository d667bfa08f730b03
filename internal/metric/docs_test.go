package metric_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"holdfast/internal/golden"
	"holdfast/internal/metric"
)

const (
	docs   = "../../docs/metrics.md"
	marker = "## Families\n"
)

// The page lists every family: it is made of the table, and what is written above the marker by hand.
func TestDocsListTheFamilies(t *testing.T) {
	page, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(page), marker)
	if !ok {
		t.Fatalf("%s has no line %q", docs, marker)
	}
	var b strings.Builder
	last := "none"
	for _, f := range metric.Families() {
		if f.From != last {
			last = f.From
			who := map[string]string{metric.Supervisor: "Of the daemon", metric.AnyRole: "Of each role", "vrrp": "Of virtual routers",
				"checker": "Of virtual servers", "bfd": "Of BFD sessions"}[f.From]
			fmt.Fprintf(&b, "\n### %s\n\n| name | type | labels | meaning |\n| --- | --- | --- | --- |\n", who)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Type, strings.Join(f.Labels, ", "), f.Help)
	}
	fmt.Fprintf(&b, "\n### With `--metrics-compat gen2brain`\n\n| name | labels | meaning |\n| --- | --- | --- |\n")
	for _, f := range metric.OfGen2brain() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, strings.Join(f.Labels, ", "), f.Help)
	}
	golden.Equal(t, docs, head+marker+b.String())
}
