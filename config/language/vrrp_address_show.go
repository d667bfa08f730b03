package language

import (
	"strconv"
	"time"

	"holdfast/config"
)

// trackGroup takes the name of a track_group.
func (r *addressReader) trackGroup() {
	name, ok := r.next("track_group")
	switch {
	case !ok:
	case !r.defined("track_group", name):
		r.errorf(r.at(r.i), "unknown-track-group", "track_group %s not found - ignored; define it before this place%s",
			name, r.meant("track_group", name))
	default:
		r.a.TrackGroup = name
	}
}

// addressLines writes a list of addresses.
func addressLines(list []config.Address) []writing {
	var lines [][]string
	for i := range list {
		lines = append(lines, addressWords(&list[i]))
	}
	return listed(lines)
}

// addressWords is an address as an entry of a list.
func addressWords(a *config.Address) []string {
	// The words are in the order of the help (addressRows).
	out := []string{a.Prefix.String()}
	add := func(given bool, words ...string) {
		if given {
			out = append(out, words...)
		}
	}
	// One that follows the interface of its instance must go on following it.
	add(a.DevGiven, "dev", quoted(a.Dev))
	add(a.Scope != 0, "scope", strconv.Itoa(int(a.Scope)))
	add(a.Broadcast.IsValid(), "brd", a.Broadcast.String())
	add(a.Label != "", "label", quoted(a.Label))
	add(a.Peer.IsValid(), "peer", a.Peer.String())
	add(a.Home, "home")
	add(a.DAD, "-nodad")
	add(a.MngTmpAddr, "mngtmpaddr")
	add(a.NoPrefixRoute, "noprefixroute")
	add(a.AutoJoin, "autojoin")
	add(a.LftGiven, "preferred_lft", strconv.FormatInt(int64(a.PreferredLft/time.Second), 10))
	// Without a word it would be 0 again.
	add(!a.LftGiven && a.Prefix.Addr().Is6() && a.Prefix.IsSingleIP(), "preferred_lft", "forever")
	add(a.NoTrack, "no_track")
	add(a.VMAC, "use_vmac")
	add(a.TrackGroup != "", "track_group", quoted(a.TrackGroup))
	return out
}
