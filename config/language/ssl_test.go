package language

import (
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/config/syntax"
)

// What is wrong with the files of the SSL block is said where they are named, if a checker needs them; and that servers
// are verified, which they are not by keepalived, until somebody has said that it is meant.
func TestSemantics10_24_FilesOfTheHost(t *testing.T) {
	get := service("", "SSL_GET {\n url {\n path /\n }\n}")
	grpc := func(tls string) string {
		return service("", "@holdfast GRPC_CHECK {\n"+tls+"@holdfast }")
	}
	env := host()
	env.SSLFiles = func(s config.SSL) (string, string) {
		if s.Key == "/bad" {
			return "key", "SSL key: open /bad: no such file"
		}
		return "", ""
	}
	for _, c := range []struct {
		text string
		rule string // "" for no finding
		line string // where it is
	}{
		{"SSL {\n certificate /c\n key /k\n}\n" + get, "", ""},
		{"SSL {\n certificate /c\n key /bad\n}\n" + get, "ssl-file", " key /bad"},
		{get + "\nSSL {\n\n key /bad\n}\n", "ssl-file", " key /bad"},
		{"SSL {\n key /bad\n}\n" + service("", "HTTP_GET {\n url {\n path /\n }\n}"), "", ""},
		{"SSL {\n ca /a\n}\n" + get, "ca-verifies", " ca /a"},
		{"SSL {\n ca /a\n@holdfast verify_server false\n}\n" + get, "", ""},
		{"SSL {\n ca /a\n@holdfast verify_server\n}\n" + get, "", ""},
		{"SSL {\n ca /a\n}\n" + service("", "TCP_CHECK {\n}"), "", ""},
		{"SSL {\n key /bad\n}\n" + grpc("@holdfast tls\n"), "ssl-file", " key /bad"},
		{"SSL {\n key /bad\n}\n" + grpc(""), "", ""},
		{"SSL {\n ca /a\n}\n" + grpc("@holdfast tls\n"), "", ""},
	} {
		_, said := Bind(load(c.text), env)
		if c.rule == "" {
			if len(said) != 0 {
				t.Errorf("%s\n%v", c.text, said)
			}
			continue
		}
		if len(said) != 1 || said[0].ID != c.rule || strings.Split(c.text, "\n")[said[0].Pos.Line-1] != c.line {
			t.Errorf("%s\n%v", c.text, said)
		}
		// As by keepalived, whose configuration test may run where the files are not.
		if status := ExitStatus(said); status != 0 || c.rule == "ssl-file" && said[0].Severity != syntax.Error {
			t.Errorf("%s\nexit status %d, %v", c.text, status, said)
		}
	}
}
