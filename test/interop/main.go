// Command interop writes docs/interop.md from what tests have left: which programs speak VRRP and BFD with each other,
// in which way, and how long a takeover took. A cell of the table is a test that ran, or has a reason why it cannot be.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	cells := flag.String("cells", "", "file with what the tests said, a line for each cell")
	page := flag.String("page", "", "file to write")
	flag.Parse()
	if err := run(*cells, *page); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

func run(cells, page string) error {
	results, err := read(cells)
	if err != nil {
		return err
	}
	text, problems := write(tables(), results, versions())
	if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s is written, but:\n%s", page, strings.Join(problems, "\n"))
	}
	return nil
}

// place is where a result belongs.
type place struct{ row, column string }

// read is what the tests said; of several results for one cell the last one counts.
func read(file string) (map[place]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	results := map[place]string{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		parts := strings.Split(lines.Text(), "\t")
		if len(parts) != 3 {
			return nil, fmt.Errorf("%s:%d: not a row, a column and a text: %q", file, n, lines.Text())
		}
		results[place{parts[0], parts[1]}] = parts[2]
	}
	return results, lines.Err()
}

// versions are those of the programs, by their columns' names.
func versions() []string {
	var all []string
	for _, p := range [][]string{
		{os.Getenv("DIRECTOR"), "-v"}, {"keepalived", "-v"}, {"/usr/lib/frr/vrrpd", "-v"}, {"bird", "--version"},
		{"uname", "-sr"},
	} {
		if p[0] == "" {
			p[0] = "bin/holdfast"
		}
		out, err := exec.Command(p[0], p[1:]...).CombinedOutput()
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		if err != nil {
			first = fmt.Sprintf("%s: %v", p[0], err)
		}
		all = append(all, strings.TrimSpace(first))
	}
	return all
}

const preface = `# Who speaks with whom

Written by ` + "`make interop`" + ` from what its tests said when they passed; a cell without a time is a test without one to
measure, and one in italics cannot be, for the reason it gives. Two programs are on one LAN, in network namespaces of one
machine; the first has the higher priority, is master, stops, comes back, preempts, and dies. Times are those of one run:
"stop" is from the advert with priority 0, "crash" from the last advert of one that was killed, to the moment at which the
address is on the other host (FRR: to its first advert).

tshark 4.0 decodes what we send in each of these ways without a complaint (` + "`test/e2e/conform`" + `), but for three sums: that of version 2
over IPv6, which no RFC defines, in the packets of 2.2.7 too; that of ` + "`v3_checksum_as_v2`" + `, for which it has RFC 5798's; and that of
` + "`auth_hmac`" + `, whose trailer it takes for a part of the message.

`

// write makes the page. Problems are cells without a result, and results that belong nowhere.
func write(all []table, results map[place]string, versions []string) (page string, problems []string) {
	var b strings.Builder
	b.WriteString(preface)
	for _, v := range versions {
		fmt.Fprintf(&b, "- %s\n", v)
	}
	used := map[place]bool{}
	for _, t := range all {
		fmt.Fprintf(&b, "\n## %s\n\n| |", t.title)
		for _, c := range t.columns {
			fmt.Fprintf(&b, " %s |", c)
		}
		b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(t.columns)) + "\n")
		for _, r := range t.rows {
			fmt.Fprintf(&b, "| %s |", r.name)
			for _, c := range t.columns {
				at := place{r.name, c}
				used[at] = true
				text, ran := results[at]
				reason := t.reason(r, c)
				switch {
				case ran && reason != "":
					problems = append(problems, fmt.Sprintf("%s, %s: has a result and a reason why it has none", r.name, c))
				case reason != "":
					text = "*" + reason + "*"
				case !ran:
					text = "**failed**"
					problems = append(problems, fmt.Sprintf("%s, %s: no test said anything", r.name, c))
				}
				fmt.Fprintf(&b, " %s |", text)
			}
			b.WriteString("\n")
		}
	}
	for at := range results {
		if !used[at] {
			problems = append(problems, fmt.Sprintf("%s, %s: no table has this cell", at.row, at.column))
		}
	}
	return b.String(), problems
}
