package language

import (
	"bufio"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"holdfast/config"
)

const indent = "    "

// Printing is how a configuration is written. The zero value writes everything as it is.
type Printing struct {
	// Redact writes a filler in place of every password and key.
	Redact bool
	// Changed leaves out what would be the same if it did not stand there.
	Changed bool
	// Env is that of the configuration, for Changed: some defaults come from it.
	Env Env
}

// Print writes a configuration as a file: everything expanded, defaults filled
// in, in the order of the reference. Bound again it gives the same Config, but for
// the positions and for secrets that are not shown.
func Print(w io.Writer, c *config.Config, how Printing) error {
	items := Table().itemByItem("", unbind(c))
	// Before anything is hidden: what is left out is found by binding it again, which needs the
	// secrets.
	if how.Changed {
		items = slices.Values(changed(c, outline(c), how.Env))
	}
	out := bufio.NewWriter(w)
	for it := range items {
		if how.Redact {
			it = it.redact()
		}
		it.write(out, "")
	}
	return out.Flush()
}

// An item is one statement of the printed form.
type item struct {
	words  []string // the keyword and its arguments, or those of an entry, as written
	opens  bool
	needed bool   // its block is none without it
	entry  bool   // of a list
	own    bool   // stands on lines that keepalived drops
	since  string // release of keepalived before which it is unknown, "" for none or as what it is in
	secret string // what to write in place of the last word, "" if everybody may see it
	items  []item
}

func (it item) text() string { return strings.Join(it.words, " ") }

// write writes the statement and what is in it, four blanks deeper.
func (it item) write(w io.StringWriter, margin string) {
	it.writeIn(w, margin, "")
}

// writeIn is write; before begins each line, behind the margin.
func (it item) writeIn(w io.StringWriter, margin, before string) {
	if it.own {
		before = ownLine
	}
	w.WriteString(margin + before + it.text())
	if it.opens {
		w.WriteString(" {")
	}
	// An older one has an error there, which a file that was written to be read by it must not hide.
	if it.since != "" {
		w.WriteString("  # needs keepalived " + it.since)
	}
	w.WriteString("\n")
	if !it.opens {
		return
	}
	for _, inner := range it.items {
		inner.writeIn(w, margin+indent, before)
	}
	w.WriteString(margin + before + "}\n")
	// A blank line behind each block of the top level.
	if margin == "" {
		w.WriteString("\n")
	}
}

// redact is the statement without its secrets.
func (it item) redact() item {
	// The words are cloned: the item that this one was copied from keeps its secret.
	if it.secret != "" && len(it.words) > 1 {
		it.words = append(slices.Clone(it.words[:len(it.words)-1]), it.secret)
	}
	it.items = slices.Clone(it.items)
	for i, inner := range it.items {
		it.items[i] = inner.redact()
	}
	return it
}

// outline is the printed form of a configuration.
func outline(c *config.Config) []item { return Table().items("", unbind(c)) }

// items are the keywords of a block that give its draft what it has.
func (l *Language) items(path string, target any) []item {
	return slices.AppendSeq([]item{}, l.itemByItem(path, target))
}

// itemByItem gives them one by one: of a large configuration no more than one statement is there at a time.
func (l *Language) itemByItem(path string, target any) iter.Seq[item] {
	type placed struct {
		keyword *Keyword
		writing
	}
	var all []placed
	for _, k := range l.inPrintOrder(path) {
		// One name for each setting, and none that would be reported when the text is read again
		// (grammar 9.6).
		if k.AliasOf != "" || k.Deprecated || k.bind.show == nil {
			continue
		}
		// Nothing where nothing is set, and once for each block or line of its name.
		for _, w := range k.bind.show(target) {
			all = append(all, placed{k, w})
		}
	}
	// Checkers of several kinds are written by several rows, and have to come out in the order of their list.
	slices.SortStableFunc(all, func(a, b placed) int { return a.place - b.place })
	return func(yield func(item) bool) {
		for _, p := range all {
			if !yield(l.item(p.keyword, p.writing)) {
				return
			}
		}
	}
}

// item is one writing of a keyword with what stands between its braces.
func (l *Language) item(k *Keyword, w writing) item {
	it := item{words: append([]string{k.Name}, w.args...), opens: k.Opens, needed: k.Default == "required",
		secret: k.secret, own: k.Since == Ours || w.own}
	if !it.own {
		it.since = k.Since
	}
	// Of these three a writing has one at most: lines as words, lines whose words are rows, or
	// statements.
	for _, entry := range w.entries {
		it.items = append(it.items, item{words: entry, entry: true})
	}
	for _, draft := range w.drafts {
		it.items = append(it.items, item{words: l.wordsOf(join(k.Path(), Entry), draft), entry: true})
	}
	if w.inner != nil {
		it.items = append(it.items, l.items(k.Path(), w.inner)...)
	}
	// What is in a block is known where the block is.
	for i := range it.items {
		if it.items[i].since == it.since {
			it.items[i].since = ""
		}
	}
	return it
}

// inPrintOrder are the keywords of a block; at the root what others name comes
// before its users (grammar 6.9).
func (l *Language) inPrintOrder(block string) []*Keyword {
	rows := l.order()[block]
	if block != "" {
		return rows
	}
	var first, rest []*Keyword
	for _, k := range rows {
		switch k.Name {
		// Those that name others: trackers, groups of servers or of addresses.
		case "vrrp_instance", "vrrp_sync_group", "virtual_server", "static_ipaddress", "static_routes", "static_rules":
			rest = append(rest, k)
		default:
			first = append(first, k)
		}
	}
	return append(first, rest...)
}

// unbind gives the drafts that a configuration can have come from.
func unbind(c *config.Config) *binder {
	b := &binder{lang: Table(), cfg: c}
	// As if everything had been read: no host is asked, and no default is filled in.
	b.keep(&globalDraft{Global: c.Global})
	// Drafts keep as a pointer what may be absent. Here all is given: an effective value is
	// written out.
	for _, s := range c.Scripts {
		b.vrrp().addScript(&scriptDraft{Script: s, timeout: &s.Timeout})
	}
	for _, g := range c.Groups {
		b.vrrp().addGroup(&groupDraft{SyncGroup: g, smtpAlert: &g.Notify.SMTPAlert})
	}
	for _, in := range c.Instances {
		b.vrrp().addInstance(unbindInstance(in))
	}
	return b
}

// unbindInstance is the draft of an instance as if each of its settings had been written.
func unbindInstance(in config.Instance) *instanceDraft {
	d := &instanceDraft{Instance: in, accept: in.Accept, noAccept: !in.Accept, smtpAlert: &in.Notify.SMTPAlert}
	// The eight bytes of the advert are filled up with zeros, which were not in the file.
	d.authPass = strings.TrimRight(string(in.AuthPass[:]), "\x00")
	return d
}

// numbered is a key that stays different from those before it.
func numbered(seen map[string]int, key string) string {
	// The first keeps its key as it is: most are the only one.
	seen[key]++
	if n := seen[key]; n > 1 {
		return key + " #" + strconv.Itoa(n)
	}
	return key
}
