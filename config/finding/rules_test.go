package finding

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)

// sources gives every file of the packages that report findings about configurations.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, dir := range []string{"../language", "../syntax", "../advice", "../agreement", "../layout", "../check"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	return files
}

// Words of the language that look like rules.
func notRules() []string {
	return []string{"ipv6-icmp", "sh-fallback", "sh-port", "mh-fallback", "mh-port", "flag-1", "flag-2", "flag-3",
		"ttl-propagate", "tunnel-id", "receive-only", "200-299"}
}

func TestEveryRuleIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, r := range Rules() {
		if listed[r.ID] {
			t.Errorf("%s is listed twice", r.ID)
		}
		listed[r.ID] = true
		if !kebab.MatchString(r.ID) || !strings.HasSuffix(r.Help, ".") || len(r.Help) > 160 {
			t.Errorf("rule %q: %q", r.ID, r.Help)
		}
	}
	used := map[string]bool{}
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			l, ok := n.(*ast.BasicLit)
			if !ok || l.Kind != token.STRING {
				return true
			}
			id := strings.Trim(l.Value, `"`)
			used[id] = true
			if kebab.MatchString(id) && !listed[id] && !slices.Contains(notRules(), id) {
				t.Errorf("%s: %s is not listed", name, id)
			}
			return true
		})
	}
	for id := range listed {
		if !used[id] {
			t.Errorf("%s is used by nothing", id)
		}
	}
}

// A finding that is made by hand has a rule too.
func TestEveryFindingHasARule(t *testing.T) {
	seen := 0
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			c, ok := n.(*ast.CompositeLit)
			if !ok || len(c.Elts) == 0 || typeName(c.Type) != "Diagnostic" {
				return true
			}
			seen++
			if !slices.ContainsFunc(c.Elts, func(e ast.Expr) bool {
				kv, ok := e.(*ast.KeyValueExpr)
				return ok && kv.Key.(*ast.Ident).Name == "ID"
			}) {
				t.Errorf("%s: a Diagnostic without ID", name)
			}
			return true
		})
	}
	if seen < 10 {
		t.Errorf("%d literals seen", seen)
	}
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
