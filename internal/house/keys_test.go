package house

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"
	"testing"

	"holdfast/config/language"
)

// chapterBlocks are the outermost blocks of the keywords that the files of a chapter ask for, "" for settings outside
// of blocks.
var chapterBlocks = map[string][]string{
	"global": {"", "global_defs"},
	"route":  {"static_routes", "static_rules", "vrrp_instance", "track_group"},
	"lvs":    {"virtual_server", "SSL"},
	"bfd":    {"bfd_instance"},
	"bgp":    {"bgp"},
	"vrrp": {"vrrp_instance", "vrrp_sync_group", "vrrp_script", "garp_group", "track_file", "vrrp_track_file",
		"vrrp_track_process"},
	"entry": {"static_routes"}, // the word that stands for itself
}

// TestKeysAreKeywords looks at every constant of config/language by which a draft is asked whether, or where, a keyword
// was given. A draft knows keywords by their first names: whoever asks for another one, or for none, always hears no.
func TestKeysAreKeywords(t *testing.T) {
	inner := language.Table().Keywords()
	known := func(chapter, name string) bool {
		return slices.ContainsFunc(inner, func(k language.Keyword) bool {
			outermost, _, _ := strings.Cut(k.Block, "/")
			return k.Name == name && k.AliasOf == "" && slices.Contains(chapterBlocks[chapter], outermost)
		})
	}
	// The words of encap stand with those of a route, and are not listed.
	asked := 0
	for _, c := range constantsOf(t, "key") {
		asked++
		chapter, _, _ := strings.Cut(strings.TrimSuffix(c.file, ".go"), "_")
		if !known(chapter, c.value) && (c.file != "route_nexthop.go" || c.value != "id") {
			t.Errorf("%s: %q is not the first name of a keyword of its chapter", c.at, c.value)
		}
	}
	if asked < 50 {
		t.Errorf("only %d keys found: the check sees nothing", asked)
	}
}

// TestNamesAreOfDefinedKinds: an object is found by its kind and its name, and a kind that nothing is ever defined as
// has no objects.
func TestNamesAreOfDefinedKinds(t *testing.T) {
	p := languagePackage(t)
	defined := map[string]bool{}
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "define" {
				if v := p.info.Types[call.Args[0]].Value; v != nil {
					defined[constant.StringVal(v)] = true
				}
			}
			return true
		})
	}
	if len(defined) < 5 {
		t.Errorf("only %d kinds are defined: the check sees nothing", len(defined))
	}
	for _, c := range constantsOf(t, "kind") {
		if !defined[c.value] {
			t.Errorf("%s: nothing is defined as %q", c.at, c.value)
		}
	}
}

// A typedConstant is a constant expression of a named type.
type typedConstant struct{ file, at, value string }

// constantsOf gives the texts in config/language that are of a type of its own.
func constantsOf(t *testing.T, name string) []typedConstant {
	t.Helper()
	p := languagePackage(t)
	var out []typedConstant
	for expr, tv := range p.info.Types {
		named, ok := tv.Type.(*types.Named)
		if !ok || tv.Value == nil || named.Obj().Name() != name || named.Obj().Pkg() != p.types {
			continue
		}
		at := p.fset.Position(expr.Pos())
		out = append(out, typedConstant{p.file(expr.Pos()), at.String(), constant.StringVal(tv.Value)})
	}
	return out
}
