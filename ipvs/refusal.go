package ipvs

import "strconv"

// A CommandError is a command the kernel refused. Err is the kernel's errno, a
// syscall.Errno, which errors.Is finds; the text says what it means for the command.
type CommandError struct {
	Command Command
	Err     error
	Errno   int
}

// Error is like "adding service [10.0.0.1]:tcp:80: service exists (errno 17)".
func (e *CommandError) Error() string {
	c := e.Command
	what := "service " + c.Service.String()
	if c.Op >= AddDest {
		what = "destination " + c.Service.DestName(c.Dest) + " of " + what
	}
	verb := [...]string{
		AddService: "adding", EditService: "changing", DeleteService: "deleting",
		AddDest: "adding", EditDest: "changing", DeleteDest: "deleting",
	}
	doing := "op " + strconv.Itoa(int(c.Op)) + " on"
	if int(c.Op) < len(verb) {
		doing = verb[c.Op]
	}
	if e.Errno == 0 {
		return doing + " " + what + ": " + e.Err.Error()
	}
	return doing + " " + what + ": " + e.reason() + " (errno " + strconv.Itoa(e.Errno) + ")"
}

// Unwrap gives the errno.
func (e *CommandError) Unwrap() error { return e.Err }

// Outdated reports whether the table is not what the command was made for: what it adds is there, or what it changes or
// deletes is not, because somebody else has changed the table. Who reads it again knows what is to be done.
func (e *CommandError) Outdated() bool {
	switch e.Errno {
	case 3:
		return true
	case 17:
		return e.Command.Op == AddService || e.Command.Op == AddDest
	case 2:
		return e.Command.Op >= AddDest // of a service it is its scheduler that is not found
	}
	return false
}

// reason is what an errno means in answer to the command. The numbers are the
// kernel's interface.
func (e *CommandError) reason() string {
	dest := e.Command.Op >= AddDest
	switch e.Errno {
	case 1:
		return "not permitted: needs root or CAP_NET_ADMIN"
	case 2:
		switch {
		case dest:
			return "no such destination"
		case e.Command.Op == DeleteService:
			return e.Err.Error()
		}
		return "scheduler or persistence engine " + strconv.Quote(e.wanted()) + " not found"
	case 3:
		return "no such service"
	case 12:
		return "out of memory"
	case 17:
		if dest {
			return "destination exists"
		}
		return "service exists"
	case 22:
		if dest {
			return "invalid: the address is not unicast, or its family is not the service's and the method not tunnel"
		}
		return "invalid settings"
	case 34:
		return "weight or thresholds out of range (lower threshold above upper?)"
	case 97:
		return "address family not supported"
	}
	return e.Err.Error()
}

// wanted names what the kernel looked for when it loads parts by name.
func (e *CommandError) wanted() string {
	if s := e.Command.Settings; s.Engine != "" {
		return s.Scheduler + "/" + s.Engine
	}
	return e.Command.Settings.Scheduler
}
