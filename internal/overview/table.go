// Package overview is what a daemon told of itself, for people to read: what status, why, ready and warnings write. It
// is pure.
package overview

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Style is how things are written.
type Style struct {
	Color bool
	Wide  bool      // with real servers, checkers and everything that is tracked
	Now   time.Time // on the clock of the daemon
}

// A table has columns as wide as they must be; the last one is as it is.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write writes it with a blank line in front, nothing without rows.
func (t *table) write(w io.Writer, s Style) {
	if len(t.rows) == 0 {
		return
	}
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for n, cell := range row {
			widths[n] = max(widths[n], utf8.RuneCountInString(cell))
		}
	}
	fmt.Fprintln(w)
	for n, row := range append([][]string{t.head}, t.rows...) {
		var line strings.Builder
		for at, cell := range row {
			pad := strings.Repeat(" ", widths[at]-utf8.RuneCountInString(cell)+2)
			if at == len(row)-1 {
				pad = ""
			}
			if n > 0 {
				cell = s.paint(cell)
			}
			line.WriteString(cell + pad)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// paint gives words that say how something fares their colour.
func (s Style) paint(word string) string {
	if !s.Color {
		return word
	}
	switch word {
	case "MASTER", "up", "Up", "yes", "established":
		return "\x1b[32m" + word + "\x1b[0m"
	case "BACKUP", "Init", "INIT", "warning", "unknown", "mixed", "backup, serves":
		return "\x1b[33m" + word + "\x1b[0m"
	case "FAULT", "down", "backup, down", "Down", "error", "no", "idle", "connect", "active", "opensent", "openconfirm":
		return "\x1b[31m" + word + "\x1b[0m"
	}
	return word
}

// ago is how long a moment is past, in at most two units.
func (s Style) ago(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return span(s.Now.Sub(t))
}

func span(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d/time.Second%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d/time.Minute%60)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d/time.Hour%24)
}

func upDown(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

// or is a text, or another one if it is empty.
func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
