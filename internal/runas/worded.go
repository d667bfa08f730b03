package runas

import "fmt"

// worded makes an error whose text is a line of keepalived's, or one in its style, and goes
// to the user as it is.
func worded(format string, a ...any) error { return line(fmt.Sprintf(format, a...)) }

type line string

func (l line) Error() string { return string(l) }
