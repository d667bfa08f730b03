package main

import (
	"strings"
	"testing"
)

// The example is a pair; files that are none are told so with the places in both.
func TestCheckOfAPair(t *testing.T) {
	const examples = "../../examples/lvs-dr-pair/"
	invocation{[]string{"check", "--pair", "--strict", "-q", examples + "director1.conf", examples + "director2.conf"}, 0, "", ""}.run(t)

	t.Chdir(t.TempDir())
	write(t, "a.conf", goodConfig)
	write(t, "b.conf", strings.NewReplacer("priority 100", "priority 90", "192.0.2.10/24", "192.0.2.11/24").Replace(goodConfig))
	write(t, "c.conf", strings.Replace(goodConfig, "priority 100", "priority 90\n    advert_int 3", 1))
	write(t, "d.conf", strings.Replace(goodConfig, "priority 100", "priority 80", 1))
	write(t, "equal.conf", goodConfig)
	write(t, "small.conf", strings.Replace(goodConfig, "/24", "/25", 1))
	for _, v := range []invocation{
		{[]string{"a.conf", "d.conf"}, 0, "", "a.conf: nothing to say against it\nd.conf: nothing to say against it\n" +
			"a.conf and d.conf: nothing to say against it\n"},
		{[]string{"a.conf", "b.conf"}, 1, "b.conf:6:9: error: (VI_1) a.conf has no 192.0.2.11: when that director takes over, nobody has it\n" +
			"    a.conf:5:5: not here\na.conf:6:9: error: (VI_1) b.conf has no 192.0.2.10", "a.conf and b.conf: 2 errors\n"},
		{[]string{"a.conf", "c.conf", "d.conf"}, 1, "c.conf:5:5: error: (VI_1) advert_int 3 here and 1 in a.conf",
			"a.conf and c.conf and d.conf: 1 error"},
		{[]string{"-q", "a.conf", "equal.conf"}, 0, "", ""},
		{[]string{"a.conf", "equal.conf"}, 0, "equal.conf:4:5: note: (VI_1) priority 100 here and in a.conf", "a.conf and equal.conf: 1 note"},
		{[]string{"a.conf", "small.conf"}, 0, "small.conf:6:9: warning: ", "1 warning"},
		{[]string{"--strict", "a.conf", "small.conf"}, 1, "small.conf:6:9: warning: ", "1 warning"},
		{[]string{"--format", "json", "a.conf", "c.conf"}, 1, `"id": "pair-interval-differs"`, ""},
		{[]string{"--format", "sarif", "a.conf", "c.conf"}, 1, `"ruleId": "pair-interval-differs"`, ""},
		{[]string{"a.conf", "none.conf"}, 2, "none.conf: error: ", "a.conf: nothing to say against it\nnone.conf: cannot be read\n"},
		{[]string{"a.conf"}, 2, "", "holdfast check: --pair: want the files of two directors or more, not 1\n"},
		{nil, 2, "", "holdfast check: --pair: want the files of two directors or more, not 0\n"},
		{[]string{"--host", "a.conf", "b.conf"}, 2, "", "holdfast check: --pair and --host: "},
	} {
		v.args = append([]string{"check", "--pair"}, v.args...)
		v.run(t)
	}
}
