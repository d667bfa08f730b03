package syntax_test

import (
	"fmt"
	"strings"
	"testing"
)

const turns = 40

// looped is a text as the body of a loop.
func looped(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return "$BODY= \\\n" + strings.Join(lines, " \\\n") + "\n\n~SEQ(N,1," + fmt.Sprint(turns) + ") $BODY\n"
}

// A brace that is missing or too many in the body of a loop is one finding and mended
// at every turn.
func TestBraceInTheBodyOfALoop(t *testing.T) {
	for _, body := range []struct{ name, text, root, inner string }{
		{"router", routerA, "/vrrp_instance", "/vrrp_instance/priority"},
		{"service", web, "/virtual_server", "/virtual_server/real_server"},
	} {
		_, found := repaired(looped(body.text))
		if len(found) > 0 {
			t.Fatal(found)
		}
		for i, line := range strings.Split(body.text, "\n") {
			variants := map[string]string{}
			switch code := strings.TrimSpace(line); {
			case code == "}":
				variants["missing"] = without(body.text, i+1)
				variants["twice"] = after(body.text, i+1, line)
			case strings.HasSuffix(code, "1") || strings.HasSuffix(code, "0"): // a value or an entry
				variants["extra"] = after(body.text, i+1, strings.Repeat(" ", len(line)-len(code))+"}")
			}
			for kind, text := range variants {
				t.Run(fmt.Sprintf("%s, line %d, %s", body.name, i+1, kind), func(t *testing.T) {
					tree, found := repaired(looped(text))
					have := map[string]int{}
					paths(tree, "", have)
					if len(found) != 1 || have[body.root] != turns || have[body.inner] < turns {
						t.Errorf("%d of %s, %d of %s\n%v\n%s", have[body.root], body.root, have[body.inner], body.inner, found, text)
					}
				})
			}
		}
	}
}
