package api

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"time"

	"holdfast/internal/plan"
	"holdfast/internal/state"
)

// plan answers what a reload would do. Who may not have one may not ask either: the file is read with the rights of the
// daemon, and what is wrong in it is told.
func (h *handler) plan(w http.ResponseWriter, r *http.Request) {
	if !h.mayChange(r.Context()) {
		refuse(w, http.StatusForbidden, "only root, the user of the daemon and --api-group may do that")
		return
	}
	file := r.URL.Query().Get("file")
	if file != "" && !filepath.IsAbs(file) {
		refuse(w, http.StatusBadRequest, "file: want the whole path of a file, not '"+file+"'")
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // as of a reload
	p, err := h.Source.Plan(r.Context(), file, r.URL.Query().Has("allow_empty"))
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	a := h.Source.State(r.Context())
	text, _ := json.Marshal(plan.Of(p, runningOf(&a))) // plain values: it cannot fail
	out := answer{w: w, status: http.StatusOK}
	out.write(string(text) + "\n")
}

// runningOf is what the roles say of what runs.
func runningOf(a *state.Answer) (now plan.Running) {
	for _, s := range a.Sources {
		// One that does not answer is shown as it was: what is said of it may be too.
		decode(s, state.Instances, &now.Instances)
		decode(s, state.Trackers, &now.Trackers)
		decode(s, state.Servers, &now.Servers)
	}
	return now
}

// decode adds a list of a role, which has encoded it.
func decode[T any](s state.Source, list string, into *[]T) {
	var more []T
	if text := s.Report.Lists[list]; text != "" && json.Unmarshal([]byte(text), &more) == nil {
		*into = append(*into, more...)
	}
}
