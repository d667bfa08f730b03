package overview

import (
	"fmt"
	"io"

	"holdfast/internal/state"
)

// Event writes an event in one line, with the time of day of this host.
func Event(w io.Writer, e *state.Event, s Style) {
	at := e.At.Local()
	if !s.Now.IsZero() { // as the rest of the answer
		at = e.At.In(s.Now.Location())
	}
	text := e.Text
	if s.Color {
		text = s.tint(e.To, text)
	}
	fmt.Fprintf(w, "%s %-7s %s\n", at.Format("2006-01-02T15:04:05.000Z07:00"), e.Role, text)
}

// tint gives a line the colour of a state.
func (s Style) tint(to, text string) string {
	switch to {
	case "MASTER", "up", "Up", "done", "complete", "restored", "repaired", "refused no more", "one master":
		return "\x1b[32m" + text + "\x1b[0m"
	case "BACKUP", "INIT", "stopping", "stopped":
		return "\x1b[33m" + text + "\x1b[0m"
	case "FAULT", "down", "Down", "refused", "died", "two masters", "events lost":
		return "\x1b[31m" + text + "\x1b[0m"
	}
	return text
}
