package house

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A checkedPackage is a package without its tests, every name in it resolved.
type checkedPackage struct {
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
	info  *types.Info
}

// file is the name of the file of a place, without its folder.
func (p *checkedPackage) file(at token.Pos) string {
	return filepath.Base(p.fset.Position(at).Filename)
}

// checkLanguage is made once: what the package imports is checked from its sources too, which takes seconds.
var checkLanguage = sync.OnceValues(func() (*checkedPackage, error) { return check("config/language") })

func languagePackage(t *testing.T) *checkedPackage {
	t.Helper()
	p, err := checkLanguage()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func check(dir string) (*checkedPackage, error) {
	names, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil {
		return nil, err
	}
	p := &checkedPackage{fset: token.NewFileSet(), info: &types.Info{
		Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(p.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, f)
	}
	if build.Default.GOROOT == "" { // a program built with -trimpath does not know where the standard library is
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return nil, fmt.Errorf("go env GOROOT: %w", err)
		}
		build.Default.GOROOT = strings.TrimSpace(string(out))
	}
	checker := types.Config{Importer: importer.ForCompiler(p.fset, "source", nil)}
	p.types, err = checker.Check(module+dir, p.fset, p.files, p.info)
	return p, err
}
