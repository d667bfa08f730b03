package syntax

import (
	"strings"
	"testing"
)

// What comes from a word processor, a web page or another system is told where it is,
// once a line, and does not count for a configuration test.
func TestCharactersThatLookLikeOthers(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"notify “/bin/x”", `k.conf:1:8: warning: '“' is no quote, but a part of the word: write " [0]`},
		{"notify ‘/bin/x’", `k.conf:1:8: warning: '‘' is no quote, but a part of the word: write ' [0]`},
		{"interface\u00a0eth0", "k.conf:1:10: warning: the character U+00A0 looks like a blank and is a part of the " +
			"word: write a blank [0]"},
		{"interface \ufeffeth0", "k.conf:1:11: warning: the character U+FEFF looks like a blank and is a part of the " +
			"word: write a blank [0]"},
		{"a\rb\rc", "k.conf:1:2: warning: a carriage return within the line: if it was meant to end it, save the file " +
			"with Unix line ends [0]"},
		{"a\r\r\n", ""},
		{"router_id Größe", ""},
		{"router_id 1–2", ""},
		{`notify "it’s"`, ""},
		{"a # it’s", ""},
		{"router_id gr\xe2\xfcn", ""}, // Latin-1
		{"router_id gr\xc2", ""},
	} {
		if got := strings.Join(findings(load(tt.text).Diagnostics), "\n"); got != tt.want {
			t.Errorf("%q: %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

// A file in UTF-16 is one finding, and nothing is read of it.
func TestUTF16(t *testing.T) {
	for _, text := range []string{"\xff\xfea\x00\n\x00b\x00", "\xfe\xff\x00a\x00\n"} {
		s := Load(MapSource{"k.conf": "include u.conf\nfoo\n", "u.conf": text}, "k.conf", Options{})
		if len(s.Lines) != 1 || len(s.Diagnostics) != 1 || !strings.HasPrefix(s.Diagnostics[0].String(),
			"u.conf:1:1: error: configuration appears to have embedded NULs - ignoring the file: it is in UTF-16") {
			t.Errorf("%q: %v %v", text, s.Lines, s.Diagnostics)
		}
	}
}
