package syntax

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/golden"
)

// TestGolden reads testdata/*.txt: a few files, each after a line "-- NAME --",
// of which k.conf is the main one, and at the end what comes out of them.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			input, _, _ := strings.Cut(string(data), "-- want --\n")
			got := printed(unpack(input))
			golden.Equal(t, name, input+"-- want --\n"+got)
		})
	}
}

// goldenOptions are those of every golden file.
func goldenOptions() Options {
	return Options{
		ConfigID: "foo",
		Dir:      "/etc/keepalived",
		Getenv:   func(name string) string { return map[string]string{"HOME": "/root"}[name] },
	}
}

// unpack makes a source of the files of a golden file. In their text ␀, ␍ and ⍽ stand
// for NUL, CR and a byte order mark.
func unpack(archive string) MapSource {
	replacer := strings.NewReplacer("␀", "\x00", "␍", "\r", "⍽", "\ufeff")
	files := MapSource{}
	_, rest, _ := strings.Cut("\n"+archive, "\n-- ")
	for _, part := range strings.Split(rest, "\n-- ") {
		name, text, _ := strings.Cut(part, " --\n")
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		files[name] = replacer.Replace(text)
	}
	return files
}

func printed(files MapSource) string {
	snap := Load(files, "k.conf", goldenOptions())
	tree, findings := Parse(snap, testShape)
	snap.Trace(findings)
	var b strings.Builder
	printBlock(&b, tree, "")
	for _, d := range append(snap.Diagnostics, findings...) {
		fmt.Fprintf(&b, "%v [%d %s]\n", d, d.Class, d.ID)
		if d.RelatedText != "" {
			fmt.Fprintf(&b, "  %v: %s\n", d.Related, d.RelatedText)
		}
		for _, frame := range d.Trail {
			fmt.Fprintf(&b, "  %v\n", frame)
		}
	}
	return b.String()
}

func printBlock(b *strings.Builder, block Block, indent string) {
	for _, node := range block.Nodes {
		b.WriteString(indent)
		for i, word := range node.Words {
			if i > 0 {
				b.WriteString(" ")
			}
			text := word.Text
			if word.Quoted {
				text = `"` + text + `"`
			}
			fmt.Fprintf(b, "%s@%s", text, place(word.Pos))
		}
		if node.Block == nil {
			b.WriteString("\n")
			continue
		}
		fmt.Fprintf(b, " {@%s\n", place(node.Block.Open))
		printBlock(b, *node.Block, indent+"  ")
		fmt.Fprintf(b, "%s}@%s\n", indent, place(node.Block.Close))
	}
}

// place is a position without the name of the main file.
func place(pos Pos) string {
	if !pos.IsValid() {
		return "-"
	}
	return strings.TrimPrefix(pos.String(), "k.conf:")
}

// testShape is a small part of the language.
func testShape(path []string, keyword string) Form {
	forms := map[string]Form{
		"/global_defs":                            FormBlock,
		"/global_defs/router_id":                  FormLine,
		"/global_defs/notification_email":         FormBlock,
		"/vrrp_script":                            FormBlock,
		"/vrrp_script/script":                     FormLine,
		"/vrrp_instance":                          FormBlock,
		"/vrrp_instance/state":                    FormLine,
		"/vrrp_instance/interface":                FormLine,
		"/vrrp_instance/priority":                 FormLine,
		"/vrrp_instance/authentication":           FormBlock,
		"/vrrp_instance/authentication/auth_pass": FormLine,
		"/vrrp_instance/virtual_ipaddress":        FormBlock,
		"/vrrp_instance/track_script":             FormBlock,
	}
	inside := "/" + strings.Join(path, "/")
	switch inside {
	case "/vrrp_instance/virtual_ipaddress", "/vrrp_instance/track_script", "/global_defs/notification_email":
		return FormLine
	case "/":
		inside = ""
	}
	return forms[inside+"/"+keyword]
}
