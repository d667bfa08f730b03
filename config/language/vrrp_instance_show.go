package language

import (
	"strconv"

	"holdfast/config"
)

// How the keywords of vrrp_instance that have forms of their own are written.

func showState(d *instanceDraft) []writing {
	// Without the keyword an owner aims for MASTER, and with BACKUP it does not (semantics 1.5): what was not written
	// must not be.
	if !d.StateGiven {
		return nil
	}
	return written(stateText(d.WantMaster))
}

func showAuth(d *instanceDraft) []writing {
	// The block has the instance as its draft: its rows find type and password there.
	if d.Auth == config.AuthNone {
		return nil
	}
	return []writing{{inner: d}}
}

func showAuthType(d *instanceDraft) []writing {
	if d.Auth == config.AuthAH {
		return written("AH")
	}
	return written("PASS")
}

// unicast reports whether adverts go to peers one by one.
func (d *instanceDraft) unicast() bool { return len(d.UnicastPeers) > 0 || d.FaultNoPeer }

// sourceIf writes the source address under one of its two keywords.
func sourceIf(d *instanceDraft, this bool) []writing {
	if !this {
		return nil
	}
	return addressIf(d.SourceIP)
}

func showPeers(d *instanceDraft) []writing {
	var lines [][]string
	for _, p := range d.UnicastPeers {
		line := []string{p.Addr.String()}
		// A written range would switch check_unicast_src on.
		if p.MinTTL != 0 || p.MaxTTL != 255 {
			line = append(line, "min_ttl", strconv.Itoa(int(p.MinTTL)), "max_ttl", strconv.Itoa(int(p.MaxTTL)))
		}
		lines = append(lines, line)
	}
	return listed(lines)
}

func showNotifyDeleted(d *instanceDraft) []writing {
	// The bare keyword.
	if d.Notify.DeletedSet && !d.Notify.Deleted.IsSet() {
		return written()
	}
	return commandIf(d.Notify.Deleted)
}
