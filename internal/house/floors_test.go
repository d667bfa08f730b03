package house

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/config/language"
)

// A room is files of one package that may use each other: named one by one, without ".go", or, with a "_" at
// the end, all whose names begin so.
type room []string

// languageFloors are the rooms of config/language from the ground up. A file uses what is in its room and on the
// floors below, nothing beside it and nothing above.
var languageFloors = [][]room{
	{{"finding_"}},
	{kit},
	{{"global", "global_"}},
	{{"route", "route_"}, {"lvs_"}, {"bfd"}, {"bgp"}},
	{{"vrrp_"}},
	{{"root_"}},
	{{"print", "print_"}},
	{{"compare"}, {"dump_"}},
}

// kit reads every statement, and knows none.
var kit = room{
	"bind", "define", "diagnose", "doc", "entry", "family", "form", "in_force", "keyword", "language", "lost", "named", "nearest",
	"number", "own", "ranges", "shape", "show", "surplus", "survey", "weight",
}

// languageStairs are uses of something above or beside that there is a reason for: "file.go -> file.go name".
var languageStairs = map[string]string{}

func TestLanguageHasFloors(t *testing.T) {
	p := languagePackage(t)
	rooms := map[string]place{}
	for _, f := range p.files {
		name := p.file(f.Pos())
		at, ok := placeIn(languageFloors, strings.TrimSuffix(name, ".go"))
		if !ok {
			t.Errorf("%s is on no floor: add it to languageFloors, or call it after its chapter", name)
		}
		rooms[name] = at
	}
	unused := maps.Clone(languageStairs)
	for _, u := range usesBetweenFiles(t, p) {
		from, to := rooms[u.from], rooms[u.to]
		if to.floor < from.floor || to == from {
			continue
		}
		if _, ok := languageStairs[u.String()]; ok {
			delete(unused, u.String())
			continue
		}
		t.Errorf("%s: that is above or beside it; move one of the two to where it belongs", u)
	}
	for u := range unused {
		t.Errorf("languageStairs: %s is no longer there", u)
	}
}

// A place is where a room is: its floor, and which of the rooms there.
type place struct{ floor, room int }

func placeIn(floors [][]room, file string) (place, bool) {
	for i, floor := range floors {
		for j, r := range floor {
			for _, name := range r {
				if file == name || strings.HasSuffix(name, "_") && strings.HasPrefix(file, name) {
					return place{i, j}, true
				}
			}
		}
	}
	return place{}, false
}

// A use is a name of one file in another of the same package.
type use struct{ from, to, name string }

func (u use) String() string { return u.from + " -> " + u.to + " " + u.name }

// usesBetweenFiles finds the uses of what is declared at package level: functions, types, variables and constants,
// and also methods and fields.
func usesBetweenFiles(t *testing.T, p *checkedPackage) []use {
	t.Helper()
	found := map[use]bool{}
	for id, obj := range p.info.Uses {
		if obj.Pkg() != p.types || !atPackageLevel(p.types, obj) {
			continue
		}
		from, to := p.file(id.Pos()), p.file(obj.Pos())
		if from != to {
			found[use{from, to, obj.Name()}] = true
		}
	}
	if len(found) < 100 { // there are more than 1,000
		t.Fatalf("only %d uses of another file's names: the check sees nothing", len(found))
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b use) int { return strings.Compare(a.String(), b.String()) })
}

func atPackageLevel(pkg *types.Package, obj types.Object) bool {
	if obj.Parent() == pkg.Scope() {
		return true
	}
	switch obj := obj.(type) {
	case *types.Func:
		return obj.Signature().Recv() != nil
	case *types.Var:
		return obj.IsField()
	}
	return false
}

// TestTheKitKnowsNoKeyword looks at the texts in the kit: one that is the name of a keyword would be a case of its
// own for it. Words that mean something else there are listed.
func TestTheKitKnowsNoKeyword(t *testing.T) {
	other := map[string]string{
		"DESTINATION": "what a word is called that stands for itself",
		"inet":        "an address family", "inet6": "an address family",
		"group": "a file of iproute2", "host": "a scope of the kernel",
	}
	met := map[string]bool{}
	names := map[string]bool{}
	for _, k := range language.Table().Keywords() {
		names[k.Name] = true
	}
	p := languagePackage(t)
	for _, f := range p.files {
		if name := p.file(f.Pos()); !slices.Contains(kit, strings.TrimSuffix(name, ".go")) {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			met[text] = true
			if names[text] && other[text] == "" {
				t.Errorf("%s: %q is a keyword", p.fset.Position(lit.Pos()), text)
			}
			return true
		})
	}
	for word := range other {
		if !met[word] {
			t.Errorf("%q is no longer a text of the kit", word)
		}
	}
}
