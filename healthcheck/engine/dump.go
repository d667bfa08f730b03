package engine

import "holdfast/internal/super"

// Dump writes the data file (cli 6); the other kinds are the vrrp role's.
func (e *Engine) Dump(kind super.DumpKind) error { return nil }
