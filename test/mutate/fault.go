package mutate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"holdfast/config/language"
)

// A Fault is a good file with one thing wrong in it.
type Fault struct {
	Variant
	// Lines are where it may be reported, from 1: the line of the fault; for braces,
	// what Faults says.
	Lines []int
}

// The kinds of faults.
const (
	KeywordMisspelt = "keyword misspelt"
	OutOfRange      = "value out of range"
	WrongType       = "value of another type"
	WrongAddress    = "wrong address"
	Duplicate       = "object twice"
	QuoteOpen       = "quote left open"
	BlocksSwapped   = "blocks swapped"
	BraceDropped    = "closing brace dropped"
	OpenDropped     = "opening brace dropped"
	BraceAdded      = "brace added"
)

// Kinds lists the kinds of faults in the order of reports.
func Kinds() []string {
	return []string{KeywordMisspelt, OutOfRange, WrongType, WrongAddress, Duplicate, QuoteOpen, BlocksSwapped,
		BraceDropped, OpenDropped, BraceAdded}
}

// injector makes the faults of one file.
type injector struct {
	lang  *language.Language
	name  string
	lines []Line
	out   []Fault
}

// Faults puts every kind of fault into every place of a good file where it can be,
// one at a time. A closing brace that was dropped may be reported where it stood, on
// the line that opened its block, or on the first line after it that does not belong
// where it stands now; a brace that was added, where it is or on such a line; an
// opening brace that was dropped, where it was, at its statement or on the line after; a
// block that comes too late or in a wrong place, there or where it is used. Braces that
// stand in a row alike are one another's: which of them was dropped cannot be told.
func Faults(lang *language.Language, name, text string) []Fault {
	in := &injector{lang: lang, name: name, lines: Scan(text)}
	for i, l := range in.lines {
		if l.plain() {
			in.words(i, l)
			in.quote(i, l)
		}
		in.twice(i, l)
		in.swapped(i, l)
		in.braces(i, l)
	}
	return in.out
}

// Some keeps a number of faults of each kind, spread over the file; 0 keeps all.
func Some(faults []Fault, each int) []Fault {
	if each == 0 {
		return faults
	}
	total, n := map[string]int{}, map[string]int{}
	for _, f := range faults {
		total[f.Kind]++
	}
	var out []Fault
	for _, f := range faults {
		if step := max(total[f.Kind]/each, 1); n[f.Kind]%step == step/2 && n[f.Kind]/step < each {
			out = append(out, f)
		}
		n[f.Kind]++
	}
	return out
}

// add takes a fault made of lines; right counts from 0.
func (in *injector) add(kind string, lines []Line, right ...int) {
	for i := range right {
		right[i]++
	}
	in.out = append(in.out, Fault{Variant{Name: in.name, Kind: kind, Line: right[0], Text: Join(lines)}, right})
}

// with is the file with another text in line i.
func (in *injector) with(i int, text string) []Line {
	return replaceRange(in.lines, i, i+1, Line{Text: text})
}

// keyword is the row of a line, false for entries and what is not in the table.
func (in *injector) keyword(l Line) (language.Keyword, bool) {
	if len(l.Words) == 0 {
		return language.Keyword{}, false
	}
	return in.lang.Find(l.Path, l.Words[0])
}

// inList reports whether a line is an entry of a list.
func (in *injector) inList(l Line) bool {
	outer, name := "", l.Path
	if i := strings.LastIndexByte(l.Path, '/'); i >= 0 {
		outer, name = l.Path[:i], l.Path[i+1:]
	}
	k, ok := in.lang.Find(outer, name)
	return ok && k.List
}

// words puts faults into the words of a line.
func (in *injector) words(i int, l Line) {
	k, ok := in.keyword(l)
	for j, w := range l.Words {
		if bad, is := spoilAddress(w); is && (j > 0 && !free(l.Words[0]) || in.inList(l)) {
			in.replace(WrongAddress, i, j, bad)
		}
	}
	if !ok || k.Script && strings.Contains(l.Text, "'") {
		return
	}
	rng := rand.New(rand.NewPCG(uint64(i), uint64(len(in.lines))))
	for range 10 {
		bad := Misspell(rng, l.Words[0])
		if _, known := in.lang.Find(l.Path, bad); !known {
			in.replace(KeywordMisspelt, i, 0, bad)
			break
		}
	}
	if len(l.Words) < 2 || k.Opens {
		return
	}
	switch {
	case len(k.Ranges()) == 1:
		r := k.Ranges()[0]
		if r.Word == "" && number(l.Words[1]) {
			in.replace(OutOfRange, i, 1, beyond(r))
			in.replace(WrongType, i, 1, "many")
		}
	case boolean(l.Words[1]) && strings.Contains(k.Args, "true|on|yes"):
		in.replace(WrongType, i, 1, "maybe")
	case strings.Contains(k.Args, "|") && slices.Contains(strings.FieldsFunc(k.Args, separator), l.Words[1]):
		in.replace(WrongType, i, 1, "other")
	}
}

// free reports whether anything may stand after a keyword: a name, a password.
func free(keyword string) bool {
	return slices.Contains([]string{"vrrp_instance", "vrrp_sync_group", "vrrp_script", "virtual_server_group",
		"auth_pass", "smtp_server", "router_id"}, keyword)
}

func separator(r rune) bool { return r == '|' || r == ' ' || r == '[' || r == ']' }

// replace changes one word.
func (in *injector) replace(kind string, i, word int, with string) {
	w := slices.Clone(in.lines[i].Words)
	w[word] = with
	in.add(kind, in.with(i, in.lines[i].rewrite(w...)), i)
}

// spoilAddress is an address that is none any more.
func spoilAddress(w string) (string, bool) {
	host, rest, _ := strings.Cut(w, "/")
	a, err := netip.ParseAddr(host)
	if err != nil {
		return "", false
	}
	if rest != "" {
		rest = "/" + rest
	}
	if a.Is4() {
		return host[:strings.LastIndexByte(host, '.')+1] + "256" + rest, true
	}
	return host + "g" + rest, true
}

func number(w string) bool {
	_, err := strconv.ParseFloat(w, 64)
	return err == nil
}

func boolean(w string) bool {
	return slices.Contains([]string{"true", "on", "yes", "false", "off", "no"}, w)
}

// beyond is a number that is too high, or too low where none is too high.
func beyond(r language.Range) string {
	if r.Unit == language.DecimalSeconds && r.Max > math.MaxUint32*1_000_000 {
		return fmt.Sprint(r.Min/1_000_000 - 1)
	}
	switch r.Unit {
	case language.DecimalSeconds:
		return fmt.Sprint(r.Max/1_000_000 + 1)
	case language.DecimalMillis:
		return fmt.Sprint(r.Max/1000 + 1)
	}
	return strconv.FormatInt(r.Max, 10) + "0"
}

// quote takes the last quote of a line away, or puts one before the last word.
func (in *injector) quote(i int, l Line) {
	last := l.Words[len(l.Words)-1]
	switch {
	case l.continued():
	case strings.HasSuffix(last, `"`):
		at := strings.LastIndexByte(l.Text, '"')
		in.add(QuoteOpen, in.with(i, l.Text[:at]+l.Text[at+1:]), i)
	case len(l.Words) == 2 && l.Open == 0 && !strings.ContainsAny(l.Text, `"'`):
		in.replace(QuoteOpen, i, 1, `"`+last)
	}
}

// twice repeats an object, or an entry of a list in which each may stand once.
func (in *injector) twice(i int, l Line) {
	objects := []string{"vrrp_instance", "vrrp_sync_group", "vrrp_script", "vrrp_track_process", "track_file",
		"vrrp_track_file", "bfd_instance",
		"virtual_server", "virtual_server_group", "real_server"}
	lists := []string{"virtual_ipaddress", "virtual_ipaddress_excluded", "track_interface", "track_script",
		"track_file", "track_process", "track_bfd", "unicast_peer", "group"}
	_, list := cutLast(l.Path)
	switch {
	case len(l.Words) == 0:
	case l.Match > i && slices.Contains(objects, l.Words[0]) && len(l.Words) > 1:
		copied := in.lines[i : l.Match+1]
		in.add(Duplicate, replaceRange(in.lines, l.Match+1, l.Match+1, copied...), l.Match+1)
	case l.plain() && l.Open == 0 && in.inList(l) && slices.Contains(lists, list) && l.Path != list && !in.stands(i, l):
		in.add(Duplicate, replaceRange(in.lines, i, i, l), i+1)
	}
}

// stands reports whether an entry has a like in its list as it is.
func (in *injector) stands(i int, l Line) bool {
	for j, other := range in.lines {
		if j != i && other.Path == l.Path && slices.Equal(other.Words, l.Words) {
			return true
		}
	}
	return false
}

func cutLast(path string) (outer, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// swapped moves a definition behind its users, and an inner block out of its own.
func (in *injector) swapped(i int, l Line) {
	if l.Match <= i || len(l.Words) == 0 {
		return
	}
	block, size := in.lines[i:l.Match+1], l.Match+1-i
	rest := replaceRange(in.lines, i, l.Match+1)
	definers := map[string]string{"vrrp_script": "track_script", "vrrp_track_process": "track_process",
		"track_file": "track_file", "bfd_instance": "track_bfd"}
	if list, ok := definers[l.Words[0]]; ok && l.Path == "" && len(l.Words) > 1 {
		right := []int{len(rest)}
		for j, u := range rest {
			if _, name := cutLast(u.Path); name == list && len(u.Words) > 0 && u.Words[0] == l.Words[1] {
				right = append(right, j)
			}
		}
		if len(right) > 1 {
			in.add(BlocksSwapped, append(slices.Clone(rest), block...), right...)
		}
		return
	}
	if k, ok := in.keyword(l); !ok || l.Path == "" || !k.Opens {
		return
	}
	if _, root := in.lang.Find("", l.Words[0]); root {
		return
	}
	for j := i; j >= 0; j-- { // the end of the outermost block
		if in.lines[j].Path == "" && in.lines[j].Match >= l.Match {
			at := in.lines[j].Match + 1 - size
			in.add(BlocksSwapped, replaceRange(rest, at, at, block...), at)
			return
		}
	}
}

// braces drops and adds them.
func (in *injector) braces(i int, l Line) {
	if alone(l) {
		ls := in.with(i, strings.Replace(l.Text, "}", "", 1))
		var right []int
		for _, j := range in.alike(i) {
			right = append(right, j)
			right = append(right, in.opened(j)...)
		}
		in.add(BraceDropped, ls, append(append([]int{i}, right...), in.shows(ls, i+1))...)
	}
	if l.Open == 1 && l.Close == 0 {
		ls := in.with(i, strings.Replace(l.Text, "{", "", 1))
		in.add(OpenDropped, ls, i, in.next(ls, i+1), in.statement(i))
	}
	if l.plain() && l.Open == 0 && !l.continued() {
		ls := in.with(i, strings.TrimRight(uncomment(l.Text), " \t\r")+" {")
		right := []int{i}
		if next := in.next(ls, i+1); in.lines[next].Open > 0 && len(in.lines[next].Words) == 0 {
			right = append(right, next) // one of the two is too many
		}
		in.add(BraceAdded, ls, right...)
		if l.Path != "" {
			ls := replaceRange(in.lines, i+1, i+1, Line{Text: indent(l.Text) + "}", Close: 1})
			with := injector{lang: in.lang, lines: ls}
			in.add(BraceAdded, ls, append(append([]int{i + 1}, with.alike(i+1)...), in.shows(ls, i+2))...)
		}
	}
}

// alone reports whether there is nothing but a closing brace on a line.
func alone(l Line) bool { return l.Close == 1 && l.Open == 0 && len(l.Words) == 0 }

// alike are the lines around i, and i, with nothing but the same closing brace in the same
// place, and at most comments between them: with one less or one more of them, the text
// is the same whichever it is.
func (in *injector) alike(i int) []int {
	out := []int{i}
	for _, step := range []int{-1, 1} {
		for j := i + step; j >= 0 && j < len(in.lines); j += step {
			l := in.lines[j]
			if alone(l) && indent(l.Text) == indent(in.lines[i].Text) {
				out = append(out, j)
			} else if strings.TrimSpace(uncomment(l.Text)) != "" {
				break
			}
		}
	}
	return out
}

// opened is where the block was opened that is closed in a line: its '{' and its statement.
func (in *injector) opened(i int) []int {
	for j, o := range in.lines[:i] {
		if o.Match == i {
			return []int{j, in.statement(j)}
		}
	}
	return nil
}

// statement is the line with the statement to which a '{' belongs.
func (in *injector) statement(i int) int {
	for j := i; j >= 0; j-- {
		if len(in.lines[j].Words) > 0 {
			return j
		}
	}
	return i
}

// shows is the first line from i on that does not belong where the braces put it,
// the last line if there is none.
func (in *injector) shows(lines []Line, i int) int {
	scanned := Scan(Join(lines))
	for j := i; j < len(scanned); j++ {
		l := scanned[j]
		switch {
		case len(l.Words) == 0:
			if l.Close > 0 && l.Path == "" {
				return j
			}
		case in.inList(l):
			outer, _ := cutLast(l.Path)
			_, known := in.lang.Find(outer, l.Words[0])
			_, root := in.lang.Find("", l.Words[0])
			if known || root || l.Open > 0 {
				return j
			}
		default:
			if _, known := in.lang.Find(l.Path, l.Words[0]); !known {
				return j
			}
		}
	}
	return in.next(lines, len(lines)-1)
}

// next is the first line from i on with something in it.
func (in *injector) next(lines []Line, i int) int {
	for ; i < len(lines)-1; i++ {
		if strings.TrimSpace(uncomment(lines[i].Text)) != "" {
			return i
		}
	}
	return min(i, len(lines)-1)
}
