package overview

import (
	"strings"
	"testing"
	"time"

	"holdfast/internal/state"
)

// Each line says when it ends.
func TestOverrides(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var b strings.Builder
	Overrides(&b, []state.Override{
		{Kind: "priority", Name: "VI_1", Text: "priority 7 by SNMP", Since: now.Add(-time.Minute), Reload: true, Configured: true},
		{Kind: "routers", Text: "in maintenance by root (0)", Since: now, Configured: true},
		{Kind: "instance", Name: "VI_9", Text: "handing over by root (0)", Since: now, Until: now.Add(time.Hour)},
	}, Style{Now: now})
	for n, want := range []string{"WHAT ", "the next reload", "somebody ends it", "(1h"} {
		line := strings.Split(strings.TrimSpace(b.String()), "\n")[n]
		if !strings.Contains(line, want) {
			t.Errorf("%q has no %q", line, want)
		}
	}
	if !strings.Contains(b.String(), "VI_9 (not in the configuration)") {
		t.Error(b.String())
	}
}
