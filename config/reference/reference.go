// Package reference answers questions about the language out of the keyword
// table: what a keyword takes, means and defaults to, where it may stand, and
// how it is written. It is pure; the texts of explain, the manual page of the
// configuration file and docs/keywords.md come from it.
package reference

import (
	"slices"
	"strings"
	"sync"

	"holdfast/config/language"
)

// An Entry is everything there is to know of one keyword in one block.
type Entry struct {
	// Block is the path of the enclosing blocks, joined with dots; "" at the top
	// level. InEntry tells that the word stands in an entry of that list, and
	// Anywhere that it stands on any line, before blocks are looked at.
	Block    string `json:"block"`
	InEntry  bool   `json:"in_entry,omitempty"`
	Anywhere bool   `json:"anywhere,omitempty"`

	Keyword   string `json:"keyword"`
	Arguments string `json:"arguments"`
	// Opens is "block" if keywords follow between braces, "list" if entries do.
	Opens   string `json:"opens,omitempty"`
	Minimum string `json:"minimum,omitempty"`
	Maximum string `json:"maximum,omitempty"`
	Unit    string `json:"unit,omitempty"`
	Default string `json:"default,omitempty"`
	Help    string `json:"help"`
	// Since is the first release of keepalived with it, "" for 2.2.7 or earlier, language.Ours for none.
	Since      string `json:"since,omitempty"`
	Deprecated bool   `json:"deprecated,omitempty"`
	// Use is the keyword to write instead, or the one this is another name of.
	Use     string `json:"use,omitempty"`
	Support string `json:"support"` // as of config.Support
	// Example is a whole configuration that shows it, "" if nobody should write it.
	Example string `json:"example,omitempty"`
}

// Name is the keyword with its block, as explain takes it.
func (e Entry) Name() string {
	if e.Block == "" {
		return e.Keyword
	}
	return e.Block + "." + e.Keyword
}

// Where says in words where the keyword may stand.
func (e Entry) Where() string {
	switch {
	case e.Anywhere:
		return "on any line"
	case e.InEntry:
		return "in an entry of " + e.Block
	case e.Block == "":
		return "at the top level"
	}
	return "in " + e.Block
}

// line is what the line of a keyword begins with that keepalived does not know.
func (e Entry) line() string {
	if e.Since != language.Ours || e.Anywhere {
		return ""
	}
	return "@" + language.Ours + " "
}

// Built reports whether the keyword has its effect.
func (e Entry) Built() bool { return e.Support != language.NotYet.String() }

// Entries lists every keyword in the order of the table.
func Entries() []Entry { return slices.Clone(entries()) }

// entries is made at its first use; it never changes.
var entries = sync.OnceValue(func() []Entry {
	rows := language.Table().Keywords()
	out := make([]Entry, len(rows))
	for i := range rows {
		out[i] = entry(&rows[i])
	}
	return out
})

// Unsupported lists the keywords whose effect is not built.
func Unsupported() []Entry {
	return slices.DeleteFunc(Entries(), Entry.Built)
}

func entry(k *language.Keyword) Entry {
	e := Entry{
		Keyword: k.Name, Arguments: k.Args, Unit: unit(k), Default: k.Default, Help: k.Help,
		Since: k.Since, Deprecated: k.Deprecated, Use: k.AliasOf, Support: k.Support.String(), Example: example(k),
	}
	block, inEntry := strings.CutSuffix(k.Block, "/"+language.Entry)
	e.Block, e.InEntry = strings.ReplaceAll(block, "/", "."), inEntry
	// Its rows have a block of their own in the table, which nobody writes.
	if k.Block == language.AnyBlock {
		e.Block, e.Anywhere = "", true
	}
	switch {
	case k.List:
		e.Opens = "list"
	case k.Opens:
		e.Opens = "block"
	}
	// Of several numbers each has its range: one minimum for all of them would be wrong.
	if ranges := k.Ranges(); len(ranges) == 1 {
		e.Minimum, e.Maximum, _ = strings.Cut(ranges[0].String(), "..")
	}
	return e
}

// unit is what the number after a keyword counts.
func unit(k *language.Keyword) string {
	if ranges := k.Ranges(); len(ranges) > 0 && ranges[0].Unit != language.Plain {
		return strings.ToLower(ranges[0].Unit.String())
	}
	// These have a plain number in the table, and what it counts is known by the name alone.
	switch {
	case strings.HasSuffix(k.Name, "_rttime"), strings.HasSuffix(k.Name, "_rtime"):
		return "microseconds"
	case strings.HasSuffix(k.Name,
		"_rcv_bufs"), strings.HasSuffix(k.Name, "_reply_length"), strings.HasPrefix(k.Name, "regex_m"):
		return "bytes"
	}
	switch k.Name {
	case "kernel_rx_buf_size", "regex_stack", "mtu", "advmss", "window":
		return "bytes"
	case "cwnd", "ssthresh", "initcwnd", "initrwnd":
		return "segments"
	case "uthreshold", "lthreshold":
		return "connections"
	}
	return ""
}
