package admin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"holdfast/ipvs"
)

// Kernel is what a session does things with; kernel.Handle is one.
type Kernel interface {
	List() ([]ipvs.ListedService, error)
	ListService(ipvs.ServiceID) (ipvs.ListedService, error)
	Info() (ipvs.Info, error)
	Apply([]ipvs.Command) []error
	Flush() error
	Zero() error
	ZeroService(ipvs.ServiceID) error
	Timeouts() (ipvs.Timeouts, error)
	SetTimeouts(ipvs.Timeouts) error
	Daemons() (ipvs.Daemons, error)
	DoDaemon(ipvs.DaemonCommand) error
}

// A Session carries commands out.
type Session struct {
	Kernel Kernel
	Names  Names
	// Connections is the text of /proc/net/ip_vs_conn.
	Connections func() (string, error)
	In          io.Reader // what Restore reads
	Out         io.Writer
	Warn        func(line string)
}

// Run carries a command out. The error is an *Error, or one of writing. Restore goes on after a refusal, and its error
// has a line for each.
func (s *Session) Run(c Command) error {
	switch c.Action {
	case List:
		return s.list(c)
	case Save:
		return s.save(c)
	case Restore:
		return s.restore()
	}
	return s.change(c)
}

// change carries out what is neither shown nor read.
func (s *Session) change(c Command) error {
	switch c.Action {
	case Flush:
		return refused(s.Kernel.Flush())
	case Zero:
		if c.Selected {
			return refused(s.Kernel.ZeroService(c.Change.Service))
		}
		return refused(s.Kernel.Zero())
	case SetTimeouts:
		return refused(s.Kernel.SetTimeouts(c.Timeouts))
	case StartDaemon, StopDaemon:
		return refused(s.Kernel.DoDaemon(c.Daemon))
	}
	return refused(s.apply([]ipvs.Command{c.Change}))
}

func (s *Session) apply(cmds []ipvs.Command) error {
	var all []error
	for _, err := range s.Kernel.Apply(cmds) {
		if err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// refused is an error with ipvsadm's exit status for what the kernel did not do.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Status: statusRefused, Text: err.Error()}
}

func (s *Session) list(c Command) error {
	switch c.View.What {
	case Connections:
		return s.connections(c.View)
	case Timeouts:
		return s.timeouts(c.View)
	case Daemons:
		return s.daemons(c.View)
	}
	t, err := s.table(c)
	if err != nil {
		return err
	}
	if c.View.JSON {
		return t.WriteJSON(s.Out, c.View)
	}
	return t.Write(s.Out, c.View, s.Names)
}

// table reads what is to be shown.
func (s *Session) table(c Command) (t Table, err error) {
	if c.Selected {
		one, err := s.Kernel.ListService(c.Change.Service)
		if err != nil {
			return t, &Error{Status: statusAbsent, Text: err.Error()}
		}
		return Table{Services: []ipvs.ListedService{one}, Selected: true}, nil
	}
	if t.Info, err = s.Kernel.Info(); err == nil {
		t.Services, err = s.Kernel.List()
	}
	return t, refused(err)
}

func (s *Session) connections(v View) error {
	text, err := s.Connections()
	if err != nil {
		return refused(err)
	}
	list, err := ParseConnections(text)
	if err != nil {
		return refused(err)
	}
	if v.JSON {
		return writeJSON(s.Out, connectionsJSON(list))
	}
	return WriteConnections(s.Out, list, v, s.Names)
}

func (s *Session) timeouts(v View) error {
	t, err := s.Kernel.Timeouts()
	if err != nil {
		return refused(err)
	}
	if v.JSON {
		return writeJSON(s.Out, timeoutsJSON(t))
	}
	_, err = fmt.Fprintf(s.Out, "Timeout (tcp tcpfin udp): %d %d %d\n",
		t.TCP/time.Second, t.TCPFin/time.Second, t.UDP/time.Second)
	return err
}

func (s *Session) daemons(v View) error {
	all, err := s.Kernel.Daemons()
	if err != nil {
		return refused(err)
	}
	if v.JSON {
		return writeJSON(s.Out, daemonsJSON(all))
	}
	_, err = io.WriteString(s.Out, ipvs.FormatDaemons(all))
	return err
}

func (s *Session) save(c Command) error {
	t, err := s.table(c)
	if err != nil {
		return err
	}
	lost, err := t.Save(s.Out, c.View, s.Names)
	if lost {
		s.Warn("thresholds of connections are not in it, as ipvsadm leaves them out; -S --thresholds saves them too")
	}
	return err
}

// restore carries out the commands of a saved table. All lines are understood first: a mistake in one of them leaves
// the table as it was. What the kernel refuses does not keep the rest from being done.
func (s *Session) restore() error {
	cmds, err := ParseLines(s.In, s.Names)
	if err != nil {
		return err
	}
	var all []error
	for len(cmds) > 0 {
		var batch []ipvs.Command
		for len(cmds) > 0 && isEntry(cmds[0]) {
			batch, cmds = append(batch, cmds[0].Change), cmds[1:]
		}
		if len(batch) > 0 {
			all = append(all, s.apply(batch))
			continue
		}
		all = append(all, s.change(cmds[0]))
		cmds = cmds[1:]
	}
	return refused(errors.Join(all...))
}

func isEntry(c Command) bool { _, ok := c.Action.op(); return ok }

// ParseLines reads commands as Save writes them, one a line. Empty lines, lines that begin with # and the word ipvsadm
// in front of a command do no harm. The error is that of the first line that has one, with its number.
func ParseLines(r io.Reader, names Names) ([]Command, error) {
	var cmds []Command
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) > 0 && words[0] == "ipvsadm" {
			words = words[1:]
		}
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		c, err := parse(words, names, true)
		if err == nil && (c.Action == List || c.Action == Save || c.Action == Restore || c.Action == Help) {
			err = misuse("%s changes nothing", words[0])
		}
		if err != nil {
			return nil, misuse("line %d: %v", n, err)
		}
		cmds = append(cmds, c)
	}
	if err := lines.Err(); err != nil {
		return nil, misuse("reading commands: %v", err)
	}
	return cmds, nil
}
