package routers

import (
	"encoding/json"
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/vrrp"
)

// processJSON is a vrrp_track_process, with the names and the units that its block has in keepalived.data.
type processJSON struct {
	Process        string      `json:"process"`
	ParamMatch     string      `json:"param_match"`
	Min            int         `json:"min_processes"`
	Max            *int        `json:"max_processes,omitempty"` // none is no limit
	Running        int         `json:"current_processes"`
	HaveQuorum     bool        `json:"have_quorum"`
	Weight         int         `json:"weight"`
	TerminateDelay json.Number `json:"terminate_delay"` // in seconds
	ForkDelay      json.Number `json:"fork_delay"`
	ForkTimer      bool        `json:"fork_delay_timer_running"`
	TerminateTimer bool        `json:"terminate_delay_timer_running"`
	FullCommand    bool        `json:"full_command"`
	Name           string      `json:"name"` // ours: by it the virtual routers name it
}

// processesOf are those that some instance tracks, as in keepalived.data.
func processesOf(s *Snapshot) []processJSON {
	list := []processJSON{} // an empty list is one
	for _, p := range trackedProcesses(s) {
		count := s.Running[p.Name]
		j := processJSON{
			Process:        p.Process[0],
			ParamMatch:     [...]string{"exact", "initial", "partial"}[p.Match],
			Min:            p.Quorum,
			Running:        count.Running,
			HaveQuorum:     s.Tracked[vrrp.Tracked{Kind: config.TrackedProcess, Name: p.Name}].Value == 1,
			Weight:         p.Weight,
			TerminateDelay: secondsJSON(p.TerminateDelay),
			ForkDelay:      secondsJSON(p.ForkDelay),
			ForkTimer:      count.Forked,
			TerminateTimer: count.Exited,
			FullCommand:    p.FullCommand,
			Name:           p.Name,
		}
		if p.QuorumMax >= 0 {
			j.Max = &p.QuorumMax
		}
		list = append(list, j)
	}
	return list
}

func secondsJSON(d time.Duration) json.Number { return json.Number(fmt.Sprintf("%.6f", d.Seconds())) }
