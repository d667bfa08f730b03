//go:build acceptance

package config

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/config/source"
	"holdfast/config/syntax"
)

// folder is a folder of reference data named by the environment.
func folder(t *testing.T, variable string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Fatalf("%s is not set: it names the folder to compare with", variable)
	}
	if _, err := os.ReadDir(dir); err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return dir
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// Every keyword of the reference list is in the table, and the other way round.
func TestTableHasEveryKeyword(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(folder(t, "HOLDFAST_CONTRACT"), "keywords.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var records [][]string
	for _, line := range strings.Split(string(text), "\n") {
		if rec := strings.Split(line, "\t"); len(rec) >= 5 && !strings.HasPrefix(line, "#") {
			records = append(records, rec)
		}
	}
	if len(records) < 700 {
		t.Fatalf("%d rows", len(records))
	}
	listed := map[string]bool{}
	for _, rec := range records {
		block := rec[0]
		if block == "(root)" {
			block = ""
		}
		listed[join(block, rec[1])] = true
		k, ok := Table().Find(block, rec[1])
		if !ok {
			t.Errorf("%s is not in the table", join(block, rec[1]))
			continue
		}
		if wants := strings.Contains(rec[2], "{"); wants != k.Opens && block != AnyBlock && k.Name != "umask" && rec[1] != "~LST(" {
			t.Errorf("%s: opens %v, listed as %q", k.Path(), k.Opens, rec[2])
		}
		if strings.EqualFold(k.Help, rec[4]) && len(k.Help) > 25 {
			t.Errorf("%s: the help is the list's own sentence", k.Path())
		}
	}
	for _, k := range Table().Keywords() {
		if !listed[join(k.Block, k.Name)] {
			t.Errorf("%s is in no list", k.Path())
		}
	}
	t.Logf("%d keywords", len(listed))
}

// corpusHost answers like the namespace the verdicts were made in.
func corpusHost(t *testing.T, dir string) Env {
	interfaces := append(lines(t, filepath.Join(dir, "interfaces.txt")), "lo")
	if len(interfaces)%2 == 0 {
		interfaces = append(interfaces, "spare0")
	}
	scripts, commands := lines(t, filepath.Join(dir, "stub-scripts.txt")), lines(t, filepath.Join(dir, "stub-commands.txt"))
	return Env{
		HostName: "director", Test: true,
		Interface: func(name string) bool { return slices.Contains(interfaces, name) },
		User: func(name string) bool {
			_, err := user.Lookup(name)
			_, number := strconv.Atoi(name)
			return err == nil || number == nil
		},
		Group: func(name string) bool {
			_, err := user.LookupGroup(name)
			_, number := strconv.Atoi(name)
			return err == nil || number == nil
		},
		Script: func(c Command) string {
			name := c.Argv[0]
			if slices.Contains(scripts, name) || slices.Contains(commands, name) || slices.Contains(scripts, "/bin/"+name) {
				return ""
			}
			if _, err := exec.LookPath(name); err != nil {
				return err.Error()
			}
			return ""
		},
	}
}

// Exit statuses of a configuration test, over real files, are those of keepalived.
func TestCorpusExitStatus(t *testing.T) {
	dir := folder(t, "HOLDFAST_CORPUS")
	table, err := os.ReadFile(filepath.Join(dir, "verdicts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	env := corpusHost(t, dir)
	total, same := 0, 0
	for _, line := range strings.Split(string(table), "\n")[1:] {
		column := strings.Split(line, "\t")
		if len(column) < 5 {
			continue
		}
		total++
		s := syntax.Load(source.OS{}, filepath.Join(dir, column[0]), syntax.Options{ConfigID: "director", Dir: dir})
		_, diags := Bind(s, env)
		if strconv.Itoa(ExitStatus(diags)) == column[1] {
			same++
			continue
		}
		t.Logf("%s: exit %d, keepalived %s: %s", column[0], ExitStatus(diags), column[1], column[4])
	}
	if total < 300 || same*100 < total*95 {
		t.Errorf("%d of %d files have the exit status of keepalived", same, total)
	}
	t.Logf("%d of %d", same, total)
}
