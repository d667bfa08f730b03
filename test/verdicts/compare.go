package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"holdfast/config/syntax"
	"holdfast/test/mutate"
)

// A difference is one variant on which the programs do not agree.
type difference struct {
	mutate.Variant
	theirs, ours verdict
	cause        string
	args         string
}

// A report collects differences.
type report struct {
	total    int
	statuses map[int]int
	verdicts []difference // other exit status
	lines    []difference // a complaint where we say nothing
}

// compareAll asks both programs about all variants. We are asked one variant at a
// time, so that what is allocated can be told.
func compareAll(variants []mutate.Variant, ref *reference, roles bool) report {
	r := report{total: len(variants), statuses: map[int]int{}}
	theirs := make([][]verdict, len(variants))
	modes := [][]string{nil}
	if roles {
		modes = [][]string{nil, {"-P"}, {"-C"}}
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.NumCPU() {
		wg.Go(func() {
			for i := range next {
				for _, m := range modes {
					args := slices.Clone(m)
					if id := variants[i].ID; id != "" {
						args = append(args, "-i", id)
					}
					theirs[i] = append(theirs[i], ref.ask(variants[i].Text, args...))
				}
			}
		})
	}
	for i := range variants {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, v := range variants {
		mine, findings := ours(v.Text, v.ID)
		for j, t := range theirs[i] {
			r.add(difference{Variant: v, theirs: t, ours: mine, args: strings.Join(modes[j], " ")}, findings)
		}
	}
	return r
}

func (r *report) add(d difference, findings []syntax.Diagnostic) {
	r.statuses[d.theirs.Status]++
	crashed := d.theirs.Status >= statusHang
	if d.ours.Status != d.theirs.Status && !crashed || d.ours.Status >= statusHang {
		d.cause = fmt.Sprintf("keepalived %d, here %d: ", d.theirs.Status, d.ours.Status)
		if d.theirs.Status > d.ours.Status || d.theirs.Status == 2 {
			d.cause += d.gist()
		} else {
			d.cause += d.gistOf(findings)
		}
		r.verdicts = append(r.verdicts, d)
	}
	if crashed {
		return
	}
	for i, c := range d.theirs.Complaints {
		if c.Line == 0 || d.ours.onLine(c.Line) {
			continue
		}
		if i > 0 && strings.HasPrefix(c.Text, "Unknown keyword") {
			continue // most likely the rest of a block that we skip
		}
		e := d
		e.cause = d.generic(c.Line, c.Text)
		r.lines = append(r.lines, e)
	}
}

// gist is what their complaints are about, without the names and numbers.
func (d difference) gist() string {
	var out []string
	for _, c := range d.theirs.Complaints {
		if g := d.generic(c.Line, c.Text); !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return strings.Join(out[:min(2, len(out))], " | ")
}

// gistOf is the same of the finding that made our status.
func (d difference) gistOf(findings []syntax.Diagnostic) string {
	for _, f := range findings {
		if int(f.Class) == d.ours.Status {
			return d.generic(f.Pos.Line, f.Text)
		}
	}
	return ""
}

var particular = regexp.MustCompile(`'[^']*'|"[^"]*"|\[[^\]]*\]|\([^)]*\)|` +
	`[0-9a-fA-F]*:[0-9a-fA-F:./]+|-?[0-9][0-9./x]*|/[^ ]+`)

// generic is a text without the words of the line it is about.
func (d difference) generic(line int, text string) string {
	if lines := strings.Split(d.Text, "\n"); line > 0 && line <= len(lines) {
		for i, w := range strings.Fields(lines[line-1]) {
			if i > 0 && len(w) > 1 {
				text = strings.ReplaceAll(text, strings.Trim(w, `"`)+" ", "_ ")
				if head, ok := strings.CutSuffix(text, w); ok {
					text = head + "_"
				}
			}
		}
	}
	return particular.ReplaceAllString(text, "_")
}

func (r report) print(w io.Writer, shown int, keep string) {
	fmt.Fprintln(w, "# a complaint on a line where we say nothing")
	printCauses(w, r.lines, shown, keep, "line")
	fmt.Fprintln(w, "# another exit status")
	printCauses(w, r.verdicts, shown, keep, "status")
	fmt.Fprintf(w, "exit statuses of the reference: %v\n", r.statuses)
	n := 0
	for _, v := range r.statuses {
		n += v
	}
	fmt.Fprintf(w, "%d of %d verdicts agree, %.2f %%; %d complaints on lines where we say nothing\n",
		n-len(r.verdicts), n, 100*float64(n-len(r.verdicts))/float64(max(n, 1)), len(r.lines))
}

func printCauses(w io.Writer, list []difference, shown int, keep, what string) {
	groups := map[string][]difference{}
	for _, d := range list {
		groups[d.cause] = append(groups[d.cause], d)
	}
	causes := make([]string, 0, len(groups))
	for c := range groups {
		causes = append(causes, c)
	}
	slices.SortFunc(causes, func(a, b string) int {
		if c := len(groups[a]) - len(groups[b]); c != 0 {
			return c
		}
		return strings.Compare(b, a)
	})
	for i, c := range causes {
		fmt.Fprintf(w, "%d x %s\n", len(groups[c]), c)
		for j, d := range groups[c][:min(shown, len(groups[c]))] {
			name := fmt.Sprintf("%s-%03d-%d.conf", what, len(causes)-i, j)
			fmt.Fprintf(w, "    %s: %s [%s] line %d id %q %s\n", name, d.Name, d.Kind, d.Line, d.ID, d.args)
			_ = os.WriteFile(filepath.Join(keep, name), []byte(d.Text), 0o644)
			for _, t := range d.theirs.Complaints[:min(4, len(d.theirs.Complaints))] {
				fmt.Fprintf(w, "        keepalived %d: %s\n", t.Line, t.Text)
			}
			for _, t := range d.ours.Complaints[:min(4, len(d.ours.Complaints))] {
				fmt.Fprintf(w, "        here %d: %s\n", t.Line, t.Text)
			}
		}
	}
}
