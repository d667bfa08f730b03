package syncd

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"holdfast/ipvs"
)

// What a life leaves word of for the one after it: the daemons it has started or is about to start, as it asks for
// them, one in a line, "backup eth1 51 0 224.0.0.81 8848 1 4": interface, number, length, group ("-" for the kernel's),
// port, TTL, number of the interface (0 if it is not known).

// lines are daemons as they are written down.
func lines(all map[ipvs.DaemonState]own) []string {
	var list []string
	for s, d := range all {
		group := "-"
		if d.Group.IsValid() {
			group = d.Group.String()
		}
		list = append(list, fmt.Sprintf("%s %s %d %d %s %d %d %d",
			s, d.Interface, d.ID, d.MaxLen, group, d.Port, d.TTL, d.index))
	}
	slices.Sort(list)
	return list
}

// parse is the reverse for one line.
func parse(line string) (ipvs.DaemonState, own, error) {
	var word, group string
	var d own
	n, err := fmt.Sscanf(line, "%s %s %d %d %s %d %d %d",
		&word, &d.Interface, &d.ID, &d.MaxLen, &group, &d.Port, &d.TTL, &d.index)
	if err != nil || n != len(strings.Fields(line)) {
		return 0, d, fmt.Errorf("not a sync daemon: %q", line)
	}
	if group != "-" {
		if d.Group, err = netip.ParseAddr(group); err != nil {
			return 0, d, fmt.Errorf("not a sync daemon: %w", err)
		}
	}
	for _, s := range []ipvs.DaemonState{ipvs.MasterDaemon, ipvs.BackupDaemon} {
		if word == s.String() {
			return s, d, nil
		}
	}
	return 0, d, fmt.Errorf("not a sync daemon: %q", line)
}
