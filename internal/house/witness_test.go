package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A witness is a test or a story with the facts that it says it shows or refuses.
type witness struct {
	name    string // "vrrp/wire TestZeroInterval"
	shows   []string
	refuses []string
}

// witnesses finds all tags below the root, with what is wrong with any.
func witnesses() (all []witness, problems []string, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, ".story"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		var found []witness
		var bad []string
		if strings.HasSuffix(path, ".story") {
			found = storyTags(rel, string(text))
		} else if filepath.Dir(rel) != "internal/conformance" {
			found, bad, err = testTags(rel, text)
		}
		all, problems = append(all, found...), append(problems, bad...)
		return err
	})
	return all, problems, err
}

// storyTags are the lines of a story that name facts.
func storyTags(path, text string) []witness {
	w := witness{name: filepath.Dir(filepath.Dir(path)) + " " + filepath.Base(path)}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case strings.HasPrefix(line, "shows "):
			w.shows = append(w.shows, words[1:]...)
		case strings.HasPrefix(line, "refuses "):
			w.refuses = append(w.refuses, words[1:]...)
		}
	}
	if len(w.shows)+len(w.refuses) == 0 {
		return nil
	}
	return []witness{w}
}

// testTags are those of a file with tests. A tag that a test may pass by, or that is in no test, is a problem: it
// stands at the beginning of a test, where nothing can keep it from being reached, and names facts by themselves.
func testTags(path string, text []byte) (all []witness, problems []string, err error) {
	if !strings.Contains(string(text), `"holdfast/internal/conformance"`) {
		return nil, nil, nil
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	if err != nil {
		return nil, nil, err
	}
	complain := func(n ast.Node, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s: %s", fset.Position(n.Pos()), fmt.Sprintf(format, args...)))
	}
	good := map[*ast.CallExpr]bool{}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Test") && !strings.HasPrefix(fn.Name.Name, "Fuzz") {
			continue
		}
		w := witness{name: filepath.Dir(path) + " " + fn.Name.Name}
		for _, s := range fn.Body.List {
			call, kind := callOf(s)
			if kind == "t.Parallel" || kind == "t.Helper" {
				continue
			}
			if kind != shows && kind != refuses {
				break
			}
			good[call] = true
			for _, a := range call.Args[1:] {
				lit, ok := a.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					complain(a, "the number of a fact is written out")
					continue
				}
				number, _ := strconv.Unquote(lit.Value)
				if kind == shows {
					w.shows = append(w.shows, number)
				} else {
					w.refuses = append(w.refuses, number)
				}
			}
		}
		if len(w.shows)+len(w.refuses) > 0 {
			all = append(all, w)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.CallExpr)
		if ok && (nameOf(sel) == shows || nameOf(sel) == refuses) && !good[sel] {
			complain(n, "a tag stands at the beginning of a test")
		}
		return true
	})
	return all, problems, nil
}

const (
	shows   = "conformance.Shows"
	refuses = "conformance.Refuses"
)

// callOf is the call that a statement is, and what it calls.
func callOf(s ast.Stmt) (call *ast.CallExpr, name string) {
	if e, ok := s.(*ast.ExprStmt); ok {
		if call, ok = e.X.(*ast.CallExpr); ok {
			return call, nameOf(call)
		}
	}
	return nil, ""
}

func nameOf(call *ast.CallExpr) string {
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := sel.X.(*ast.Ident); ok {
			return x.Name + "." + sel.Sel.Name
		}
	}
	return ""
}

var endToEnd = regexp.MustCompile(`^test/e2e/\w+`)

// stage is the script that plays a witness, "test" or "proof"; "" is none.
func (w witness) stage() (string, error) {
	dir := endToEnd.FindString(w.name)
	if dir == "" {
		return "test", nil
	}
	for _, stage := range []string{"test", "proof"} {
		text, err := os.ReadFile(filepath.Join(root, "test/make", stage))
		if err != nil {
			return "", err
		}
		if regexp.MustCompile(regexp.QuoteMeta("./"+dir) + `\b`).Match(text) {
			return stage, nil
		}
	}
	return "", nil
}

// Only a tag that every run of the test reaches counts.
func TestWitnessesAreFound(t *testing.T) {
	file := func(body string) string {
		return "package p\nimport \"holdfast/internal/conformance\"\n" + body
	}
	for _, c := range []struct{ name, text, want string }{
		{"first", file(`func TestA(t *testing.T) { t.Parallel(); conformance.Shows(t, "R1"); conformance.Refuses(t, "R2", "R3"); x() }`),
			"[{d TestA [R1] [R2 R3]}] []"},
		{"behind something", file(`func TestA(t *testing.T) { x(); conformance.Shows(t, "R1") }`),
			"[] [d/a_test.go:3:33: a tag stands at the beginning of a test]"},
		{"in a condition", file(`func TestA(t *testing.T) { if x { conformance.Shows(t, "R1") } }`),
			"[] [d/a_test.go:3:35: a tag stands at the beginning of a test]"},
		{"in no test", file(`func x(t *testing.T) { conformance.Refuses(t, "R1") }`),
			"[] [d/a_test.go:3:24: a tag stands at the beginning of a test]"},
		{"not written out", file(`func TestA(t *testing.T) { conformance.Shows(t, all...) }`),
			"[] [d/a_test.go:3:49: the number of a fact is written out]"},
		{"no tag", "package p", "[] []"},
	} {
		all, problems, err := testTags("d/a_test.go", []byte(c.text))
		if got := fmt.Sprint(all, problems); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
		}
	}
	if got := fmt.Sprint(storyTags("v/testdata/1_2.story", "# shows R9\nshows R1 R2\nat 1s\n  1.000 refuses R9\nrefuses R3\n")); got != "[{v 1_2.story [R1 R2] [R3]}]" {
		t.Error(got)
	}
}

func TestStagesOfWitnesses(t *testing.T) {
	for name, want := range map[string]string{
		"vrrp/wire TestX": "test", "test/e2e/vrrp TestX": "test", "test/e2e/faults TestX": "proof", "test/e2e/nowhere TestX": "",
	} {
		if got, err := (witness{name: name}).stage(); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
