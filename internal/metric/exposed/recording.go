package exposed

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A Recording is what Prometheus would have of several instances, scraped once a second: an incident, as it was.
type Recording struct {
	seconds int
	series  map[string][]string // by name and labels; the values of all seconds so far, _ where there was none
}

// Scrape takes what an instance tells now.
func (r *Recording) Scrape(t testing.TB, instance, text string) {
	t.Helper()
	if r.series == nil {
		r.series = map[string][]string{}
	}
	for name, value := range Series(t, text) {
		family, labels, _ := strings.Cut(name, "{")
		name = family + `{instance="` + instance + `",` + strings.TrimSuffix(labels, "}") + "}"
		name = strings.Replace(name, ",}", "}", 1)
		for len(r.series[name]) < r.seconds {
			r.series[name] = append(r.series[name], "_")
		}
		r.series[name] = append(r.series[name], value)
	}
}

// Tick ends a second.
func (r *Recording) Tick() {
	r.seconds++
	for name := range r.series {
		if len(r.series[name]) < r.seconds {
			r.series[name] = append(r.series[name], "stale")
		}
	}
}

// Firing is which alerts there are at a second, in the order of their names, each with how many of it: "A 1, B 2".
type Firing struct {
	At     time.Duration
	Alerts string
}

// Judge has promtool play rules over the recording and fails the test where other alerts fire than are wanted.
func (r *Recording) Judge(t testing.TB, rules string, want ...Firing) {
	t.Helper()
	rules, err := filepath.Abs(rules)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rule_files: [%q]\nevaluation_interval: 1s\ntests:\n  - interval: 1s\n    input_series:\n", rules)
	for _, name := range slices.Sorted(maps.Keys(r.series)) {
		fmt.Fprintf(&b, "      - {series: %s, values: %q}\n", quoted(name), strings.Join(r.series[name], " "))
	}
	b.WriteString("    promql_expr_test:\n")
	for _, w := range want {
		b.WriteString("      - expr: 'count by (alertname) (ALERTS{alertstate=\"firing\"})'\n")
		fmt.Fprintf(&b, "        eval_time: %v\n        exp_samples:\n", w.At)
		for one := range strings.SplitSeq(w.Alerts, ", ") {
			if name, n, is := strings.Cut(one, " "); is {
				fmt.Fprintf(&b, "          - {labels: '{alertname=%q}', value: %s}\n", name, n)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "incident.yml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("promtool", "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool test rules (Debian's prometheus has it): %v\n%s", err, out)
	}
}

// quoted is a text in YAML.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
