package check

import (
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

const good = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.10/24
    }
}
`

func text(found []syntax.Diagnostic) string {
	var b strings.Builder
	for _, d := range found {
		b.WriteString(d.String() + "\n")
	}
	return b.String()
}

func TestFile(t *testing.T) {
	src := func(more string) syntax.MapSource {
		return syntax.MapSource{"a.conf": good + more, "conf.d/empty.txt": "", "b.conf": "@one $A=1\n@two $A=2\n"}
	}
	for _, tt := range []struct {
		name, more string
		errors     string // parts of the errors, separated by |; "" = none
	}{
		{"nothing wrong", "", ""},
		{"no host is asked", "vrrp_script s {\n script /nonexistent/x\n user nobody_of_that_name\n}\n", ""},
		{"missing include", "include c.conf\n", "a.conf:9:9: error: Config files missing 'c.conf'."},
		{"include of a folder", "include conf.d\n",
			"a.conf:9:9: error: Configuration file 'conf.d/' is a directory - skipping; write conf.d/*.conf for the files " +
				"in it"},
		{"wildcard in an empty folder", "include conf.d/*.conf\n", ""},
		{"wildcard in no folder", "include nowhere/*.conf\n", "a.conf:9:9: error: Config files missing 'nowhere/*.conf'."},
		{"include", "include b.conf\n", ""},
		{"unknown keyword", "foo\n", "a.conf:9:1: error: Unknown keyword 'foo'"},
		{"junk behind a number", "global_defs {\n vrrp_version 3x\n}\n", "a.conf:10:15: error: "},
		{"warning", "vrrp_instance VI_2 {\n interface eth0\n virtual_router_id 52\n authentication {\n  auth_type PASS\n" +
			"  auth_pass 123456789\n }\n}\n", ""},
		{"NUL bytes", "\x00\x01\x7fELF\n", "embedded NULs"},
		{"binary garbage", "\x01\x7fELF\n", "Unknown keyword"},
	} {
		r := File(src(tt.more), "a.conf", Options{})
		got := text(Deciding(r.Findings, Policy{}))
		if tt.errors == "" && got != "" || !strings.Contains(got, tt.errors) || r.Unread || r.File != "a.conf" {
			t.Errorf("%s: %+v", tt.name, r)
		}
		want := StatusClean
		if tt.errors != "" {
			want = StatusFound
		}
		if s := Status([]Result{r}, Policy{}); s != want {
			t.Errorf("%s: status %d, want %d", tt.name, s, want)
		}
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	src := syntax.MapSource{"dir/a.conf": good}
	for name, want := range map[string]string{
		"none": "none: error: Config files missing 'none'.\n",
		"dir":  "dir: error: Configuration file 'dir/' is a directory - skipping; write dir/*.conf for the files in it\n",
	} {
		r := File(src, name, Options{})
		if !r.Unread || text(r.Findings) != want || Status([]Result{r}, Policy{}) != StatusUnread {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestConfigID(t *testing.T) {
	src := syntax.MapSource{"a.conf": "@one foo\n@two bar\n" + good}
	for id, want := range map[string]string{"one": "'foo'", "two": "'bar'"} {
		if got := text(File(src, "a.conf", Options{ConfigID: id}).Findings); !strings.Contains(got, want) {
			t.Errorf("%s: %s", id, got)
		}
	}
}

// What a host can tell is said only when it is asked.
func TestHost(t *testing.T) {
	src := syntax.MapSource{"a.conf": good}
	env := language.Env{Interface: func(string) bool { return false }}
	if got := text(File(src, "a.conf", Options{Env: env}).Findings); !strings.Contains(got, "interface eth0") {
		t.Errorf("asked: %s", got)
	}
	if got := text(File(src, "a.conf", Options{}).Findings); strings.Contains(got, "interface") {
		t.Errorf("not asked: %s", got)
	}
}

// Advice is among the findings, at its place.
func TestAdviceIsGiven(t *testing.T) {
	// mail is asked for, and there is nobody to send it to
	src := syntax.MapSource{"a.conf": strings.Replace(good, "priority", "smtp_alert\n    priority", 1) +
		"global_defs {\n    smtp_server 192.0.2.25\n}\n"}
	found := File(src, "a.conf", Options{}).Findings
	if c := Count(found); c.Errors > 0 || c.Warnings+c.Notes == 0 {
		t.Errorf("%+v: %s", c, text(found))
	}
	for i := 1; i < len(found); i++ {
		if found[i].Pos.Line < found[i-1].Pos.Line && found[i].Pos.IsValid() {
			t.Errorf("not in the order of the text: %s", text(found))
		}
	}
}

func TestStatus(t *testing.T) {
	of := func(severities ...syntax.Severity) Result {
		var r Result
		for _, s := range severities {
			r.Findings = append(r.Findings, syntax.Diagnostic{Severity: s})
		}
		return r
	}
	unread := Result{Unread: true}
	for _, tt := range []struct {
		results         []Result
		lenient, strict int
	}{
		{nil, 0, 0},
		{[]Result{of()}, 0, 0},
		{[]Result{of(syntax.Note)}, 0, 0},
		{[]Result{of(syntax.Note, syntax.Warning)}, 0, 1},
		{[]Result{of(syntax.Error)}, 1, 1},
		{[]Result{of(syntax.Fatal), of()}, 1, 1},
		{[]Result{of(), of(syntax.Fatal)}, 1, 1},
		{[]Result{of(syntax.Fatal), unread}, 2, 2},
		{[]Result{unread, of(syntax.Fatal)}, 2, 2},
	} {
		if l, s := Status(tt.results, Policy{}), Status(tt.results, Policy{Strict: true}); l != tt.lenient || s != tt.strict {
			t.Errorf("%v: %d and %d, want %d and %d", tt.results, l, s, tt.lenient, tt.strict)
		}
	}
	all := of(syntax.Note, syntax.Warning, syntax.Error, syntax.Fatal).Findings
	if c := Count(all); c != (Counts{2, 1, 1}) {
		t.Errorf("%+v", c)
	}
	if a, b := len(Deciding(all, Policy{})), len(Deciding(all, Policy{Strict: true})); a != 2 || b != 3 || len(all) != 4 {
		t.Errorf("%d and %d decide", a, b)
	}
}

func TestLines(t *testing.T) {
	line := Lines(syntax.MapSource{"a": "one\r\ntwo\n\nfour"})
	for _, tt := range []struct {
		file string
		n    int
		want string
		ok   bool
	}{{"a", 1, "one", true}, {"a", 2, "two", true}, {"a", 3, "", true}, {"a", 4, "four", true}, {"a", 5, "", false},
		{"a", 0, "", false}, {"b", 1, "", false}} {
		if got, ok := line(tt.file, tt.n); got != tt.want || ok != tt.ok {
			t.Errorf("%s:%d: %q %v", tt.file, tt.n, got, ok)
		}
	}
}

// A file with nothing to run is what a full disk leaves; nobody should reload to it unawares.
func TestNothingToRun(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		status     int // and 0 if it is meant
	}{
		{"empty", "", StatusFound},
		{"comments", "# a\n! b\n", StatusFound},
		{"global_defs", "global_defs {\n router_id x\n}\n", StatusFound},
		{"scripts", "vrrp_script s {\n script /bin/true\n}\n", StatusFound},
		{"of another host", "@other " + strings.ReplaceAll(strings.TrimSuffix(good, "\n"), "\n", "\n@other ") + "\n",
			StatusFound},
		{"of this host", "@this " + strings.ReplaceAll(strings.TrimSuffix(good, "\n"), "\n", "\n@this ") + "\n", StatusClean},
		{"something", good, StatusClean},
		{"an include of nothing", "include *.none\n", StatusFound},
	} {
		src := syntax.MapSource{"a.conf": tt.text}
		o := Options{ConfigID: "this"}
		r := File(src, "a.conf", o)
		if s := Status([]Result{r}, Policy{}); s != tt.status || s == StatusFound &&
			!strings.Contains(text(Deciding(r.Findings, Policy{})), "no configuration to run") {
			t.Errorf("%s: status %d, %s", tt.name, s, text(r.Findings))
		}
		o.AllowEmpty = true
		if r := File(src, "a.conf", o); tt.text == "" && Status([]Result{r}, Policy{}) != StatusClean {
			t.Errorf("%s, meant: %s", tt.name, text(r.Findings))
		}
	}
	r := File(syntax.MapSource{"a.conf": "foo\n"}, "a.conf", Options{})
	if bad := Deciding(r.Findings, Policy{}); len(bad) != 1 {
		t.Errorf("beside the error that it comes of: %s", text(bad))
	}
}

// What is in a file and will not be run makes it fail, however it is warned of.
func TestUnsupported(t *testing.T) {
	r := File(syntax.MapSource{"a.conf": good}, "a.conf", Options{})
	unbuilt := syntax.Diagnostic{Severity: syntax.Warning, Text: "later is not supported yet"}
	unbuilt.About.Unbuilt = "later"
	r.Findings = append(r.Findings, unbuilt)
	if names := strings.Join(Unsupported(r.Findings), "|"); names != "later" {
		t.Errorf("%s of\n%s", names, text(r.Findings))
	}
	for _, tt := range []struct {
		p    Policy
		want int
	}{{Policy{}, StatusFound}, {Policy{AllowUnsupported: true}, StatusClean},
		{Policy{Strict: true, AllowUnsupported: true}, StatusFound}} {
		if s := Status([]Result{r}, tt.p); s != tt.want || (len(Deciding(r.Findings, tt.p)) > 0) != (s == StatusFound) {
			t.Errorf("%+v: status %d, %s", tt.p, s, text(Deciding(r.Findings, tt.p)))
		}
	}
}
