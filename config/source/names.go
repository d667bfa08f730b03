package source

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Names are the tables that give numbers names on this host: those of iproute2 by the
// names of their files (rt_tables, rt_protos, group ..), and protocols of
// /etc/protocols. Each is read once.
type Names struct {
	// Usr and Etc are the directories of iproute2's own files and of the administrator's; "" = where they always are.
	Usr, Etc string

	root   string // "" = the file system
	mu     sync.Mutex
	tables map[string]map[string]uint32
}

// Number is what a name in a table stands for.
func (n *Names) Number(table, name string) (uint32, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.tables == nil {
		n.tables = map[string]map[string]uint32{}
	}
	known, ok := n.tables[table]
	if !ok {
		known = n.read(table)
		n.tables[table] = known
	}
	number, ok := known[name]
	return number, ok
}

func (n *Names) read(table string) map[string]uint32 {
	known := map[string]uint32{}
	if table == "protocols" {
		n.add(known, "/etc/protocols", namesOfProtocol)
		return known
	}
	named := func(fields []string) ([]string, string) {
		if _, err := strconv.ParseUint(fields[0], 0, 32); err != nil || len(fields) < 2 {
			return nil, ""
		}
		return fields[1:2], fields[0]
	}
	// Later ones count: what the administrator says in /etc comes last.
	dirs := []string{"/usr/share/iproute2", "/usr/lib/iproute2"}
	if n.Usr != "" {
		dirs = []string{n.Usr}
	}
	etc := n.Etc
	if etc == "" {
		etc = "/etc/iproute2"
	}
	for _, dir := range append(dirs, etc) {
		n.add(known, filepath.Join(dir, table), named)
		more, _ := filepath.Glob(filepath.Join(n.root, dir, table+".d", "*.conf"))
		for _, file := range more {
			n.add(known, strings.TrimPrefix(file, n.root), named)
		}
	}
	return known
}

// namesOfProtocol reads a line of /etc/protocols: a name, the number, other names.
func namesOfProtocol(fields []string) (names []string, number string) {
	if len(fields) < 2 {
		return fields, ""
	}
	return fields, fields[1]
}

// add adds the names of a file with what they stand for, if it is there.
func (n *Names) add(known map[string]uint32, file string, of func(fields []string) (names []string, number string)) {
	text, err := os.ReadFile(filepath.Join(n.root, file))
	if err != nil {
		return
	}
	for line := range strings.Lines(string(text)) {
		// Both kinds of files have comments of this form.
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		names, written := of(fields)
		number, _ := strconv.ParseUint(written, 0, 32)
		for _, name := range names {
			known[name] = uint32(number)
		}
	}
}
