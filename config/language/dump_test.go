package language

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/internal/golden"
)

func TestDump(t *testing.T) {
	for name, secret := range map[string]string{"full": "secret", "blocks": "0001020304"} {
		text, err := os.ReadFile("testdata/dump/" + name + ".conf")
		if err != nil {
			t.Fatal(err)
		}
		cfg := func() *config.Config { c, _ := bind(t, string(text)); return c }()
		var first, again bytes.Buffer
		Dump(&first, cfg)
		Dump(&again, cfg)
		if first.String() != again.String() {
			t.Errorf("%s: two listings differ", name)
		}
		if !strings.Contains(string(text), secret) || strings.Contains(first.String(), secret) {
			t.Errorf("%s: the password is shown", name)
		}
		golden.Equal(t, "testdata/dump/"+name+".want", first.String())
	}
}
