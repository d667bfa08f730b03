package syntax

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// A Foreign is a file that seems to be something else than a configuration.
type Foreign struct {
	File string
	What string // "looks like YAML"; with the place that shows it
	// Weak tells that a slip in a configuration can look the same, such as a line above it or a ';'
	// at the end of each line: it is nothing to say of a file with blocks of a configuration.
	Weak bool
}

// foreign says what the text of a file seems to be. It is only worth saying of a text that
// cannot be read as a configuration.
func foreign(file, text string) (Foreign, bool) {
	if what := byMagic(text); what != "" {
		return Foreign{File: file, What: what}, true
	}
	if !suspicious(text) {
		return Foreign{}, false
	}
	f := look(text)
	// These signs are in no configuration; a slip can look like the second list (see Weak).
	for _, kind := range []func() string{f.conflict, f.patch, f.template, f.wrapped} {
		if what := kind(); what != "" {
			return Foreign{File: file, What: what}, true
		}
	}
	for _, kind := range []func() string{f.byFirst, f.tables, f.proxy, f.yaml} {
		if what := kind(); what != "" {
			return Foreign{File: file, What: what, Weak: true}, true
		}
	}
	return Foreign{}, false
}

// suspicious is a first look that costs next to nothing.
func suspicious(text string) bool {
	for _, sign := range []string{"{{", "{%", "{#", "%{", "<%", "<<<<<<< ", ">>>>>>> ", "\n+++ ", ";\n", "```", "<<"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	if strings.HasPrefix(text, "#!") {
		return true
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		// The first line that is no comment decides: in most configurations it opens a block.
		return strings.IndexByte("{[<*:-", line[0]) >= 0 || strings.IndexByte(line, '{') < 0
	}
	return false
}

// byMagic knows files by their first bytes.
func byMagic(text string) string {
	for _, m := range []struct{ head, what string }{
		{"\x1f\x8b", "is compressed with gzip"}, {"PK\x03\x04", "is a ZIP archive or an office document"},
		{"\x7fELF", "is a program"}, {"%PDF-", "is a PDF document"},
		{"{\\rtf", "is an RTF document"}, {"BZh", "is compressed with bzip2"}, {"\xfd7zXZ", "is compressed with xz"},
		{"\x28\xb5\x2f\xfd", "is compressed with zstd"},
		{"\x89PNG", "is a picture"}, {"\xff\xfe\x00\x00", "is text in UTF-32"},
		{"\x00\x00\xfe\xff", "is text in UTF-32"},
		{"\xd0\xcf\x11\xe0", "is an office document"}, {"$ANSIBLE_VAULT;", "is encrypted with ansible-vault"},
		{"-----BEGIN ", "is a key or a certificate"}, {"SQLite format", "is a database"},
	} {
		if strings.HasPrefix(text, m.head) {
			return m.what
		}
	}
	// A single NUL is a damaged line; text in UTF-16 has many, and a finding of its own.
	if head := text[:min(len(text), 4096)]; !isUTF16(text) && strings.Count(head, "\x00")*20 > len(head) {
		return "is a binary file"
	}
	return ""
}

// A sight is what is looked at of a text: lines that are no comments, without blanks at
// their ends.
type sight struct {
	lines []string
	at    []int // their numbers
	raw   []string
}

func look(text string) sight {
	const most = 4000
	var f sight
	for i, line := range strings.SplitN(text, "\n", most) {
		f.raw = append(f.raw, line)
		if i := CommentAt(line); i == 0 || i > 0 && isBlank(line[i-1]) {
			line = line[:i]
		}
		if line = strings.TrimSpace(line); line != "" {
			f.lines, f.at = append(f.lines, line), append(f.at, i+1)
		}
	}
	return f
}

// count is how many lines match, and the first of them.
func (f sight) count(match func(line string) bool) (n, first int) {
	for i, line := range f.lines {
		if match(line) {
			if n++; n == 1 {
				first = f.at[i]
			}
		}
	}
	return n, first
}

func evidence(line, col int, shown string) string {
	return strconv.Itoa(line) + ":" + strconv.Itoa(col) + " '" + shown + "'"
}

func (f sight) conflict() string {
	for i, line := range f.raw {
		if strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") {
			return "has a merge conflict that is not resolved: " + evidence(i+1, 1, line[:7])
		}
	}
	return ""
}

func (f sight) patch() string {
	for i, line := range f.raw[:max(0, len(f.raw)-1)] {
		if strings.HasPrefix(line, "--- ") && strings.HasPrefix(f.raw[i+1], "+++ ") {
			return "looks like a patch: " + evidence(i+1, 1, "---")
		}
	}
	return ""
}

// inQuotes is a mark that also in quotes is one of a template. In those of docker --format and the like
// a name has a dot before it, or is a word of Go's templates.
var inQuotes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\{\{-? ?[a-z][a-z0-9]*(_[a-z0-9]+)+( ?\| ?[a-z_]+)* ?-?\}\}|` +
		`\{\{-? [a-z][a-z0-9_]*( ?\| ?[a-z_]+)* -?\}\}`)
})

// marks are those of template languages. A password and the format of a command have some of their
// characters too: those of ERB and Terraform count with what stands behind them in a template.
var marks = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\{\{.*\}\}|\{%.*%\}|\{#[ \t].*#\}|` +
		`%\{~?[ \t]*(if|for|else|endif|endfor)\b.*\}|<%[ \t=@-].*%>)`)
})

// template finds the marks of template languages, outside quotes and such as are one also there.
func (f sight) template() string {
	for i, line := range f.lines {
		if at := inQuotes().FindStringIndex(f.raw[f.at[i]-1]); at != nil && inQuotes().MatchString(line) &&
			!strings.Contains(line, "{{ end }}") {
			return "looks like an unrendered template: " + evidence(f.at[i], at[0]+1, "{{")
		}
		quoted := false
		for at := range len(line) {
			if line[at] == '"' {
				quoted = !quoted
			}
			if quoted {
				continue
			}
			if mark := marks().FindString(line[at:]); mark != "" {
				mark = mark[:2]
				return "looks like an unrendered template: " +
					evidence(f.at[i], strings.Index(f.raw[f.at[i]-1], mark)+1, mark)
			}
		}
	}
	return ""
}

var document = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(^|\s)<<[-~]?\s*(['"]?)[A-Za-z_]+(['"]?)$`)
})

// wrapped finds what has a configuration in it: a script that writes one, a manifest, a text about one.
func (f sight) wrapped() string {
	for i, line := range f.raw {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			return "looks like Markdown: " + evidence(i+1, strings.Index(line, "```")+1, "```")
		}
	}
	for i, line := range f.lines {
		if at := document().FindStringIndex(line); at != nil {
			return "looks like a script: " +
				evidence(f.at[i], strings.Index(f.raw[f.at[i]-1], "<<")+1, strings.TrimSpace(line[at[0]:]))
		}
	}
	manifest := func(line string) bool {
		return strings.HasPrefix(line, "apiVersion:") || strings.HasPrefix(line, "kind:") ||
			strings.HasPrefix(line, "metadata:")
	}
	if n, first := f.count(manifest); n > 1 {
		return "looks like a manifest of Kubernetes: line " + strconv.Itoa(first)
	}
	return ""
}

var section = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\[[^\[\]{}"]+\]$`) })

// byFirst tells by the first line.
func (f sight) byFirst() string {
	// #!! and the like is a comment that somebody likes to be seen
	if len(f.raw) > 0 && (strings.HasPrefix(f.raw[0], "#!/") || strings.HasPrefix(f.raw[0], "#! /")) &&
		!strings.Contains(f.raw[0], "keepalived") {
		return "looks like a script: " + evidence(1, 1, "#!")
	}
	// <!DOCTYPE is no comment there
	for i, line := range f.raw {
		if line = strings.TrimSpace(line); line != "" {
			if len(line) > 1 && line[0] == '<' &&
				(line[1] == '?' || line[1] == '!' || line[1]|0x20 >= 'a' && line[1]|0x20 <= 'z') &&
				strings.HasSuffix(line, ">") {
				return "looks like XML or HTML: " + evidence(i+1, 1, line[:2])
			}
			break
		}
	}
	if len(f.lines) == 0 {
		return ""
	}
	// Three lines, since a '{' may stand on a line of its own.
	all := strings.Join(f.lines[:min(3, len(f.lines))], "")
	if next := strings.TrimLeft(all[1:],
		spaces); (all[0] == '{' || all[0] == '[') && next != "" && strings.IndexByte(`"{[`, next[0]) >= 0 {
		return "looks like JSON: " + evidence(f.at[0], 1, all[:1])
	}
	if section().MatchString(f.lines[0]) {
		return "looks like an INI or TOML file: " + evidence(f.at[0], 1, "[")
	}
	return ""
}

// tables are what ipvsadm-save and iptables-save write.
func (f sight) tables() string {
	service := func(line string) bool {
		w := strings.Fields(line)
		return len(w) > 2 && (w[0] == "-A" || w[0] == "-a") &&
			(w[1] == "-t" || w[1] == "-u" || w[1] == "-f" || strings.HasSuffix(w[1], "-service"))
	}
	if n, first := f.count(service); n > 0 && 2*n >= len(f.lines) {
		return "looks like the output of ipvsadm-save: " + evidence(first, 1, "-A")
	}
	chain := func(line string) bool { return line[0] == '*' || line[0] == ':' || strings.HasPrefix(line, "-A ") }
	if n, first := f.count(chain); n > 1 && 2*n >= len(f.lines) {
		return "looks like the output of iptables-save: line " + strconv.Itoa(first)
	}
	return ""
}

// proxy knows the files of nginx and haproxy.
func (f sight) proxy() string {
	parts := func(line string) bool {
		w := strings.Fields(line)
		return len(w) == 1 && (w[0] == "global" || w[0] == "defaults") ||
			len(w) == 2 && (w[0] == "frontend" || w[0] == "backend" || w[0] == "listen")
	}
	if n, first := f.count(parts); n > 1 {
		return "looks like a configuration of haproxy: line " + strconv.Itoa(first)
	}
	if n, first := f.count(func(line string) bool {
		return strings.HasSuffix(line, ";")
	}); n > 2 && 3*n >= len(f.lines) {
		return "looks like a configuration of nginx or named: line " + strconv.Itoa(first) + " ends with ';'"
	}
	return ""
}

var pair = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(- )?["']?[A-Za-z_][\w. /-]*["']?:( |$)|^- `)
})

func (f sight) yaml() string {
	n, first := f.count(pair().MatchString)
	braces, _ := f.count(func(line string) bool { return strings.HasSuffix(line, "{") })
	if n > 1 && braces == 0 && 2*n >= len(f.lines) {
		return "looks like YAML: line " + strconv.Itoa(first)
	}
	return ""
}
