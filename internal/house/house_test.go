// Package house checks the rules the code base keeps: which packages are pure,
// how large files and functions may grow, which names are not used.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	root         = "../.."
	module       = "holdfast/"
	maxFileLines = 600
	maxFuncLines = 60
	maxColumns   = 120 // a tab counts as one
)

// pure lists the packages that take time and state of the host as values. They
// import neither I/O nor each other's shells.
var pure = []string{
	"config/syntax", "config/finding", "config/layout", "config", "config/language", "config/reference", "config/advice", "config/agreement", "config/check", "config/difference", "config/slots", "internal/roff",
	"vrrp/wire", "vrrp", "internal/rehearsal", "ipvs", "ipvs/admin", "ipvs/maglev", "ipvs/fleet", "healthcheck/lvs", "healthcheck/reason", "healthcheck/attempt", "internal/role", "internal/rights", "internal/news", "internal/override",
	"internal/deadline", "internal/bfd", "internal/linkstate", "internal/state", "internal/overview", "internal/appointment",
	"internal/agentx", "internal/mib", "internal/speaker/talk",
	"internal/metric",
}

// impure are the imports a pure package may not reach, directly or through another
// package of this module.
var impure = []string{
	"net", "os", "os/exec", "os/signal", "os/user", "syscall", "log", "net/http", "crypto/tls",
	"golang.org/x/sys/unix", "go.uber.org/zap", "github.com/vishvananda/netlink",
	"github.com/mdlayher/packet", "github.com/mdlayher/arp", "github.com/mdlayher/netlink", "github.com/mdlayher/genetlink",
}

func TestPurePackagesDoNoIO(t *testing.T) {
	for _, pkg := range pure {
		seen := map[string]bool{}
		if bad := reach(t, pkg, seen); bad != "" {
			t.Errorf("%s reaches %s", pkg, bad)
		}
	}
}

// reach returns the first impure import found from pkg, as a path "a -> b".
func reach(t *testing.T, pkg string, seen map[string]bool) string {
	if seen[pkg] {
		return ""
	}
	seen[pkg] = true
	for _, imp := range imports(t, pkg) {
		if slices.Contains(impure, imp) {
			return imp
		}
		if inner, ok := strings.CutPrefix(imp, module); ok {
			if bad := reach(t, inner, seen); bad != "" {
				return inner + " -> " + bad
			}
		}
	}
	return ""
}

func imports(t *testing.T, pkg string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, pkg, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("package %s has no Go files (%v)", pkg, err)
	}
	var all []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range f.Imports {
			p, err := strconv.Unquote(s.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	return all
}

func TestPurePackagesHaveNoClock(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}
	for _, pkg := range pure {
		eachFile(t, filepath.Join(root, pkg), func(fset *token.FileSet, f *ast.File) {
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, sel.Sel.Name) {
					t.Errorf("%s: time.%s in a pure package", fset.Position(sel.Pos()), sel.Sel.Name)
				}
				return true
			})
		})
	}
}

func TestNoInitAndNoVagueNames(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "misc"}
	walk(t, func(path string) {
		base := strings.TrimSuffix(filepath.Base(path), ".go")
		if dir := filepath.Base(filepath.Dir(path)); slices.Contains(vague, dir) || slices.Contains(vague, strings.TrimSuffix(base, "_test")) {
			t.Errorf("%s: a name that says nothing", path)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: has an init function", path)
			}
		}
	})
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	walk(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if n := fset.File(f.Pos()).LineCount(); n > maxFileLines {
			t.Errorf("%s: %d lines, more than %d: find the second idea in it", path, n, maxFileLines)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > maxFuncLines {
				t.Errorf("%s: %s has %d lines, more than %d", fset.Position(fn.Pos()), fn.Name.Name, n, maxFuncLines)
			}
		}
	})
}

// TestLinesStayNarrow looks at all but tests, whose tables are as wide as their columns. What stands in a raw string
// is a text of its own.
func TestLinesStayNarrow(t *testing.T) {
	walk(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		raw := linesOfRawStrings(fset, f)
		for i, line := range strings.Split(string(text), "\n") {
			if n := utf8.RuneCountInString(line); n > maxColumns && !raw[i+1] {
				t.Errorf("%s:%d: %d columns, more than %d", path, i+1, n, maxColumns)
			}
		}
	})
}

func linesOfRawStrings(fset *token.FileSet, f *ast.File) map[int]bool {
	lines := map[int]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(lit.Value, "`") {
			for l := fset.Position(lit.Pos()).Line; l <= fset.Position(lit.End()).Line; l++ {
				lines[l] = true
			}
		}
		return true
	})
	return lines
}

func eachFile(t *testing.T, dir string, do func(*token.FileSet, *ast.File)) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has no Go files (%v)", dir, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		do(fset, f)
	}
}

func walk(t *testing.T, do func(path string)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") {
			n++
			do(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatal("no Go files found")
	}
}
