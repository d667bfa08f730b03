package metric_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"holdfast/internal/metric"
)

const examples = "../../examples/prometheus/"

// names are the families that a text asks for.
func names(text string) []string {
	return regexp.MustCompile(`\bkeepalived_[a-z0-9_]+`).FindAllString(text, -1)
}

// Every family that the board and the alerts ask for is one; that somebody tells it is a test of each role.
func TestExamplesAskForWhatThereIs(t *testing.T) {
	known := map[string]bool{}
	for _, f := range metric.Families() {
		known[f.Name] = true
		if f.Type == metric.Histogram {
			known[f.Name+"_bucket"] = true
		}
	}
	for _, file := range []string{"board.json", "alerts.yml"} {
		text, err := os.ReadFile(examples + file)
		if err != nil {
			t.Fatal(err)
		}
		all := names(string(text))
		if len(all) < 15 {
			t.Errorf("%s asks only for %q", file, all)
		}
		for _, n := range all {
			if !known[n] {
				t.Errorf("%s asks for %s, which there is not", file, n)
			}
		}
	}
}

// The first row of the board is for those who come from keepalived-exporter: it has what they know, and needs no more.
func TestTheFirstRowOfTheBoard(t *testing.T) {
	text, err := os.ReadFile(examples + "board.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Type, Title string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	theirs := map[string]bool{metric.Up: true, metric.VRRPState: true, metric.VRRPExcludedState: true, metric.ScriptStatus: true,
		metric.ScriptState: true, metric.GARPDelay: true}
	for _, c := range metric.AdoptedCounters() {
		theirs[c.Name] = true
	}
	row, panels := 0, 0
	for _, p := range board.Panels {
		if p.Type == "row" {
			row++
			continue
		}
		if len(p.Targets) == 0 {
			t.Errorf("%s shows nothing", p.Title)
		}
		if row > 1 {
			continue
		}
		panels++
		for _, target := range p.Targets {
			for _, n := range names(target.Expr) {
				if !theirs[n] {
					t.Errorf("%s asks for %s", p.Title, n)
				}
			}
		}
	}
	if panels != 10 {
		t.Errorf("%d panels, want ten", panels)
	}
	for n := range theirs {
		if !strings.Contains(string(text), n) {
			t.Errorf("%s is on no panel", n)
		}
	}
}

func TestAlertsAreRules(t *testing.T) {
	if out, err := exec.Command("promtool", "check", "rules", examples+"alerts.yml").CombinedOutput(); err != nil {
		t.Errorf("promtool check rules (Debian's prometheus has it): %v\n%s", err, out)
	}
}
