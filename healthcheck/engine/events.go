package engine

import (
	"time"

	"holdfast/healthcheck/lvs"
	"holdfast/internal/state"
	"holdfast/ipvs"
)

// record records that a server or a quorum is not as it was.
func (e *Engine) record(c *lvs.Change) {
	if e.opt.Recorder == nil {
		return
	}
	ev := state.Event{At: time.Now(), About: state.AboutService, Name: c.Service, From: c.From, To: c.To, Reason: c.Reason,
		Code: c.Code, Text: c.String(), Up: uint32(c.Up)}
	if c.Server != "" {
		ev.About, ev.Name, ev.Of = state.AboutServer, c.Server, c.Service
	}
	e.opt.Recorder.Record(ev)
}

// recordMended records that a service in the kernel's table was put right that somebody else had changed.
func (e *Engine) recordMended(id ipvs.ServiceID, what string) {
	if e.opt.Recorder == nil {
		return
	}
	e.opt.Recorder.Record(state.Event{About: state.AboutService, Name: id.String(), To: "repaired", Code: "repaired",
		Reason: "somebody else changed the IPVS table",
		Text:   "IPVS table of VS " + id.String() + " was changed by somebody else and is put right: " + what})
}
