//go:build acceptance

package language

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/config"
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

// record is one row of the reference list.
type record struct{ block, name, args, def, help string }

func (r record) path() string { return join(r.block, r.name) }

func reference(t *testing.T) []record {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder(t, "HOLDFAST_CONTRACT"), "keywords.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var out []record
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Split(line, "\t")
		if len(f) < 5 || strings.HasPrefix(line, "#") {
			continue
		}
		r := record{f[0], f[1], f[2], f[3], f[4]}
		if r.block == "(root)" {
			r.block = ""
		}
		out = append(out, r)
	}
	if len(out) < 700 {
		t.Fatalf("%d rows", len(out))
	}
	return out
}

// Every keyword of the reference list is in the table, and the other way round, with
// its form, ranges and default.
func TestTableHasEveryKeyword(t *testing.T) {
	listed := map[string]bool{}
	records := reference(t)
	for _, r := range records {
		listed[r.path()] = true
		k, ok := Table().Find(r.block, r.name)
		if !ok {
			t.Errorf("%s is not in the table", r.path())
			continue
		}
		if wants := strings.Contains(r.args, "{"); wants != k.Opens && r.block != AnyBlock && k.Name != "umask" &&
			r.name != "~LST(" {
			t.Errorf("%s: opens %v, listed as %q", r.path(), k.Opens, r.args)
		}
		if strings.EqualFold(k.Help, r.help) && len(k.Help) > 25 {
			t.Errorf("%s: the help is the list's own sentence", r.path())
		}
		got, want := spans(k), listedSpans(r.args)
		reason := rangesOfTheBinary[r.path()]
		if same := len(want) == 0 || slices.Equal(got, want); same == (reason != "") {
			t.Errorf("%s: ranges %q, listed %q (known difference: %q)", r.path(), got, want, reason)
		}
		reason = defaultsOfTheBinary[r.path()]
		if same := k.AliasOf != "" || sameDefault(k.Default, r.def); same == (reason != "") {
			t.Errorf("%s: default %q, listed %q (known difference: %q)", r.path(), k.Default, r.def, reason)
		}
	}
	for _, k := range Table().Keywords() {
		if path := join(k.Block, k.Name); listed[path] == (k.Since == Ours) {
			t.Errorf("%s is in no list, or in both", k.Path())
		}
	}
	for name := range rangesOfTheBinary {
		if !listed[name] {
			t.Errorf("%s is no keyword", name)
		}
	}
	for name := range defaultsOfTheBinary {
		if !listed[name] {
			t.Errorf("%s is no keyword", name)
		}
	}
	t.Logf("%d keywords", len(records))
}

// Where the list and keepalived 2.2.7 differ, keepalived counts.
var rangesOfTheBinary = map[string]string{
	"global_defs/smtp_connect_timeout": "0 becomes 1, with a message",
	"garp_group/garp_interval":         "it is read as a signed number of microseconds",
	"garp_group/gna_interval":          "it is read as a signed number of microseconds",
	"vrrp_script/interval":             "0 is no interval: it becomes 1 with a warning",
}

var defaultsOfTheBinary = map[string]string{
	"global_defs/reload_check_config":   "a new configuration is always tried here",
	"global_defs/vrrp_rlimit_rttime":    "without the word there is no limit here",
	"global_defs/checker_rlimit_rttime": "without the word there is no limit here",
	"global_defs/bfd_rlimit_rttime":     "without the word there is no limit here",
}

// spans are the ranges of a row, each once, in order: "0..4294 time".
func spans(k Keyword) []string {
	var out []string
	for _, r := range k.Ranges() {
		text := r.String()
		if r.Unit == DecimalSeconds {
			// The longest 32-bit timer is listed without its fraction.
			text = strings.Replace(text, "4294.967295", "4294", 1)
		}
		if r.Unit != Plain && r.Unit != Micros {
			text += " time"
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// listedSpans are the ranges of the reference list in the same form.
func listedSpans(args string) []string {
	args = strings.NewReplacer("2^32-1", "4294967295", "2^31-1", "2147483647").Replace(args)
	args, _, _ = strings.Cut(args, "; legacy")
	isTime := regexp.MustCompile(`\bSECS|seconds|decimal ms|\d s\b`).MatchString(args) ||
		strings.Contains(args, "tcpfin S")
	var out []string
	for _, m := range regexp.MustCompile(`-?[\d.]*\d\.\.-?[\d.]*\d`).FindAllString(args, -1) {
		if isTime {
			m += " time"
		}
		out = append(out, m)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sameDefault compares values; how a phrase is worded is free.
func sameDefault(ours, listed string) bool {
	a, b := value0(ours), value0(listed)
	return a == b || phrase(a) && phrase(b) || !phrase(a) &&
		regexp.MustCompile(`\b`+regexp.QuoteMeta(a)+`\b`).MatchString(listed)
}

// value0 is the value that a default text begins with.
func value0(text string) string {
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "user@"), " ")
	text = strings.TrimRight(text, ",;")
	switch text {
	case "-", "none", "off", "false", "unset", "not":
		return ""
	case "true":
		return "on"
	}
	return text
}

// phrase tells that a default is not a value but says where it comes from.
func phrase(word string) bool {
	return word == "" || !strings.ContainsAny(word[:1], "0123456789") && word != "on"
}

// corpusHost answers like the namespace the verdicts were made in.
func corpusHost(t *testing.T, dir string) Env {
	interfaces := append(lines(t, filepath.Join(dir, "interfaces.txt")), "lo")
	if len(interfaces)%2 == 0 {
		interfaces = append(interfaces, "spare0")
	}
	scripts, commands := lines(t, filepath.Join(dir, "stub-scripts.txt")),
		lines(t, filepath.Join(dir, "stub-commands.txt"))
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
		Script: func(c config.Command) string {
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
