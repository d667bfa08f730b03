package admin

import (
	"io"
	"strconv"
	"strings"

	"holdfast/ipvs"
)

// Save writes the table as commands that Restore takes. Thresholds are written if v says so, which ipvsadm's own
// cannot do; lost reports that there are some and they are not.
func (t Table) Save(w io.Writer, v View, names Names) (lost bool, err error) {
	n := naming{names, v.Numeric}
	var b strings.Builder
	for _, s := range sorted(t.Services) {
		service := n.serviceArg(s.ID)
		b.WriteString("-A " + service + s.Settings.Args(s.ID) + "\n")
		for _, d := range s.Dests {
			b.WriteString("-a " + service + " -r " + n.endpoint(d.ID.Addr, d.ID.Port, s.ID.Protocol) + d.Settings.Args())
			thresholds := d.Settings.ThresholdArgs()
			if v.Thresholds {
				b.WriteString(thresholds)
			}
			lost = lost || thresholds != "" && !v.Thresholds
			b.WriteByte('\n')
		}
		if _, err := io.WriteString(w, b.String()); err != nil {
			return lost, err
		}
		b.Reset()
	}
	return lost, nil
}

// serviceArg is a service as an argument: -t 10.0.0.1:80, -f 5 -6.
func (n naming) serviceArg(id ipvs.ServiceID) string {
	if id.FWMark != 0 {
		arg := "-f " + strconv.FormatUint(uint64(id.FWMark), 10)
		if id.Family == ipvs.IPv6 {
			arg += " -6"
		}
		return arg
	}
	option := map[ipvs.Protocol]string{ipvs.TCP: "-t ", ipvs.UDP: "-u ", ipvs.SCTP: "--sctp-service "}[id.Protocol]
	return option + n.endpoint(id.Addr, id.Port, id.Protocol)
}
