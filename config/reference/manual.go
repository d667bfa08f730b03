package reference

import (
	"strings"

	"holdfast/config/language"
	"holdfast/internal/roff"
)

// Manual is the manual page of the configuration file, holdfast.conf(5).
func Manual(date, source string) string {
	var p roff.Page
	p.Title("holdfast.conf", "5", date, source)
	p.Section("Name")
	p.Text(`holdfast.conf, keepalived.conf - configuration of holdfast`)
	p.Section("Description")
	p.Text("holdfast reads the configuration file of keepalived, " + roff.Italic("/etc/keepalived/keepalived.conf") +
		" unless option " +
		roff.Bold("-f") + " names another. This page lists its language as holdfast reads it. " +
		roff.Bold("holdfast explain") + " " + roff.Italic("KEYWORD") +
		" tells the same about one keyword, with an example, and " + roff.Bold("holdfast check") + " " +
		roff.Italic("FILE") + " says what is wrong in a file.")
	manualSyntax(&p)
	p.Section("Keywords")
	p.Text("Each keyword is followed by its arguments; what stands in brackets may be left out, a bar " +
		"separates alternatives. " +
		"A number is followed by its range. Then come its meaning and, in parentheses, the " +
		"value that holds without it.")
	for _, b := range Blocks() {
		// Several lists have the same words, so entries have a section of their own.
		if b.Keywords[0].InEntry {
			continue
		}
		name := b.Name
		if name == "" {
			name = "Top level"
		}
		p.Subsection(name)
		for _, e := range b.Keywords {
			manualEntry(&p, e)
		}
	}
	manualEntries(&p)
	p.Section("Examples")
	p.Text("A virtual router that holds one address:")
	// The example of a keyword is a whole configuration, with the blocks around it.
	p.Example(Lookup("vrrp_instance.priority").Entries[0].Example)
	p.Paragraph("An HTTP service with a health check:")
	p.Example(Lookup("HTTP_GET.retry").Entries[0].Example)
	p.Section("See also")
	p.Text(roff.Bold("holdfast") + "(8), " + roff.Bold("ipvsadm") + "(8)")
	return p.String()
}

func manualSyntax(p *roff.Page) {
	p.Section("Syntax")
	p.Text("The file consists of statements, one a line: a keyword and its arguments, separated by blanks. A " +
		"statement may open a block with " +
		roff.Bold("{") + "; " + roff.Bold("}") + " ends it. Both may share a line with statements. " + roff.Bold("#") +
		" and " + roff.Bold("!") +
		" begin a comment wherever they stand, except between double quotes. Double quotes keep " +
		"blanks in a word together.")
	p.Paragraph("In commands of scripts single quotes and backslashes work too. The first word is the command with " +
		"its arguments, quoted as a whole; " +
		"user and group may follow. No shell is involved.")
	p.Paragraph("Times are seconds, with decimals where the range has them. Addresses are numeric. Truth values are " +
		roff.Bold("true on yes false off no") + ".")
	p.Paragraph("Before blocks are looked at, these words are replaced:")
	// These are in the table: `include`, `@ID`, `$NAME=`, `~SEQ(` and `~LST(`.
	for _, e := range Entries() {
		if e.Anywhere {
			p.Item(roff.Bold(usage(e)), sentence(e.Help)+".")
		}
	}
	// What is built in has no row in the table (grammar 7.4).
	p.Item(roff.Bold("${_PWD} ${_INSTANCE} ${_RANDOM MIN MAX} ${_ENV NAME} ${_HASH} ${_BANG}"),
		"The directory of the file, the config-id, a random number, a variable of the environment, a # and a !.")
}

func manualEntry(p *roff.Page, e Entry) {
	tag := roff.Bold(e.Keyword)
	if e.Arguments != "" {
		tag += " " + roff.Italic(e.Arguments)
	}
	p.Item(tag, meaning(e))
}

// meaning is the help of a keyword with what else there is to say, in sentences.
func meaning(e Entry) string {
	text := sentence(e.Help)
	if e.Default != "" {
		text += " (" + e.Default + ")"
	}
	text += "."
	// The arguments may name the unit themselves; then it is not said twice.
	if e.Unit != "" && !strings.Contains(strings.ToLower(e.Arguments), e.Unit) {
		text += " In " + e.Unit + "."
	}
	switch e.Opens {
	case "list":
		text += " A block with one entry a line."
	case "block":
		text += " A block."
	}
	// Use without Deprecated only says that there is another name, which nobody needs to take.
	if e.Deprecated && e.Use != "" {
		text += " Deprecated: write " + e.Use + "."
	}
	switch e.Since {
	case "":
	case language.Ours:
		text += " Of holdfast: keepalived does not know it."
	default:
		text += " Since keepalived " + e.Since + "."
	}
	if e.Support == language.NotYet.String() {
		text += " Not supported yet: it has no effect."
	}
	return text
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// manualEntries are the words of addresses, routes and rules, of which there are
// several lists with the same words.
func manualEntries(p *roff.Page) {
	p.Section("Entries of lists")
	// One list stands for all that have its words; the others are named in the text above it.
	for _, of := range []struct{ title, block, also string }{
		{"Addresses", "vrrp_instance.virtual_ipaddress", "virtual_ipaddress_excluded and static_ipaddress"},
		{"Routes", "vrrp_instance.virtual_routes", "static_routes"},
		{"Rules", "vrrp_instance.virtual_rules", "static_rules"},
		{"Addresses of a group", "virtual_server_group", ""},
	} {
		p.Subsection(of.title)
		text := "Words of an entry of " + of.block
		if of.also != "" {
			text += ", and of " + of.also
		}
		p.Text(text + ":")
		for _, e := range keywordsIn(Entries(), of.block).Keywords {
			manualEntry(p, e)
		}
	}
}
