package witness

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// recorded is the file with what keepalived makes of the texts.
const recorded = "testdata/keepalived.txt"

// heading begins what is written of a text.
const heading = "== "

// written is the content of a file of answers.
func written(list []text, answers []answer) string {
	var b strings.Builder
	for i, c := range list {
		fmt.Fprintf(&b, "%s%s\n%s", heading, c.name, answers[i])
	}
	return b.String()
}

// answers reads such a file.
func answers(t *testing.T, file string) map[string]answer {
	t.Helper()
	all, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]answer{}
	for _, part := range strings.Split("\n"+string(all), "\n"+heading)[1:] {
		lines := strings.Split(strings.TrimSuffix(part, "\n"), "\n")
		if len(lines) < 2 || !strings.HasPrefix(lines[1], "exit ") {
			t.Fatalf("%s: %q is no answer", file, part)
		}
		out[lines[0]] = answer{strings.TrimPrefix(lines[1], "exit "), lines[2:]}
	}
	return out
}
