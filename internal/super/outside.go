package super

import (
	"os"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// What of a configuration concerns a process itself, whichever it is, and is seen from outside.

// NameProcess is for those who look for a process by its name: ps, killall, pgrep -x.
func NameProcess(name string) {
	_ = os.WriteFile("/proc/self/comm", []byte(name), 0) // without /proc it keeps the name it has
}

// appear has the process be called by name, and make its files as a configuration says.
func appear(name string, g config.Global) {
	NameProcess(name)
	unix.Umask(int(g.Files.Mask()))
}

// appear is that of the supervisor.
func (s *Supervisor) appear() {
	g := s.current.config.Global
	name := s.o.Name
	if g.Names.Parent != "" {
		name = g.Names.Parent
	}
	if name != "" {
		appear(name, g)
	}
}
