package check

import (
	"strings"
	"testing"

	"holdfast/config/syntax"
)

// What keepalived makes of a file without our lines is said where it is something wrong that we do not see, and
// nothing is said of a file that serves both.
func TestFilesForBoth(t *testing.T) {
	for _, tt := range []struct {
		name, more string
		own        int    // lines
		want       string // parts of the warnings, separated by |; "" = none
	}{
		{"no line of ours", "", 0, ""},
		{"a word", "global_defs {\n@holdfast vrrp_notify_two_masters\n}\n", 1, ""},
		{"a word where keepalived reads it", "global_defs {\n vrrp_notify_two_masters on\n}\n", 0,
			"a.conf:10:2: warning: vrrp_notify_two_masters is a keyword of holdfast, which keepalived does not know; begin " +
				"the line with '@holdfast vrrp_notify_two_masters'"},
		{"a whole block", "@holdfast global_defs {\n@holdfast   vrrp_version 3\n@holdfast }\n", 3, ""},
		{"another value for keepalived", "global_defs {\n@holdfast vrrp_version 3\n@^holdfast vrrp_version 2\n}\n", 2, ""},
		{"another header for keepalived", "@holdfast garp_group {\n@^holdfast garp_group {\n garp_interval 1\n interface eth0\n}\n",
			2, ""},
		{"a block that begins on our line only", "@holdfast global_defs {\n vrrp_version 3\n}\n", 1,
			"a.conf:10:2: warning: keepalived, which drops the lines of @holdfast, finds here: Unknown keyword 'vrrp_version'" +
				"|a.conf:11:1: warning: keepalived, which drops the lines of @holdfast, finds here: Extra '}' found"},
		{"a block that ends on our line only", "global_defs {\n vrrp_version 3\n@holdfast }\n", 1,
			"a.conf:9:13: warning: keepalived, which drops the lines of @holdfast, finds here: There are 1 missing '}'s"},
		{"a definition of ours", "@holdfast $N=3\nglobal_defs {\n vrrp_version $N\n}\n", 1,
			"a.conf:11:15: warning: keepalived, which drops the lines of @holdfast, finds here: "},
		{"wrong for both", "global_defs {\n@holdfast vrrp_version 3\nfoo\n}\n", 1, ""},
	} {
		r := File(syntax.MapSource{"a.conf": good + tt.more}, "a.conf", Options{})
		var warnings []syntax.Diagnostic
		for _, d := range r.Findings {
			if d.Severity == syntax.Warning {
				warnings = append(warnings, d)
			}
		}
		got := text(warnings)
		if r.Own != tt.own || tt.want == "" && got != "" {
			t.Errorf("%s: %d lines of ours; %s", tt.name, r.Own, got)
		}
		for part := range strings.SplitSeq(tt.want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %s\nhas not %s", tt.name, got, part)
			}
		}
		if Status([]Result{r}, Policy{}) != StatusClean && tt.name != "wrong for both" {
			t.Errorf("%s: %s", tt.name, text(r.Findings))
		}
	}
}
