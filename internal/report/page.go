package report

import (
	"bytes"
	"fmt"
	"strings"

	"holdfast/config"
)

// IDs tells the numbers of a user and a group as "uid:gid"; without a user, those of
// the daemon.
type IDs func(user, group string) string

// A Page is the text of a dump file while it is written, in keepalived's layout: sections,
// and in them lines of the form "key = value", indented by as many blanks as they are deep.
type Page struct {
	b    bytes.Buffer
	ids  IDs
	next string // reload that is scheduled
}

// NewPage gives an empty page on which programs are shown with the users that ids tells.
func NewPage(ids IDs) *Page { return &Page{ids: ids} }

// Bytes is what has been written; it is valid until more is written.
func (p *Page) Bytes() []byte { return p.b.Bytes() }

// Section begins a section of the file.
func (p *Page) Section(title string) { p.Heading(0, title) }

// Heading writes a title as that of a section, within one.
func (p *Page) Heading(depth int, title string) { p.Text(depth, "------< %s >------", title) }

// Line writes "key = value".
func (p *Page) Line(depth int, key string, value any) {
	fmt.Fprintf(&p.b, "%*s%s = %v\n", depth, "", key, value)
}

// Given writes a line unless the value is empty.
func (p *Page) Given(depth int, key, value string) {
	if value != "" {
		p.Line(depth, key, value)
	}
}

// Text writes a line that has no value, or several.
func (p *Page) Text(depth int, format string, args ...any) {
	fmt.Fprintf(&p.b, "%*s", depth, "")
	fmt.Fprintf(&p.b, format+"\n", args...)
}

// List writes a title and below it what belongs to it, two blanks deeper.
func (p *Page) List(depth int, title string, items []string) {
	p.Text(depth, "%s", title)
	for _, i := range items {
		p.Text(depth+2, "%s", i)
	}
}

// Command writes the words of a command; nothing when there is none.
func (p *Page) Command(depth int, key string, c config.Command) {
	p.Given(depth, key, Command(c))
}

// Program writes a command with the user it runs as, which g tells when the command does not,
// and more; nothing when there is no command.
func (p *Page) Program(depth int, key string, c config.Command, g config.Global, more string) {
	if c.IsSet() {
		p.Line(depth, key, Command(c)+", uid:gid "+p.Owner(c, g)+more)
	}
}

// Owner tells who a command runs as, in numbers.
func (p *Page) Owner(c config.Command, g config.Global) string {
	if c.User != "" {
		return p.ids(c.User, c.Group)
	}
	return p.ids(g.ScriptUser, g.ScriptGroup)
}

// Command is a command as keepalived writes it, each word in single quotes; "" when there is
// none.
func Command(c config.Command) string {
	if !c.IsSet() {
		return ""
	}
	return "'" + strings.Join(c.Argv, "' '") + "'"
}
