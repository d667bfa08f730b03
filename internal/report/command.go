package report

import (
	"bytes"

	"holdfast/config"
)

// Command writes a command as keepalived does, each word in single quotes; nothing when
// there is none.
func Command(b *bytes.Buffer, title string, c config.Command) {
	if !c.IsSet() {
		return
	}
	b.WriteString(title + " =")
	for _, w := range c.Argv {
		b.WriteString(" '" + w + "'")
	}
	b.WriteString("\n")
}
