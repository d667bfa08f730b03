package report

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// Address is an address of a configuration as keepalived writes it: a host's prefix length
// is left out.
func Address(a config.Address) string {
	var b strings.Builder
	// 10.0.0.1/32 and fe80::1/128 are what an address without more words is (semantics 3.2).
	b.WriteString(Host(a.Prefix))
	if a.Broadcast.IsValid() {
		b.WriteString(" brd " + a.Broadcast.String())
	}
	b.WriteString(" dev " + a.Dev)
	word(&b, a.VMAC, "use_vmac")
	b.WriteString(" scope " + scope(a.Scope))
	if a.Label != "" {
		b.WriteString(" label " + a.Label)
	}
	if a.Peer.IsValid() {
		b.WriteString(" peer " + a.Peer.String())
	}
	word(&b, a.Home, "home")
	// `-nodad` is the word of the file for it.
	word(&b, a.DAD, "-nodad")
	word(&b, a.MngTmpAddr, "mngtmpaddr")
	word(&b, a.NoPrefixRoute, "noprefixroute")
	word(&b, a.AutoJoin, "autojoin")
	if a.TrackGroup != "" {
		b.WriteString(" track_group " + a.TrackGroup)
	}
	word(&b, a.NoTrack, "no_track")
	b.WriteString(lifetime(a))
	return b.String()
}

func word(b *strings.Builder, on bool, text string) {
	if on {
		b.WriteString(" " + text)
	}
}

// lifetime is how long an IPv6 address is a source address; IPv4 ones have none in the dump, whatever
// was written.
func lifetime(a config.Address) string {
	switch {
	case !a.Prefix.Addr().Is6():
		return ""
	// 0 is a lifetime, so a flag tells whether one was written.
	case !a.LftGiven:
		return " preferred_lft forever"
	case a.PreferredLft == 0:
		return " deprecated"
	}
	return fmt.Sprintf(" preferred_lft %d", Whole(a.PreferredLft))
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
	// The kernel takes any number up to 255, and so does the file.
	return strconv.Itoa(int(s))
}
