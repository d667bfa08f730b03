package logging

import "fmt"

// Worded makes an error whose text is a line of keepalived's, or one in its style, and goes
// to the user as it is.
func Worded(format string, a ...any) error { return wording(fmt.Sprintf(format, a...)) }

type wording string

// Error is the line.
func (w wording) Error() string { return string(w) }
