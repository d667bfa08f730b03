package sessions

import (
	"fmt"

	"holdfast/internal/bfd"
	"holdfast/internal/state"
)

// State is the snapshot for those who ask the daemon.
func State(s *Snapshot) (state.Report, error) {
	list := make([]state.Session, len(s.Sessions))
	warnings := []state.Warning{}
	for n := range s.Sessions {
		b := &s.Sessions[n]
		list[n] = state.Session{
			Name: b.Config.Name, State: b.State.String(), Since: b.Since, RemoteState: b.Remote.String(),
			Neighbor: b.Config.Neighbor, Diagnostic: b.Diag.String(), LastSeen: b.LastSeen,
			Interval: b.Interval.Microseconds(), Detection: b.Detection.Microseconds(),
			Sent: b.Sent, Received: b.Received, Refused: b.Refused, SendFails: b.SendFails,
		}
		if b.State != bfd.Up {
			warnings = append(warnings, state.Warning{Severity: state.Error, About: "session", Name: b.Config.Name,
				Text: fmt.Sprintf("%s to %v: %s", b.State, b.Config.Neighbor, b.Diag), Since: b.Since})
		}
	}
	return state.NewReport(s.At, map[string]any{state.Sessions: list, state.Warnings: warnings}, notReady(s))
}

// notReady is why the role is not ready.
func notReady(s *Snapshot) (reasons []string) {
	for n := range s.Sessions {
		if b := &s.Sessions[n]; b.Verdict == bfd.Unsettled {
			reasons = append(reasons, b.Config.Name+": the session would not know of its neighbour yet")
		}
	}
	return reasons
}
