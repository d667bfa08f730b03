package routers

import (
	"net"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/internal/report"
)

func (d dataWriter) link(l Link) {
	d.Line(1, "Name", l.Name)
	d.Line(3, "index", l.Index)
	addr := "(none)"
	if l.Known.Addr4.IsValid() {
		addr = l.Known.Addr4.String()
	}
	d.Line(3, "IPv4 address", addr)
	if l.Hardware != "" {
		d.Line(3, "MAC", net.HardwareAddr(l.Hardware))
	}
	var words []string
	words = append(words, report.Word(l.Flags&unix.IFF_UP != 0, "UP", "DOWN"), report.Word(l.Flags&unix.IFF_RUNNING != 0, "RUNNING", "not RUNNING"))
	for _, f := range []struct {
		on   bool
		text string
	}{
		{l.Flags&unix.IFF_BROADCAST == 0, "no broadcast"}, {l.Loopback(), "loopback"}, {l.Flags&unix.IFF_POINTOPOINT != 0, "point to point"},
		{l.Flags&unix.IFF_NOARP != 0, "no arp"}, {!l.Multicast(), "no multicast"},
	} {
		if f.on {
			words = append(words, f.text)
		}
	}
	d.Line(3, "State", strings.Join(words, ", "))
	d.Line(3, "MTU", l.MTU)
}
