// Command bench measures the daemon beside Debian's keepalived on this machine, in
// the same run and the same way, and prints one table: how long a backup takes to
// take over, what a hundred and a thousand instances cost, when the last of them has taken
// over, how long a large IPVS table and the test of a large file take, and what the checks of ten
// thousand real servers cost; what IPVS costs beside plain forwarding; what it costs this daemon to be watched; and
// what a plain director takes, beside another program of ours such as one of before.
//
// VRRP is measured in network namespaces on this machine's kernel, IPVS in a
// user-mode kernel; its times compare programs with each other, not with those of
// real machines.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holdfast/test/lab"
)

// A result is one figure of one program.
type result struct {
	What    string
	Program string
	Value   float64
	Unit    string
	Runs    []float64 // what Value is the median of
}

type options struct {
	programs []string
	part     string
	only     string
	runs     int
	services int
	uml      string
	markdown string
	window   time.Duration
}

func main() { os.Exit(run()) }

func run() int {
	var o options
	programs := flag.String("programs", "bin/holdfast,keepalived", "daemons to measure, comma-separated")
	flag.StringVar(&o.part, "part", "",
		strings.Join(parts(""), ", ")+": measure this here and print JSON lines; empty: all, as a table")
	flag.StringVar(&o.only, "only", "",
		"measure these parts for the table, comma-separated, or all that begin so (crowd); empty: all")
	flag.IntVar(&o.runs, "runs", 5, "runs a time is the median of")
	flag.IntVar(&o.services, "services", 100, "virtual servers in the IPVS table, of 10 real servers each")
	flag.DurationVar(&o.window, "window", time.Minute,
		"how long a crowd, or a table of checked servers, is watched while nothing happens")
	flag.StringVar(&o.markdown, "markdown", "",
		"print tables for a page (test/make/scale-table), each line behind this word")
	flag.StringVar(&o.uml, "uml", "test/uml/run", "runner for the user-mode kernel")
	flag.Parse()
	o.programs = strings.Split(*programs, ",")
	if name := sharedName(o.programs); name != "" {
		fmt.Fprintf(os.Stderr, "bench: two programs are called %s, and figures are told by names\n", name)
		return 2
	}
	measures := measures()
	if o.part == "" {
		return report(o)
	}
	measure, ok := measures[o.part]
	if !ok {
		flag.Usage()
		return 2
	}
	return lab.Isolate(func() int {
		out := json.NewEncoder(os.Stdout)
		var encodeErr error
		err := measure(o, func(r result) {
			if err := out.Encode(r); err != nil {
				encodeErr = err
			}
		})
		for _, err := range []error{err, encodeErr} {
			if err != nil {
				fmt.Fprintln(os.Stderr, "bench:", err)
				return 1
			}
		}
		return 0
	})
}

// sharedName is a name that two programs have, empty if each has its own.
func sharedName(programs []string) string {
	seen := map[string]bool{}
	for _, p := range programs {
		name := filepath.Base(p)
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}

// measures are the parts by name.
func measures() map[string]func(options, func(result)) error {
	all := map[string]func(options, func(result)) error{"vrrp": failovers, "load": load, "ipvs": tables, "check": checks,
		"carry": carry}
	for _, c := range crowds {
		all[c.part] = c.measure
	}
	for _, f := range farms {
		all[f.part] = f.measure
	}
	maps.Copy(all, watchedParts())
	maps.Copy(all, plainParts())
	return all
}

// parts is what to measure for the table: all parts, or those that only names, by their whole names or what stands
// before the dash.
func parts(only string) (names []string) {
	all := []string{"vrrp", "load", "ipvs", "check", "carry"}
	for _, c := range crowds {
		all = append(all, c.part)
	}
	for _, f := range farms {
		all = append(all, f.part)
	}
	all = append(all, slices.Sorted(maps.Keys(watchedParts()))...)
	all = append(all, slices.Sorted(maps.Keys(plainParts()))...)
	if only == "" {
		return all
	}
	for _, word := range strings.Split(only, ",") {
		n := len(names)
		for _, part := range all {
			if part == word || strings.HasPrefix(part, word+"-") {
				names = append(names, part)
			}
		}
		if len(names) == n {
			names = append(names, word) // the part itself says that there is none of that name
		}
	}
	return names
}

// report measures all parts and prints the table; a part that fails leaves the
// others in it.
func report(o options) int {
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 2
	}
	status := 0
	var all []result
	for _, part := range parts(o.only) {
		fmt.Fprintf(os.Stderr, "measuring: %s\n", part)
		args := []string{self, "-part", part, "-runs", fmt.Sprint(o.runs), "-services", fmt.Sprint(o.services),
			"-programs", strings.Join(o.programs, ","), "-window", o.window.String()}
		if inGuest(part) {
			runner, err := filepath.Abs(o.uml)
			if err != nil {
				fmt.Fprintln(os.Stderr, "bench:", err)
				return 2
			}
			args = append([]string{runner}, args...)
		}
		got, err := results(args)
		all = append(all, got...)
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", part, err)
			status = 1
		}
	}
	if o.markdown != "" {
		printMarkdown(os.Stdout, o.markdown, all)
	} else {
		printTable(os.Stdout, o.programs, all)
	}
	return status
}

func results(args []string) ([]result, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "UMLRUN_TIMEOUT=30m", "UMLRUN_MEM=1500M")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var all []result
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, lines.Text())
			continue
		}
		all = append(all, r)
	}
	return all, cmd.Wait()
}

func printTable(w io.Writer, programs []string, all []result) {
	value := map[string]result{}
	var order []string
	for _, r := range all {
		if _, ok := value[r.What]; !ok {
			order = append(order, r.What)
			value[r.What] = r
		}
		value[r.What+"\x00"+r.Program] = r
	}
	names := columns(programs, all)
	fmt.Fprintf(w, "%-58s", "")
	for _, name := range names {
		fmt.Fprintf(w, "%16s", name)
	}
	fmt.Fprintln(w)
	for _, what := range order {
		fmt.Fprintf(w, "%-58s", what)
		for _, name := range names {
			cell := "-"
			if r, ok := value[what+"\x00"+name]; ok {
				cell = fmt.Sprintf("%.*f %s", digits(r.Value), r.Value, r.Unit)
			}
			fmt.Fprintf(w, "%16s", cell)
		}
		fmt.Fprintln(w)
	}
}

// printMarkdown prints tables of a page, one for figures with the same columns in a row.
func printMarkdown(w io.Writer, mark string, all []result) {
	var before string
	for i := 0; i < len(all); {
		head, row := "|  |", "| "+all[i].What+" |"
		n := i
		for ; n < len(all) && all[n].What == all[i].What; n++ {
			r := all[n]
			head += " " + r.Program + " |"
			row += strings.TrimRight(fmt.Sprintf(" %.*f %s", digits(r.Value), r.Value, r.Unit), " ") + " |"
		}
		if head != before {
			if before != "" {
				fmt.Fprintf(w, "%s:\n", mark)
			}
			fmt.Fprintf(w, "%s: %s\n%s: |%s\n", mark, head, mark, strings.Repeat(" --- |", n-i+1))
			before = head
		}
		fmt.Fprintf(w, "%s: %s\n", mark, row)
		i = n
	}
}

// columns are the programs, and what else has figures; a program without any is not shown if others have some.
func columns(programs []string, all []result) (names []string) {
	has := func(name string) bool {
		return len(all) == 0 || slices.ContainsFunc(all, func(r result) bool { return r.Program == name })
	}
	for _, p := range programs {
		if name := filepath.Base(p); has(name) {
			names = append(names, name)
		}
	}
	for _, r := range all {
		if !slices.Contains(names, r.Program) {
			names = append(names, r.Program)
		}
	}
	return names
}

// digits behind the point that still mean something.
func digits(v float64) int {
	switch {
	case v < 1:
		return 2
	case v < 100:
		return 1
	}
	return 0
}
