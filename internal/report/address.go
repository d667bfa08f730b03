package report

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// Address is an address of a configuration as keepalived writes it: a host's prefix length
// is left out.
func Address(a config.Address) string {
	var b strings.Builder
	b.WriteString(host(a.Prefix))
	if a.Peer.IsValid() {
		b.WriteString(" peer " + host(a.Peer))
	}
	if a.Broadcast.IsValid() {
		b.WriteString(" brd " + a.Broadcast.String())
	}
	b.WriteString(" dev " + a.Dev)
	b.WriteString(" scope " + scope(a.Scope))
	if a.Label != "" {
		b.WriteString(" label " + a.Label)
	}
	for _, f := range []struct {
		on   bool
		name string
	}{{a.NoPrefixRoute, "noprefixroute"}, {a.Home, "home"}, {a.MngTmpAddr, "mngtmpaddr"}, {a.AutoJoin, "autojoin"}, {a.NoTrack, "no_track"}} {
		if f.on {
			b.WriteString(" " + f.name)
		}
	}
	return b.String()
}

func host(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func scope(s uint8) string {
	switch s {
	case unix.RT_SCOPE_UNIVERSE:
		return "global"
	case unix.RT_SCOPE_SITE:
		return "site"
	case unix.RT_SCOPE_LINK:
		return "link"
	case unix.RT_SCOPE_HOST:
		return "host"
	case unix.RT_SCOPE_NOWHERE:
		return "nowhere"
	}
	return strconv.Itoa(int(s))
}
