package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// When garbage is collected, and what goes back to the system, is decided in one room.
func TestOnlyOneRoomPlaysTricksWithMemory(t *testing.T) {
	tricks := map[string]bool{
		"debug.SetGCPercent": true, "debug.SetMemoryLimit": true, "debug.FreeOSMemory": true,
		"runtime.GC": true, "runtime.AddCleanup": true, "unix.SYS_MADVISE": true, "unix.Madvise": true,
	}
	room, tests, inside := filepath.Join(root, "internal", "memory"), filepath.Join(root, "test"), 0
	walk(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, tests) {
			return
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, _ := n.(*ast.SelectorExpr)
			if s == nil {
				return true
			}
			x, _ := s.X.(*ast.Ident)
			if x == nil || !tricks[x.Name+"."+s.Sel.Name] {
				return true
			}
			if inside++; filepath.Dir(path) != room {
				t.Errorf("%s: %s.%s belongs into internal/memory", fset.Position(s.Pos()), x.Name, s.Sel.Name)
			}
			return true
		})
	})
	if inside < 5 {
		t.Errorf("%d calls found", inside)
	}
}
