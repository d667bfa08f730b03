// Figures prints, room by room, what the code is like: how long files, functions (without their comments) and
// lines are, and how much of it is comments. Tests and generated code are left out. It is run as "make figures".
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What a line, a file and a function should not exceed.
const (
	wide     = 120 // columns, a tab counts as one
	longFile = 600
	longFunc = 60
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	rooms, err := measure(os.DirFS(root))
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
	write(os.Stdout, rooms)
}

// A room is the figures of one folder, or of all of them.
type room struct {
	name     string
	files    int
	code     int // lines with code
	comments int // lines with a comment, also behind code
	inside   int // those of them inside of functions and types
	wide     int // lines that are too wide
	long     int // files that are too long
	funcs    []int
}

// measure looks at all Go files below a folder. The first two rooms are the sums of what is shipped and of
// what tests it.
func measure(tree fs.FS) ([]room, error) {
	house, tests := room{name: "the house"}, room{name: "test"}
	rooms := map[string]*room{}
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (name[0] == '.' || name == "bin" || name == "testdata"):
			return fs.SkipDir
		case d.IsDir(), !strings.HasSuffix(name, ".go"), strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(tree, path)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if rooms[dir] == nil {
			rooms[dir] = &room{name: dir}
		}
		sum := &house
		if strings.HasPrefix(path, "test/") {
			sum = &tests
		}
		return look(path, text, sum, rooms[dir])
	})
	if err != nil {
		return nil, err
	}
	out := []room{house, tests}
	for _, r := range rooms {
		out = append(out, *r)
	}
	slices.SortFunc(out[2:], func(a, b room) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// look adds the figures of one file to each of the rooms it is in.
func look(path string, text []byte, rooms ...*room) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	if err != nil {
		return err
	}
	if ast.IsGenerated(file) {
		return nil
	}
	line := func(p token.Pos) int { return fset.Position(p).Line }
	inside, comment := map[int]bool{}, map[int]bool{}
	mark := func(lines map[int]bool, from, to int) {
		for n := from; n <= to; n++ {
			lines[n] = true
		}
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	var funcs []int
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			funcs = append(funcs, codeLines(lines[line(fn.Pos())-1:line(fn.End())]))
		}
		mark(inside, line(d.Pos()), line(d.End()))
	}
	for _, g := range file.Comments {
		mark(comment, line(g.Pos()), line(g.End()))
	}
	var f room
	for n, l := range lines {
		f.count(l, comment[n+1], inside[n+1])
	}
	for _, r := range rooms {
		r.files++
		r.code, r.comments, r.inside, r.wide = r.code+f.code, r.comments+f.comments, r.inside+f.inside, r.wide+f.wide
		r.funcs = append(r.funcs, funcs...)
		if fset.File(file.Pos()).LineCount() > longFile {
			r.long++
		}
	}
	return nil
}

// codeLines is how long a function is: what says why in it does not make it longer.
func codeLines(lines []string) (n int) {
	for _, l := range lines {
		if !strings.HasPrefix(strings.TrimSpace(l), "//") {
			n++
		}
	}
	return n
}

func (r *room) count(line string, comment, inside bool) {
	if len([]rune(line)) > wide {
		r.wide++
	}
	if comment {
		r.comments++
		if inside {
			r.inside++
		}
	}
	if trimmed := strings.TrimSpace(line); trimmed != "" && !strings.HasPrefix(trimmed, "//") {
		r.code++
	}
}

// at is the length of a function below which a share of them is.
func (r *room) at(share float64) int {
	if len(r.funcs) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(r.funcs))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func write(w io.Writer, rooms []room) {
	fmt.Fprintf(w, "%-24s %5s %6s %8s %6s %6s %6s %4s %4s %5s %5s %5s\n",
		"room", "files", "lines", "comments", "inside", "funcs", "median", "p90", "max", fmt.Sprint(">", longFunc),
		fmt.Sprint(">", wide), "long")
	for _, r := range rooms {
		over := 0
		for _, n := range r.funcs {
			if n > longFunc {
				over++
			}
		}
		share := func(n, of int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(of, 1))) }
		fmt.Fprintf(w, "%-24s %5d %6d %8s %6s %6d %6d %4d %4d %5d %5d %5d\n", r.name, r.files, r.code,
			share(r.comments, r.code+r.comments), share(r.inside, r.comments), len(r.funcs), r.at(0.5), r.at(0.9),
			r.at(1), over, r.wide, r.long)
	}
}
