package engine

import (
	"fmt"

	"holdfast/internal/netif"
	"holdfast/internal/state"
	"holdfast/vrrp"
)

// aboutOf is what an event of a kind of changes is about.
func aboutOf(k vrrp.ChangeKind) string {
	return [...]string{
		vrrp.RouterChanged: state.AboutInstance, vrrp.GroupChanged: state.AboutGroup, vrrp.TrackedChanged: state.AboutTracker,
		vrrp.RivalChanged: state.AboutRival, vrrp.AddressChanged: state.AboutAddress,
		vrrp.AdvertRefused: state.AboutAdvert,
	}[k]
}

// recordAll records what has changed.
func (e *Engine) recordAll(changes []vrrp.Change) {
	if e.opt.Recorder == nil {
		return
	}
	for i := range changes {
		c := &changes[i]
		e.opt.Recorder.Record(state.Event{At: e.now, About: aboutOf(c.Kind), Name: c.Name, Of: c.Of, From: c.From,
			To: c.To, Reason: c.Cause.String(), Code: c.Cause.Code.Word(), Text: c.Text})
	}
}

// recordRestored records that an address was put back that somebody else had removed.
func (e *Engine) recordRestored(instance string, a netif.Wanted) {
	if e.opt.Recorder == nil {
		return
	}
	e.opt.Recorder.Record(state.Event{At: e.now, About: state.AboutAddress, Name: a.Prefix.String(), Of: instance,
		To: "restored", Reason: "somebody else removed it", Code: "repaired",
		Text: fmt.Sprintf("(%s) %s restored on %s: somebody else removed it", instance, a.Prefix, a.Dev)})
}
