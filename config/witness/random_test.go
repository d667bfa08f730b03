//go:build e2e

package witness

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/config/syntax"
)

var (
	randomTexts = flag.Int("texts", 0, "how many random texts to compare; 0: 300, with -short 20")
	randomSeed  = flag.Uint64("seed", 1, "of the random texts")
)

// Random texts, which combine everything the language has, mean the same to both.
func TestRandomTextsMeanTheSame(t *testing.T) {
	n := *randomTexts
	switch {
	case n == 0 && testing.Short():
		n = 20
	case n == 0:
		n = 300
	}
	var list []text
	for i := range n {
		list = append(list, randomText(rand.New(rand.NewPCG(*randomSeed, uint64(i))), i))
	}
	const dir = "/run/random"
	got, err := askAll(dir, list)
	if err != nil {
		t.Fatal(err)
	}
	same, excused, undecided := 0, map[string]int{}, 0
	for i, c := range list {
		at := fmt.Sprint(dir, "/", i)
		diff := compare(got[i], ours(at, c))
		why := ""
		if diff != "" {
			why = excuse(at, c)
		}
		switch {
		case got[i].undecided():
			undecided++
		case diff == "":
			same++
		case why != "":
			excused[why]++
		default:
			t.Errorf("%s (-keepalived +holdfast):\n%s\n%s", c.name, diff, c.whole())
		}
	}
	t.Logf("%d texts: %d the same, %d that keepalived crashed or hung on, differences on purpose: %v", n, same,
		undecided, excused)
	if same < n*3/4 {
		t.Errorf("only %d of %d texts have been compared", same, n)
	}
}

// excuse is the finding of reading a text that explains a difference, in the
// words of docs/compatibility.md under "Language".
func excuse(dir string, c text) string {
	opt := syntax.Options{ConfigID: "one", Dir: "/", Getenv: getenv}
	s := syntax.Load(source.OS{}, dir+"/"+mainName, opt)
	_, findings := language.Bind(s, host(true))
	for _, d := range findings {
		switch d.ID {
		case "unterminated-quote", "unmatched-quote", "undefined-reference", "reference-not-last", "missing-close-brace",
			"extra-close-brace",
			"unexpected-open-brace", "nested-definition", "bound-expansions", "bound-nesting", "comment-backslash",
			"invalid-command", "invalid-prefix-length":
			return d.ID
		case "duplicate-entry", "unknown-keyword": // an address given twice, an unknown block
			if strings.Contains(d.Text, "twice") || strings.Contains(d.Text, "duplicates") || strings.Contains(d.Text, "block") {
				return d.ID
			}
		}
	}
	return ""
}

// whole is a text with its files.
func (c text) whole() string {
	out := c.main
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		out += "-- " + name + " --\n" + c.files[name]
	}
	return out
}

// A maker makes one random text.
type maker struct {
	*rand.Rand
	files map[string]string
	names int // of definitions and files so far
}

func randomText(r *rand.Rand, i int) text {
	m := &maker{Rand: r, files: map[string]string{}}
	c := text{name: fmt.Sprint("random ", i), args: []string{"-i", "one"}, files: m.files}
	lines := m.globals()
	var members []string
	for k := range 1 + m.IntN(3) {
		name := string(rune('A' + k))
		if m.one(4) {
			name += " " + name
		}
		members = append(members, name)
		lines = append(lines, m.instance(name, k)...)
	}
	if m.one(3) {
		lines = append(lines, m.block("vrrp_sync_group G", m.block("group", m.quoted(members)))...)
	}
	if m.one(3) {
		lines = m.damaged(lines)
	}
	end := "\n"
	if m.one(8) {
		end = "\r\n"
	}
	c.main = strings.Join(lines, end) + end
	return c
}

// one is true once in n times.
func (m *maker) one(n int) bool { return m.IntN(n) == 0 }

func (m *maker) pick(of ...string) string { return of[m.IntN(len(of))] }

// name is a new name.
func (m *maker) name(prefix string) string { return fmt.Sprint(prefix, m.next()) }

// next is another number each time.
func (m *maker) next() int { m.names++; return m.names }

func (m *maker) quoted(words []string) []string {
	out := slices.Clone(words)
	for i, w := range out {
		if strings.Contains(w, " ") || m.one(3) {
			out[i] = `"` + w + `"`
		}
	}
	return out
}

func (m *maker) globals() []string {
	lines := []string{"enable_script_security", "script_user root", "notification_email_from root@x"}
	if m.one(2) {
		lines = append(lines, m.around("router_id", m.word())...)
	}
	if m.one(3) {
		lines = append(lines, m.around("smtp_helo_name", m.word())...)
	}
	if m.one(2) {
		lines = append(lines, m.block("notification_email", m.entries(func() string { return m.word() + "@x" }))...)
	}
	return m.block("global_defs", lines)
}

func (m *maker) instance(name string, k int) []string {
	lines := slices.Concat(
		m.around("interface", m.pick("eth0", "eth1")),
		m.around("virtual_router_id", fmt.Sprint(51+k)))
	if m.one(2) {
		lines = append(lines, m.around("priority", fmt.Sprint(1+m.IntN(254)))...)
	}
	if m.one(3) {
		lines = append(lines, m.around("advert_int", fmt.Sprint(1+m.IntN(9)))...)
	}
	if m.one(2) {
		lines = append(lines, m.around(m.pick("notify", "notify_master", "notify_stop"), m.command())...)
	}
	lines = append(lines, m.block("virtual_ipaddress", m.entries(func() string {
		return fmt.Sprintf("10.%d.%d.1/24", k,
			m.next())
	}))...)
	if m.one(3) {
		lines = append(lines, m.block("unicast_peer", m.entries(func() string {
			return fmt.Sprintf("192.168.%d.1",
				m.next())
		}))...)
	}
	if m.one(3) {
		lines = append(lines, m.block("track_interface", []string{m.pick("eth0", "eth1 weight 7")})...)
	}
	if m.one(4) {
		lines = m.shuffled(lines)
	}
	return m.block(`vrrp_instance "`+name+`"`, lines)
}

// shuffled is a block with a statement of one line moved to its end.
func (m *maker) shuffled(lines []string) []string {
	if i := m.IntN(len(lines)); !strings.ContainsAny(lines[i], "${}~@") && strings.Contains(lines[i], " ") {
		lines = append(slices.Delete(slices.Clone(lines), i, i+1), lines[i])
	}
	return lines
}

func (m *maker) word() string { return m.pick("a", "b1", "c-d", "e_f", "x.y", "0", "zz") }

func (m *maker) command() string {
	return m.pick("/usr/bin/true", `"/usr/bin/echo a 'b c'"`, `'/usr/bin/echo "d  e" f'`, `"/usr/bin/echo \"g h\""`,
		`"/usr/bin/echo a#b !c"`,
		`"/usr/bin/echo" root`, `/usr/bin/ec"ho"`, `"/usr/bin/echo {x}"`, `"/usr/bin/echo \x41\102 \\x43"`)
}

// entries are the lines of a list.
func (m *maker) entries(entry func() string) []string {
	var lines []string
	for range 1 + m.IntN(3) {
		lines = append(lines, m.around("", entry())...)
	}
	if m.one(3) {
		lines = append(lines, m.loops(entry())...)
	}
	return lines
}

// loops is an entry for each turn of a loop, which replaces a figure in it.
func (m *maker) loops(entry string) []string {
	v := m.name("L")
	use := "${" + v + "}"
	host, _, _ := strings.Cut(entry, "/")
	at := strings.LastIndexAny(host, "0123456789")
	if at < 0 || strings.ContainsAny(entry, `"'`) {
		return []string{entry}
	}
	body := entry[:at] + use + entry[at+1:]
	if m.one(3) {
		d := m.name("B")
		return []string{"$" + d + "=" + body, m.loop1(v) + " $" + d}
	}
	return []string{m.loop1(v) + m.pick(" ", "  ", "\t", "") + body}
}

func (m *maker) loop1(v string) string {
	switch m.IntN(5) {
	case 0:
		return fmt.Sprintf("~SEQ(%s,%d)", v, 1+m.IntN(3))
	case 1:
		return fmt.Sprintf("~SEQ(%s, %d, %d)", v, 1+m.IntN(4), 1+m.IntN(4))
	case 2:
		return fmt.Sprintf("~SEQ(%s,%d,%d,%d)", v, 1+m.IntN(3), 1+m.IntN(2), 4+m.IntN(3))
	case 3:
		return fmt.Sprintf("~SEQx(%s,%d,9)", v, 5+m.IntN(4))
	}
	return "~LST(" + v + m.pick(",", ", ", " ,") + m.pick("1,2", "3", "4, 5,6") + ")"
}

// around writes a statement of a keyword, "" for an entry, and its value in one of many ways.
func (m *maker) around(keyword, value string) []string {
	statement := strings.TrimSpace(keyword + m.pick(" ", " ", " ", "\t", "  ", " \f") + value)
	var before []string
	bare := !strings.ContainsAny(value, `"'#!\ `)
	switch m.IntN(9) {
	case 0: // a definition of the value
		d := m.name("V")
		before = []string{"$" + d + "=" + m.pick("", " ", "\t") + value + m.pick("", " ", " # x")}
		statement = strings.TrimSpace(keyword + " " + m.pick("$"+d, "${"+d+"}"))
	case 1: // of a part of it
		if bare && len(value) > 1 {
			d, at := m.name("V"), 1+m.IntN(len(value)-1)
			before = []string{"$" + d + "=" + value[:at]}
			statement = strings.TrimSpace(keyword + " ${" + d + "}" + value[at:])
		}
	case 2: // of the statement
		d := m.name("V")
		before = []string{"$" + d + "=" + statement}
		statement = m.pick("$"+d, "${"+d+"}")
	case 3: // of two steps
		d, e := m.name("V"), m.name("V")
		before = []string{"$" + d + "=${" + e + "}", "$" + e + "=" + value}
		statement = strings.TrimSpace(keyword + " ${" + d + "}")
	case 4: // a definition of several lines
		d := m.name("V")
		before = []string{"$" + d + "=" + statement + ` \`, m.pick("", "# x ", "  ") + `\`, ""}
		statement = "$" + d
	case 5:
		if bare {
			statement = strings.TrimSpace(keyword + ` "` + value + `"`)
		}
	case 6: // a file
		name := m.name("sub/f") + ".conf"
		m.files[name] = "# in a file\n" + statement + m.pick("", "\n", "\n\n# end\n")
		return []string{"include" + m.pick("", "", "r", "m", "w", "b", "a") + " " +
			m.pick(name, name, strings.Replace(name, "sub/", "sub/[f]", 1), "DIR/"+name,
				strings.Replace(name, "sub/", "{nosuch,sub}/", 1))}
	}
	if m.one(6) {
		statement = m.pick("@one ", "@^two ", "@one\t") + statement
	}
	if m.one(6) {
		statement += m.pick(" # x", "! y {", " # \"q", "#}", "\t# $V1")
	}
	lines := append(before, m.pick("", "", " ", "\t", "    ")+statement)
	if m.one(6) {
		lines = append(lines, m.pick("@two ", "@^one ", "# ", "!")+statement)
	}
	if m.one(10) {
		lines = append(lines, m.pick("", " ", "# {", "! \"", "#$X=1"))
	}
	return lines
}

// block puts lines into braces, which stand in one of many ways.
func (m *maker) block(head string, lines []string) []string {
	lines = slices.Clone(lines)
	var out []string
	switch m.IntN(6) {
	case 0:
		out = []string{head, "{"}
	case 1:
		out = []string{head + m.pick("", " ") + "{ # x"}
	case 2:
		out = []string{head + " # {", "", " {"}
	case 3:
		if plain(lines[0]) {
			out = []string{head + " { " + strings.TrimSpace(lines[0])}
			lines = lines[1:]
			break
		}
		fallthrough
	default:
		out = []string{head + m.pick("", " ", "\t") + "{"}
	}
	if last := len(lines) - 1; last >= 0 && m.one(5) && plain(lines[last]) {
		lines[last] += m.pick("", " ") + "}"
		return append(out, lines...)
	}
	return append(append(out, lines...), m.pick("}", " }", "} # x", "}\t"))
}

// plain reports whether a brace may stand on the line.
func plain(line string) bool {
	return !strings.ContainsAny(line, "#!=\\~@") && !strings.HasPrefix(strings.TrimSpace(line), "include") && line != ""
}

// damaged has one character more or less.
func (m *maker) damaged(lines []string) []string {
	lines = slices.Clone(lines)
	i := 7 + m.IntN(len(lines)-7) // not in what all texts need
	line := lines[i]
	at := m.IntN(len(line) + 1)
	switch m.IntN(3) {
	case 0:
		lines[i] = line[:at] + m.pick("#", "!", `\`, "$", "@", "~", "=", ",", "(", ")", ";", "'", " ", "\t", "\f", "$X",
			"${_PWD}", "${_BANG}", "x", "0") + line[at:]
	case 1:
		if line != "" && at < len(line) && !strings.ContainsRune(`{}"`, rune(line[at])) {
			lines[i] = line[:at] + line[at+1:]
		}
	case 2:
		j := 7 + m.IntN(len(lines)-7)
		if !strings.ContainsAny(line+lines[j], "{}") {
			lines[i], lines[j] = lines[j], lines[i]
		}
	}
	return lines
}
