package runas

// ExecIfChild must be the first statement of main: in a process that Start made
// of our own binary it drops scheduling class, limits and rights and becomes the
// program; it then never returns. In any other process it does nothing.
func ExecIfChild() {}
